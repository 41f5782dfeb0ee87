// @ts-check
// A listing, and what the reader does with it.

import { button, say, sentence } from "./dom.js";
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
      run: button("Run", () => this.act("run")),
      check: button("Check", () => this.act("check")),
      edit: button("Edit", () => this.edit()),
      reset: button("Reset", () => this.reset()),
    };
    this.offer();
    this.restore();
  }

  /**
   * @param {Element | null} block
   * @param {string} what
   */
  editor(block, what) {
    const name = this.id.replace("/", ", ").replace("_", " ");
    return block instanceof HTMLElement
      ? [new Editor(block, `${what} of ${name}`, () => this.changed(),
        () => this.act("run"))] : [];
  }

  /** Puts the buttons into the header. */
  offer() {
    const { run, check, edit, reset } = this.buttons;
    check.title = "Run its tests";
    reset.hidden = true;
    for (const [what, each] of Object.entries(this.buttons)) {
      each.dataset.do = what;
    }
    const tested = this.editors.length > 1 ? [check] : [];
    this.section.querySelector("header .tools")
      ?.prepend(run, ...tested, edit, reset);
  }

  /** Brings back what the reader has edited before. */
  restore() {
    const saved = load(this.id);
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

  /** @param {string[]} [texts] */
  edit(texts) {
    this.editors.forEach((editor, index) =>
      editor.open(texts?.[index] ?? editor.text));
    this.buttons.edit.hidden = true;
    this.buttons.reset.hidden = false;
    if (!texts) this.editors[0].area?.focus();
    this.changed();
  }

  changed() {
    const edited = this.edited();
    this.section.classList.toggle("edited", edited);
    const texts = this.editors.map((editor) => editor.text);
    save(this.id, edited ? { texts, of: this.originals() } : undefined);
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
    for (const editor of this.editors) editor.close();
    save(this.id, undefined);
    this.section.classList.remove("edited");
    this.buttons.edit.hidden = false;
    this.buttons.reset.hidden = true;
    if (!this.busy) this.live.panel.remove();
    this.buttons.edit.focus();
    say("The original is back.");
  }

  /** @param {Act} what */
  async act(what) {
    if (this.busy) return this.stop();
    const { signal } = this.busy = new AbortController();
    const release = this.hold(what);
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
   * Makes the button one that stops, and the others wait.
   * @param {Act} what
   * @returns {() => void} undoes it
   */
  hold(what) {
    const pressed = this.buttons[what];
    const label = pressed.textContent;
    const others = Object.values(this.buttons).filter((it) => it !== pressed);
    pressed.textContent = "Stop";
    for (const other of others) other.disabled = true;
    return () => {
      pressed.textContent = label;
      for (const other of others) other.disabled = false;
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
    if (this.told(event)) return true;
    const { live } = this;
    switch (event.event) {
      case "accepted":
        this.number = event.run;
        break;
      case "building":
        live.clock.textContent = "compiling …";
        say("Compiling.");
        break;
      case "diagnostics":
        live.problems.replaceChildren(...problems(this.editors, event.items));
        break;
      case "started":
        live.start(what === "run");
        say(what === "run" ? "Running." : "Checking.");
        break;
      case "line":
        live.line(event);
        break;
      case "timeline":
        live.draw(event);
        break;
      case "test":
        live.test(event);
        break;
      case "failure":
        live.failure(event);
    }
    return false;
  }

  /**
   * Tells how it ended, if this is the end.
   * @param {any} event
   * @returns {boolean} whether it is
   */
  told(event) {
    const why = event.why && sentence(event.why);
    switch (event.event) {
      case "ended":
        this.ended(event);
        return true;
      case "refused":
        this.live.end(null, `Not run: ${why}`);
        return true;
      case "cut":
        this.live.end(null, why);
        return true;
    }
    return false;
  }

  /** @param {any} event */
  ended(event) {
    if (event.claim === null) {
      return this.live.end(null, sentence(event.why), event);
    }
    const met = event.claim === "met";
    const head = met ? "Claim met: " : "Claim not met: ";
    this.live.end(met, head + event.why.replace(/\.?$/, "."), event);
  }
}
