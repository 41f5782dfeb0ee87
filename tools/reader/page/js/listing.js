// @ts-check
// A listing, and what the reader does with it.

import { button, byPointer, element, say } from "./dom.js";
import { Editor } from "./editor.js";
import { load, save } from "./edits.js";
import { Live } from "./live.js";
import { fileOf, problems } from "./problems.js";
import { ask, order, silent } from "./server.js";

/** @typedef {"run" | "check"} Act */

export class Listing {
  /** @param {HTMLElement} section */
  constructor(section) {
    this.section = section;
    this.id = section.dataset.listing ?? "";
    /** The program, and its tests if it has any. */
    this.editors = [
      ...this.editor(section.querySelector("pre.program"), "Program"),
      ...this.editor(section.querySelector(".claims pre"), "Tests"),
    ];
    this.live = new Live(section);
    /** @type {AbortController | undefined} */
    this.busy = undefined;
    /** @type {number | undefined} */
    this.number = undefined;
    this.buttons = {
      run: button("Run", (event) => this.press("run", event)),
      check: button("Check", (event) => this.press("check", event)),
      edit: button("Edit", (event) => this.enter(byPointer(event))),
      reset: button("Reset", () => this.reset()),
      undo: button("Undo reset", () => this.undo()),
    };
    this.offer();
    this.restore();
  }

  /** What a reader calls it. */
  get name() {
    return this.id.replace("/", ", ").replace("_", " ");
  }

  /**
   * @param {Element | null} block
   * @param {string} what
   */
  editor(block, what) {
    return block instanceof HTMLElement
      ? [new Editor(block, `${what} of ${this.name}`, () => this.changed(),
        () => this.act("run"))] : [];
  }

  /** Puts Run and Edit into the header, and the rest into its menu. */
  offer() {
    const { run, check, edit, reset, undo } = this.buttons;
    check.title = "Run its tests";
    reset.hidden = undo.hidden = true;
    for (const [what, each] of Object.entries(this.buttons)) {
      each.dataset.do = what;
      each.setAttribute("aria-label", `${each.textContent} ${this.name}`);
    }
    const tested = this.editors.length > 1 ? [check] : [];
    const tools = this.section.querySelector("header .tools");
    const played = tools?.querySelectorAll("[data-do=replay], select") ?? [];
    const replay = played.length ? [element("div", "played", ...played)] : [];
    tools?.prepend(run, edit, undo);
    this.section.querySelector("header .menu > div")
      ?.prepend(...tested, ...replay, reset);
  }

  /** Brings back what the reader has edited before. */
  restore() {
    const saved = load(this.id);
    this.buttons.undo.hidden = !!saved || !load(this.id, "reset");
    if (!saved) return;
    this.edit(saved.texts);
    if (saved.of === this.originals()) return;
    this.live.begin("Your edit");
    this.live.end(null, "The listing has changed since you edited it. " +
      "Reset brings the new one.");
  }

  originals() {
    return this.editors.map((editor) => editor.original).join("\0");
  }

  /**
   * Edits the program where it is.
   * @param {boolean} pointer whether the reader has come by pointer
   */
  enter(pointer) {
    const header = this.section.querySelector("header");
    const under = header?.getBoundingClientRect().bottom ?? 0;
    const [program, ...others] = this.editors;
    for (const editor of others) editor.open(editor.text);
    program.enter(under, pointer);
    this.edit(this.editors.map((editor) => editor.text));
  }

  /** @param {string[]} texts */
  edit(texts) {
    this.editors.forEach((editor, index) => {
      if (!editor.area || editor.text !== texts[index]) {
        editor.open(texts[index] ?? editor.text);
      }
    });
    this.buttons.edit.hidden = true;
    this.buttons.reset.hidden = false;
    this.buttons.undo.hidden = true;
    this.changed();
  }

