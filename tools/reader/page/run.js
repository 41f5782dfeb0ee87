// @ts-check
// Runs, checks and edits listings where they stand. Served with the pages by
// `cargo run` alone, which does the work: see api/mod.rs for what is asked of
// it, and order/event.rs for what it answers.
(() => {
  "use strict";

  const meta = document.querySelector("meta[name=workbook-token]");
  const token = meta?.getAttribute("content");
  if (!token) return;

  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  /**
   * @param {string} tag
   * @param {string} name its class
   * @param {...(Node | string)} children
   */
  function element(tag, name, ...children) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...children);
    return made;
  }

  /** @type {(label: string, press: () => void) => HTMLButtonElement} */
  function button(label, press) {
    const made = /** @type {HTMLButtonElement} */ (element("button", "", label));
    made.type = "button";
    made.addEventListener("click", press);
    return made;
  }

  const said = element("p", "visually-hidden ran-status");
  said.setAttribute("role", "status");
  document.body.append(said);

  /** @param {number | null} seconds */
  const figure = (seconds) =>
    seconds === null ? "none" : `${seconds.toFixed(2)}\u00a0s`;

  /** @param {string} text */
  const sentence = (text) => text && text[0].toUpperCase() + text.slice(1) +
    (/[.!?]$/.test(text) ? "" : ".");

  /**
   * @param {string} path
   * @param {object} order
   * @param {AbortSignal} [signal]
   */
  const ask = (path, order, signal) => fetch(path, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "workbook-token": /** @type {string} */ (token),
    },
    body: JSON.stringify(order),
    signal,
  });

  /**
   * The events of an answer, each as soon as its line is there.
   * @param {Response} answer
   * @returns {AsyncGenerator<any>}
   */
  async function* events(answer) {
    const reader = answer.body?.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    while (reader) {
      const { done, value } = await reader.read();
      rest += decoder.decode(value, { stream: !done });
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line) yield JSON.parse(line);
      if (done) return;
    }
  }

  // Editing

  /**
   * A mark of rustc's in the text; lines and columns count from 1.
   * @typedef {object} Mark
   * @property {string} level
   * @property {number} line
   * @property {number} from the column where it begins
   * @property {number} to the column behind it
   */

  /** A block of code that can be edited where it stands: its colours show
   * through a plain text area, which brings its own keys, undo, touch and
   * voice. */
  class Editor {
    /**
     * @param {HTMLElement} block the `pre`
     * @param {string} label
     * @param {() => void} changed
     * @param {() => void} run
     */
    constructor(block, label, changed, run) {
      this.block = block;
      this.code = /** @type {HTMLElement} */ (block.querySelector("code"));
      this.html = this.code.innerHTML;
      this.original = (this.code.textContent ?? "").replace(/\n$/, "");
      this.label = label;
      this.changed = changed;
      this.run = run;
      /** @type {HTMLTextAreaElement | undefined} */
      this.area = undefined;
      /** @type {{ text: string, html: string }[]} */
      this.lines = [];
      /** @type {Mark[]} */
      this.marks = [];
      this.layer = element("span", "marks");
      this.layer.setAttribute("aria-hidden", "true");
    }

    get text() {
      return this.area ? this.area.value : this.original;
    }

    /** @param {string} text */
    open(text) {
      if (!this.area) {
        const area = document.createElement("textarea");
        area.setAttribute("aria-label", this.label);
        area.wrap = "off";
        area.spellcheck = false;
        area.autocapitalize = "off";
        area.setAttribute("autocorrect", "off");
        area.addEventListener("input", () => this.input());
        area.addEventListener("keydown", (event) => this.key(event));
        this.area = area;
        this.block.append(area);
        this.block.classList.add("editing");
        this.block.removeAttribute("tabindex");
      }
      this.area.value = text;
      this.marks = [];
      this.draw(text.split("\n").map((line) => ({ text: line, html: "" })));
      this.colour();
    }

    close() {
      this.area?.remove();
      this.area = undefined;
      this.block.classList.remove("editing");
      this.block.tabIndex = 0;
      this.code.innerHTML = this.html;
      this.mark([]);
    }

    input() {
      const texts = this.text.split("\n");
      const old = this.lines;
      const most = Math.min(old.length, texts.length);
      let above = 0;
      while (above < most && old[above].text === texts[above]) above += 1;
      let below = 0;
      while (below < most - above &&
        old.at(-1 - below)?.text === texts.at(-1 - below)) below += 1;
      const lines = texts.map((text, index) => {
        const shift = index < above ? 0 : old.length - texts.length;
        const same = index < above || index >= texts.length - below;
        return same ? old[index + shift] : { text, html: "" };
      });
      // Marks move with their lines, and go with those that are changed.
      this.marks = this.marks.flatMap((mark) => {
        if (mark.line <= above) return [mark];
        if (mark.line <= old.length - below) return [];
        return [{ ...mark, line: mark.line + texts.length - old.length }];
      });
      this.draw(lines);
      this.mark(this.marks);
      this.colour();
      this.changed();
    }

    /** @param {{ text: string, html: string }[]} lines */
    draw(lines) {
      this.lines = lines;
      const plain = element("i", "");
      this.code.innerHTML = lines.map(({ text, html }) => {
        plain.textContent = text;
        return html || plain.innerHTML;
      }).join("\n") + "\n";
      const digits = String(lines.length).length;
      this.block.style.setProperty("--digits", String(digits));
      const numbers = lines.map((_, index) => index + 1).join("\n");
      this.block.dataset.numbers = numbers;
    }

    async colour() {
      const text = this.text;
      try {
        const answer = await ask("/api/colour", { source: text });
        if (!answer.ok || !this.area || this.text !== text) return;
        const { lines } = await answer.json();
        if (this.text !== text) return;
        this.draw(text.split("\n").map(
          (line, index) => ({ text: line, html: lines[index] ?? "" })));
      } catch {
        // Without the server the text has no colours; Run says why.
      }
    }

    /** @param {KeyboardEvent} event */
    key(event) {
      event.stopPropagation(); // mdBook turns pages and searches
      if (event.key !== "Enter") return;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        this.run();
      } else if (!event.shiftKey && !event.isComposing) {
        const area = /** @type {HTMLTextAreaElement} */ (this.area);
        const before = area.value.slice(0, area.selectionStart);
        const line = before.slice(before.lastIndexOf("\n") + 1);
        const indent = /^ */.exec(line)?.[0] + (/[{([]$/.test(line) ? "    " : "");
        event.preventDefault();
        // The one way that the browser's undo knows of.
        document.execCommand("insertText", false, `\n${indent}`);
      }
    }

    /** @param {Mark[]} marks */
    mark(marks) {
      this.marks = marks;
      this.layer.replaceChildren(...marks.map((mark) => {
        const made = element("span", `level-${mark.level}`);
        made.style.setProperty("--line", String(mark.line - 1));
        made.style.setProperty("--from", String(mark.from - 1));
        made.style.setProperty("--width", String(Math.max(1, mark.to - mark.from)));
        return made;
      }));
      if (marks.length) this.block.append(this.layer);
      else this.layer.remove();
    }

    /** @param {number} line */
    show(line) {
      const lines = this.text.split("\n");
      const at = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
      const to = at + (lines[line - 1]?.length ?? 0);
      this.block.closest("details")?.setAttribute("open", "");
      if (this.area) {
        this.area.focus();
        this.area.setSelectionRange(at, to);
      } else this.block.focus();
      const behavior = still.matches ? "auto" : "smooth";
      const first = this.layer.children[this.marks.findIndex(
        (mark) => mark.line === line)];
      (first ?? this.block).scrollIntoView({ block: "nearest", behavior });
    }
  }

  // Running

  /** What a run looks like while it is under way, and afterwards. */
  class Live {
    /** @param {HTMLElement} section the listing */
    constructor(section) {
      this.clock = element("span", "clock");
      this.printed = element("ol", "printed");
      this.printed.setAttribute("aria-label", "What it prints, by seconds");
      this.timeline = element("figure", "timeline");
      this.ran = element("div", "ran", this.printed, this.timeline);
      this.tests = element("ul", "tests");
      this.problems = element("ul", "problems");
      this.verdict = element("div", "verdict");
      this.title = element("span", "", "Your run");
      this.panel = element("div", "live",
        element("p", "label", this.title, " ", this.clock),
        this.problems, this.ran, this.tests, this.verdict);
      this.panel.setAttribute("role", "group");
      this.panel.setAttribute("aria-label", "Your run");
      this.section = section;
      this.started = 0;
      this.running = false;
    }

    /** @param {string} title */
    begin(title) {
      for (const part of [this.printed, this.timeline, this.tests,
        this.problems, this.verdict, this.clock]) part.replaceChildren();
      this.title.textContent = title;
      this.ran.hidden = true;
      let place = this.section.querySelector(":scope > .outcome");
      if (!place) {
        place = element("div", "outcome");
        this.section.append(place);
      }
      if (this.panel.parentElement !== place) place.prepend(this.panel);
      // Nothing jumps while it is drawn.
      const drawn = place.querySelector(":scope > .run svg[data-scale]");
      const height = drawn?.getAttribute("height");
      this.timeline.style.minHeight = height ? `${height}px` : "";
      this.panel.classList.add("running");
      // In words it makes sense once it is whole.
      this.timeline.setAttribute("aria-hidden", "true");
      const behavior = still.matches ? "auto" : "smooth";
      this.panel.scrollIntoView({ block: "nearest", behavior });
    }

    /** @param {boolean} shown whether it prints for the reader */
    start(shown) {
      this.ran.hidden = !shown;
      this.started = performance.now();
      this.running = true;
      const tick = () => {
        if (!this.running) return;
        this.tick();
        if (still.matches) setTimeout(tick, 1000);
        else requestAnimationFrame(tick);
      };
      tick();
    }

    tick() {
      const now = (performance.now() - this.started) / 1000;
      this.clock.textContent = still.matches
        ? `${Math.floor(now)}\u00a0s` : `${now.toFixed(1)}\u00a0s`;
      const svg = this.timeline.querySelector("svg[data-scale]");
      if (!svg) return;
      const drawn = Number(svg.getAttribute("data-scale"));
      // A run that is longer than the axis presses it together.
      const scale = Math.max(drawn, now);
      if (scale > drawn) press(svg, drawn / scale);
      for (const bar of svg.querySelectorAll(".bar.unfinished")) {
        const from = Number(bar.getAttribute("data-begin"));
        bar.setAttribute("width", `${(100 * Math.max(0, now - from)) / scale}%`);
      }
      for (const line of svg.querySelectorAll(".playhead")) {
        line.setAttribute("visibility", "visible");
        for (const x of ["x1", "x2"]) line.setAttribute(x, `${(100 * now) / scale}%`);
      }
    }

    /** @param {{ at: number, text: string }} line */
    line({ at, text }) {
      this.printed.append(element("li", "",
        element("span", "at", at.toFixed(2)), " ", element("code", "", text)));
    }

    /** @param {{ svg: string, figures: string | null }} drawing */
    draw({ svg, figures }) {
      // Both are the server's own, with every name in them escaped.
      this.timeline.innerHTML = svg + (figures ?? "");
    }

    /** @param {{ says: string, result: string }} test */
    test({ says, result }) {
      const sign = { pass: "✓", fail: "✗" }[result] ?? "–";
      const words = { pass: "holds: ", fail: "fails: " }[result] ?? "was not run: ";
      this.tests.append(element("li", result,
        hidden(element("span", "", sign)), " ",
        element("span", "visually-hidden", words), says));
    }

    /** @param {{ why: string }} failure */
    failure({ why }) {
      this.tests.append(element("li", "why", element("pre", "", why)));
    }

    /**
     * @param {boolean | null} met
     * @param {string} text
     * @param {{ took: number | null, recorded: number | null, diff?: string }} [run]
     */
    end(met, text, run) {
      this.running = false;
      this.panel.classList.remove("running");
      this.timeline.removeAttribute("aria-hidden");
      this.timeline.querySelector(".playhead")
        ?.setAttribute("visibility", "hidden");
      this.clock.replaceChildren();
      const name = met === null ? "" : met ? "met" : "not-met";
      const sign = met === null ? "" : met ? "✓ " : "✗ ";
      const head = element("p", name, hidden(element("span", "", sign)), text);
      this.verdict.replaceChildren(head);
      if (run && run.took !== null) {
        this.clock.textContent = figure(run.took);
        if (run.recorded !== null) {
          this.verdict.append(element("p", "measured",
            `Measured ${figure(run.took)}, recorded ${figure(run.recorded)}.`));
        }
      }
      if (run?.diff) {
        const diff = element("details", "difference",
          element("summary", "", "Recorded and measured, line by line"),
          element("pre", "", run.diff));
        /** @type {HTMLElement} */ (diff.lastChild).tabIndex = 0;
        this.verdict.append(diff);
      }
      said.textContent = text;
    }
  }

  /** @param {HTMLElement} sign */
  function hidden(sign) {
    sign.setAttribute("aria-hidden", "true");
    return sign;
  }

  /** @type {WeakMap<Element, [string, number][]>} */
  const places = new WeakMap();

  /**
   * Draws all that stands along an axis at `part` of its place.
   * @type {(svg: Element, part: number) => void}
   */
  function press(svg, part) {
    for (const drawn of svg.querySelectorAll("line, rect, text, svg")) {
      let all = places.get(drawn);
      if (!all) {
        all = ["x", "x1", "x2", "width"].flatMap((name) => {
          const value = drawn.getAttribute(name) ?? "";
          return value.endsWith("%") ? [[name, parseFloat(value)]] : [];
        });
        // The axis itself is as long as the page is wide.
        if (drawn.classList.contains("axis")) all = [];
        places.set(drawn, all);
      }
      for (const [name, x] of all) drawn.setAttribute(name, `${x * part}%`);
    }
  }

  /** A listing, and what the reader does with it. */
  class Listing {
    /** @param {HTMLElement} section */
    constructor(section) {
      this.section = section;
      this.id = section.dataset.listing ?? "";
      const name = this.id.replace("/", ", ").replace("_", " ");
      const changed = () => this.changed();
      const run = () => this.act("run");
      /** @type {(block: Element | null, what: string) => Editor[]} */
      const editor = (block, what) => block instanceof HTMLElement
        ? [new Editor(block, `${what} of ${name}`, changed, run)] : [];
      /** The program, and its tests if it has any. */
      this.editors = [
        ...editor(section.querySelector("pre.program"), "Program"),
        ...editor(section.querySelector(".claims pre"), "Tests"),
      ];
      this.live = new Live(section);
      /** @type {AbortController | undefined} */
      this.busy = undefined;
      /** @type {number | undefined} */
      this.number = undefined;
      /** Whether the server told how the run ended. */
      this.said = false;
      this.buttons = {
        run: button("Run", run),
        check: button("Check", () => this.act("check")),
        edit: button("Edit", () => this.edit()),
        reset: button("Reset", () => this.reset()),
      };
      this.buttons.check.title = "Run its tests";
      this.buttons.reset.hidden = true;
      if (this.editors.length < 2) this.buttons.check.remove();
      for (const [what, each] of Object.entries(this.buttons)) {
        each.dataset.do = what;
      }
      const tools = section.querySelector("header .tools");
      const { run: first, check, edit, reset } = this.buttons;
      tools?.prepend(first, ...(this.editors.length > 1 ? [check] : []), edit, reset);
      const saved = load(this.id);
      if (saved) {
        this.edit(saved.texts);
        if (saved.of !== this.originals().join("\0")) {
          this.live.begin("Your edit");
          this.live.end(null, "The listing has changed since you edited it. " +
            "Reset brings the new one.");
        }
      }
    }

    originals() {
      return this.editors.map((editor) => editor.original);
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
      save(this.id, edited ? {
        texts: this.editors.map((editor) => editor.text),
        of: this.originals().join("\0"),
      } : undefined);
    }

    edited() {
      return this.editors.some((editor) => editor.text !== editor.original);
    }

    reset() {
      for (const editor of this.editors) editor.close();
      save(this.id, undefined);
      this.section.classList.remove("edited");
      this.buttons.edit.hidden = false;
      this.buttons.reset.hidden = true;
      if (!this.busy) this.live.panel.remove();
      this.buttons.edit.focus();
      said.textContent = "The original is back.";
    }

    /** The whole file, as the reader has it. */
    source() {
      return this.editors.map(
        (editor) => editor.text.replace(/\s+$/, "") + "\n").join("\n");
    }

    /** @param {"run" | "check"} what */
    async act(what) {
      if (this.busy) return this.stop();
      const busy = new AbortController();
      this.busy = busy;
      const pressed = this.buttons[what];
      const [label, others] = [pressed.textContent ?? "",
        Object.values(this.buttons).filter((each) => each !== pressed)];
      pressed.textContent = "Stop";
      for (const other of others) other.disabled = true;
      for (const editor of this.editors) editor.mark([]);
      this.live.begin(what === "run" ? "Your run" : "Your check");
      const order = {
        listing: this.id,
        ...(this.edited() ? { source: this.source() } : {}),
      };
      this.said = false;
      try {
        const answer = await ask(`/api/${what}`, order, busy.signal);
        for await (const event of events(answer)) this.hear(event, what);
        if (!this.said) throw new Error("the server broke off");
      } catch (error) {
        this.live.end(null, busy.signal.aborted
          ? "Stopped."
          : `Not run: the workbook's server does not answer (${
            error instanceof Error ? error.message : error}). Start it again ` +
            "with `cargo run`, and open the address that it prints.");
      }
      this.busy = undefined;
      this.number = undefined;
      pressed.textContent = label;
      for (const other of others) other.disabled = false;
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
     * @param {"run" | "check"} what
     */
    hear(event, what) {
      const { live } = this;
      switch (event.event) {
        case "accepted":
          this.number = event.run;
          break;
        case "building":
          live.clock.textContent = "compiling …";
          said.textContent = "Compiling.";
          break;
        case "diagnostics":
          this.problems(event.items);
          break;
        case "started":
          live.start(what === "run");
          said.textContent = what === "run" ? "Running." : "Checking.";
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
          break;
        case "ended": {
          const met = event.claim === null ? null : event.claim === "met";
          const head = met === null ? "" : met ? "Claim met: " : "Claim not met: ";
          this.said = true;
          live.end(met, head ? head + event.why.replace(/\.?$/, ".")
            : sentence(event.why), event);
          break;
        }
        case "refused":
        case "cut":
          this.said = true;
          live.end(null, event.event === "cut"
            ? sentence(event.why) : `Not run: ${sentence(event.why)}`);
      }
    }

    /**
     * What rustc says, in the text and below it.
     * @param {any[]} items
     */
    problems(items) {
      /** Behind which line of the file each editor begins. */
      let above = 0;
      const parts = this.editors.map((editor) => {
        const lines = editor.text.replace(/\s+$/, "").split("\n").length;
        const part = { editor, above, lines };
        above += lines + 1;
        return part;
      });
      /** @type {(item: any) => (typeof parts)[number] | undefined} */
      const place = (item) => item.line === null ? undefined : parts.find(
        (part) => item.line > part.above && item.line <= part.above + part.lines);
      for (const part of parts) {
        const marks = items.filter((item) => place(item) === part);
        part.editor.mark(marks.map((item) => {
          const line = item.line - part.above;
          const length = part.editor.text.split("\n")[line - 1]?.length ?? 0;
          const to = item.end_line === item.line ? item.end_column : length + 1;
          return { level: item.level, line, from: item.column, to };
        }));
      }
      this.live.problems.replaceChildren(...items.map((item) => {
        const part = place(item);
        const code = item.code ? `[${item.code}]` : "";
        const where = part
          ? [button(`Line ${item.line}`,
            () => part.editor.show(item.line - part.above)), " "] : [];
        const whole = element("pre", "", item.rendered);
        whole.tabIndex = 0;
        return element("li", `level-${item.level}`, ...where,
          element("strong", "", `${item.level}${code}:`), ` ${item.message}`,
          element("details", "",
            element("summary", "", "All that rustc says"), whole));
      }));
    }
  }

  // What the reader has edited, kept by this browser until Reset.

  const KEY = "workbook-edit:";

  /**
   * @param {string} id
   * @returns {{ texts: string[], of: string } | undefined}
   */
  function load(id) {
    try {
      const saved = JSON.parse(localStorage.getItem(KEY + id) ?? "null");
      const { texts, of } = saved ?? {};
      const sound = Array.isArray(texts) && typeof of === "string" &&
        texts.every((text) => typeof text === "string");
      return sound ? { texts, of } : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * @param {string} id
   * @param {{ texts: string[], of: string } | undefined} edit
   */
  function save(id, edit) {
    try {
      if (edit) localStorage.setItem(KEY + id, JSON.stringify(edit));
      else localStorage.removeItem(KEY + id);
    } catch {
      // A browser that keeps nothing still edits.
    }
  }

  const note = document.querySelector(".how-to-run");
  if (note) {
    const key = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘" : "Ctrl";
    note.textContent = "Run and Check start a listing on your own machine, as " +
      "you and with all your rights: this is no sandbox. Edit changes it in " +
      `this browser alone, until Reset; ${key}+Enter runs what you have written.`;
  }
  for (const section of document.querySelectorAll(".listing[data-listing]")) {
    if (section instanceof HTMLElement) new Listing(section);
  }

  // Printing

  /** A chapter as a handout: where it is offered, and what came of it. */
  class Handout {
    /** @param {string} chapter */
    constructor(chapter) {
      this.chapter = chapter;
      /** @type {AbortController | undefined} */
      this.busy = undefined;
      this.button = button("Handout (PDF)", () => this.press());
      this.button.title = "Print this chapter";
      this.news = element("span", "news");
      this.whole = element("p", "handout", this.button, " ", this.news);
    }

    async press() {
      if (this.busy) return this.busy.abort();
      const busy = new AbortController();
      this.busy = busy;
      this.button.textContent = "Stop";
      this.news.textContent = "Printing …";
      said.textContent = "Printing.";
      try {
        const order = { chapter: this.chapter };
        let over = false;
        for await (const event of events(await ask("/api/handout", order,
          busy.signal))) over = this.hear(event) || over;
        if (!over) throw new Error("the server broke off");
      } catch (error) {
        this.tell(busy.signal.aborted ? "Stopped." : "Not printed: the " +
          `workbook's server does not answer (${
            error instanceof Error ? error.message : error}).`);
      }
      this.busy = undefined;
      this.button.textContent = "Handout (PDF)";
    }

    /**
     * @param {any} event
     * @returns {boolean} whether it is the last
     */
    hear(event) {
      switch (event.event) {
        case "progress":
          this.news.textContent = /^(Compiling|Downloading|Downloaded)/
            .test(event.text)
            ? `${event.text} … (the first time takes minutes)` : event.text;
          return false;
        case "printed": {
          const link = element("a", "", event.file);
          link.setAttribute("href", event.href);
          this.news.replaceChildren("Printed: ", link);
          said.textContent = "The handout is printed.";
          return true;
        }
        case "refused":
        case "cut":
          this.tell(sentence(event.why));
          return true;
      }
      return false;
    }

    /** @param {string} text */
    tell(text) {
      this.news.textContent = text;
      said.textContent = text;
    }
  }

  const chapter = /\/(ch\d[^/]*)\.html$/.exec(location.pathname)?.[1];
  if (note && chapter) note.after(new Handout(chapter).whole);
})();
