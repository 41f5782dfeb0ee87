// @ts-check
// A block of code that can be edited where it is: its colours show through a
// plain text area, which brings its own keys, undo, touch and voice.

import { element, scrollTo } from "./dom.js";
import { ask } from "./server.js";

/**
 * A mark of rustc's in the text; lines and columns count from 1.
 * @typedef {object} Mark
 * @property {string} level
 * @property {number} line
 * @property {number} from the column where it begins
 * @property {number} to the column behind it
 */

/**
 * A line as it is typed, and in its colours: empty until they are known.
 * @typedef {{ text: string, html: string }} Line
 */

export class Editor {
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
    this.original = workbook_program(this.code).replace(/\n$/, "");
    this.label = label;
    this.changed = changed;
    this.run = run;
    /** @type {HTMLTextAreaElement | undefined} */
    this.area = undefined;
    /** Whether Tab indents: for those who came by pointer, until Escape. */
    this.indents = false;
    /** @type {Line[]} */
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
    this.area ??= this.opened();
    this.area.value = text;
    this.marks = [];
    this.draw(text.split("\n").map((line) => ({ text: line, html: "" })));
    this.colour();
  }

  /** A text area over the block. */
  opened() {
    const area = document.createElement("textarea");
    area.setAttribute("aria-label", this.label);
    area.wrap = "off";
    area.spellcheck = false;
    area.autocapitalize = "off";
    area.setAttribute("autocorrect", "off");
    area.addEventListener("input", () => this.input());
    area.addEventListener("pointerdown", () => { this.indents = true; });
    area.addEventListener("blur", () => { this.indents = false; });
    area.addEventListener("keydown", (event) => this.key(event, area));
    this.block.append(area);
    this.block.classList.add("editing");
    this.block.removeAttribute("tabindex");
    return area;
  }

  /**
   * Opens it and enters it where the reader has been reading, which stays where
   * it is on the screen.
   * @param {number} under what is above this is covered, in pixels
   * @param {boolean} pointer whether the reader has come by pointer
   */
  enter(under, pointer) {
    const { line, top } = this.inSight(under);
    this.open(this.text);
    const { area } = this;
    if (!area) return;
    const lines = this.text.split("\n").slice(0, line);
    const at = lines.reduce((sum, text) => sum + text.length + 1, 0);
    area.focus({ preventScroll: true });
    area.setSelectionRange(at, at);
    this.indents = pointer;
    const now = area.getBoundingClientRect().top + this.above() +
      line * this.lineHeight();
    window.scrollBy({ top: now - top, behavior: "instant" });
  }

  lineHeight() {
    return parseFloat(getComputedStyle(this.code).lineHeight) || 1;
  }

  /** What is clear above the first line, in pixels. */
  above() {
    return parseFloat(getComputedStyle(this.code).paddingBlockStart) || 0;
  }

  /**
   * The first line in sight, counted from 0, and where it is on the screen.
   * @param {number} under
   */
  inSight(under) {
    for (const part of this.code.querySelectorAll("[data-n]")) {
      const { top, bottom, height } = part.getBoundingClientRect();
      if (!height || bottom <= under) continue;
      const first = Number.parseInt(part.getAttribute("data-n") ?? "1", 10) - 1;
      const passed = Math.max(0, Math.ceil((under - top) / this.lineHeight()));
      return { line: first + passed, top: top + passed * this.lineHeight() };
    }
    return { line: 0, top: this.block.getBoundingClientRect().top +
      this.above() };
  }

  /**
   * Ctrl+Enter runs; Enter keeps the indent; Tab indents for those who came by
   * pointer, and Escape gives it back to the page.
   * @param {KeyboardEvent} event
   * @param {HTMLTextAreaElement} area
   */
  key(event, area) {
    event.stopPropagation(); // mdBook turns pages and searches
    if (event.key === "Escape") this.indents = false;
    else if (event.key === "Tab" && this.indents) {
      event.preventDefault();
      if (event.shiftKey) unindent(area);
      else indent(area);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (!event.repeat) this.run();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      newLine(area);
    }
  }

  close() {
    this.area?.remove();
    this.area = undefined;
    this.block.classList.remove("editing");
    this.code.innerHTML = this.html;
    // Colours of what was folded are made when it opens: see unfold.js.
    this.block.closest("details")?.dispatchEvent(new Event("toggle"));
    this.mark([]);
  }

  input() {
    const old = this.lines;
    const { lines, above, below } = changed(old, this.text.split("\n"));
    // Marks move with their lines, and go with those that are changed.
    this.marks = this.marks.flatMap((mark) => {
      if (mark.line <= above) return [mark];
      if (mark.line <= old.length - below) return [];
      return [{ ...mark, line: mark.line + lines.length - old.length }];
    });
    this.draw(lines);
    this.mark(this.marks);
    this.colour();
    this.changed();
  }

  /** @param {Line[]} lines */
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

  /**
   * Selects a line, and brings it into sight.
   * @param {number} line
   */
  show(line) {
    const lines = this.text.split("\n");
    const at = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const to = at + (lines[line - 1]?.length ?? 0);
    this.block.closest("details")?.setAttribute("open", "");
    if (this.area) {
      this.area.focus();
      this.area.setSelectionRange(at, to);
    } else this.block.focus();
    const first = this.marks.findIndex((mark) => mark.line === line);
    scrollTo(this.layer.children[first] ?? this.block);
  }
}

/**
 * What was typed: the lines above and below it keep their colours.
 * @param {Line[]} old
 * @param {string[]} texts
 */
function changed(old, texts) {
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
  return { lines, above, below };
}

/**
 * Types it: the one way that the browser's undo knows of.
 * @param {string} text
 */
function type(text) {
  document.execCommand(text ? "insertText" : "delete", false, text);
}

/** @param {HTMLTextAreaElement} area */
function newLine(area) {
  const before = area.value.slice(0, area.selectionStart);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const blanks = /^ */.exec(line)?.[0] + (/[{([]$/.test(line) ? "    " : "");
  type(`\n${blanks}`);
}

/**
 * Selects whole lines and types them anew.
 * @param {HTMLTextAreaElement} area
 * @param {(line: string) => string} edit
 */
function eachLine(area, edit) {
  const { value, selectionStart, selectionEnd } = area;
  const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const next = value.indexOf("\n", Math.max(selectionStart, selectionEnd - 1));
  const to = next < 0 ? value.length : next;
  const old = value.slice(from, to);
  const text = old.split("\n").map(edit).join("\n");
  if (text === old) return;
  area.setSelectionRange(from, to);
  type(text);
  if (selectionStart === selectionEnd) {
    const at = Math.max(from, selectionStart + text.length - old.length);
    area.setSelectionRange(at, at);
  } else area.setSelectionRange(from, from + text.length);
}

/** @param {HTMLTextAreaElement} area */
function indent(area) {
  const { value, selectionStart, selectionEnd } = area;
  const chosen = value.slice(selectionStart, selectionEnd);
  if (chosen.includes("\n")) {
    return eachLine(area, (line) => line && `    ${line}`);
  }
  const column = selectionStart - value.lastIndexOf("\n", selectionStart - 1) - 1;
  type(" ".repeat(4 - (column % 4)));
}

/** @param {HTMLTextAreaElement} area */
function unindent(area) {
  eachLine(area, (line) => line.replace(/^ {1,4}/, ""));
}