  changed() {
    const edited = this.edited();
    this.section.classList.toggle("edited", edited);
    const texts = this.editors.map((editor) => editor.text);
    save(this.id, edited ? { texts, of: this.originals() } : undefined);
    // What was reset can be brought back until something else is written.
    if (edited) save(this.id, undefined, "reset");
  }

  edited() {
    return this.editors.some((editor) => editor.text !== editor.original);
  }

  /** What the server is asked to run: the listing, as the reader has it. */
  wanted() {
    return {
      listing: this.id,
      ...(this.edited() ? { source: fileOf(this.editors) } : {}),
    };
  }

  reset() {
    const texts = this.editors.map((editor) => editor.text);
    const edited = this.edited();
    if (edited) save(this.id, { texts, of: this.originals() }, "reset");
    for (const editor of this.editors) editor.close();
    save(this.id, undefined);
    this.section.classList.remove("edited");
    this.buttons.edit.hidden = false;
    this.buttons.reset.hidden = true;
    this.buttons.undo.hidden = !edited;
    if (!this.busy) this.live.panel.remove();
    (edited ? this.buttons.undo : this.buttons.edit).focus();
    say(edited ? "The original is back. Undo reset brings your edit."
      : "The original is back.");
  }

  undo() {
    const saved = load(this.id, "reset");
    if (saved) this.edit(saved.texts);
    this.editors[0].area?.focus({ preventScroll: true });
    say("Your edit is back.");
  }

  /**
   * A double click starts it once, and does not stop it.
   * @param {Act} what
   * @param {MouseEvent} event
   */
  press(what, event) {
    if (!this.busy || event.detail < 2) this.act(what);
  }

  /** @param {Act} what */
  async act(what) {
    if (this.busy) return this.stop();
    const { signal } = this.busy = new AbortController();
    const release = this.hold();
    workbook_in_sight(this.live.panel);
    for (const editor of this.editors) editor.mark([]);
    this.live.begin(what === "run" ? "Your run" : "Your check");
    try {
      await order(`/api/${what}`, this.wanted(), signal,
        (event) => this.hear(event, what));
    } catch (error) {
      this.live.end(null, signal.aborted ? "Stopped."
        : silent("Not run", error) + " Start it again with `cargo run`, and " +
          "open the address that it prints.");
    }
    this.busy = undefined;
    this.number = undefined;
    release();
  }

  /**
   * Makes Run a button that stops, and the others wait.
   * @returns {() => void} undoes it
   */
  hold() {
    const { run, ...others } = this.buttons;
    /** @param {string} label */
    const call = (label) => {
      run.textContent = label;
      run.setAttribute("aria-label", `${label} ${this.name}`);
    };
    call("Stop");
    for (const other of Object.values(others)) other.disabled = true;
    return () => {
      call("Run");
      for (const other of Object.values(others)) other.disabled = false;
    };
  }

  async stop() {
    const busy = this.busy;
    const run = this.number;
    if (run === undefined) return busy?.abort();
    try {
      const answer = await ask("/api/stop", { run });
      // It may have ended by itself; then its end is on its way.
      if (!answer.ok && answer.status !== 404) busy?.abort();
    } catch {
      busy?.abort();
    }
  }

  /**
   * @param {any} event
   * @param {Act} what
   * @returns {boolean} whether it is the last
   */
  hear(event, what) {
    const { live } = this;
    if (live.told(event)) return true;
    if (event.event === "accepted") {
      this.number = event.run;
    } else if (event.event === "diagnostics") {
      live.problems.replaceChildren(...problems(this.editors, event.items));
    } else {
      live.hear(event, what === "run");
    }
    return false;
  }
}

/**
 * Adds a line to a list, of which the newest stay in sight, unless the reader
 * looks at older ones.
 * @param {Element} list
 * @param {() => void} add
 */
function newest(list, add) {
  const { scrollTop, scrollHeight, clientHeight } = list;
  const below = scrollTop + clientHeight >= scrollHeight - 8;
  add();
  if (below) list.scrollTop = list.scrollHeight;
}
