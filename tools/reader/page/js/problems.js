// @ts-check
// What rustc says of a listing, in its text and below it.

import { button, element } from "./dom.js";

/** @typedef {import("./editor.js").Editor} Editor */

/**
 * One editor's part of the file.
 * @typedef {object} Part
 * @property {Editor} editor
 * @property {number} above the lines of the file above it
 * @property {number} lines its own
 */

/** A text as it is sent: without blank lines at its end. */
const end = /\s+$/;

/**
 * The whole file, as the reader has it.
 * @param {Editor[]} editors
 */
export const fileOf = (editors) => editors.map(
  ({ text }) => `${text.replace(end, "")}\n`).join("\n");

/**
 * @param {Editor[]} editors
 * @returns {Part[]}
 */
function partsOf(editors) {
  let above = 0;
  return editors.map((editor) => {
    const lines = editor.text.replace(end, "").split("\n").length;
    const part = { editor, above, lines };
    above += lines + 1;
    return part;
  });
}

/**
 * Marks what rustc says in the text, and tells it in words.
 * @param {Editor[]} editors
 * @param {any[]} items as event.rs has them
 * @returns {HTMLElement[]} one a problem
 */
export function problems(editors, items) {
  const parts = partsOf(editors);
  /** @type {(item: any) => Part | undefined} */
  const place = ({ line }) => line === null ? undefined : parts.find(
    ({ above, lines }) => line > above && line <= above + lines);
  for (const part of parts) {
    const own = items.filter((item) => place(item) === part);
    part.editor.mark(own.map((item) => mark(item, part)));
  }
  return items.map((item) => told(item, place(item)));
}

/**
 * @param {any} item
 * @param {Part} part
 * @returns {import("./editor.js").Mark}
 */
function mark(item, { editor, above }) {
  const line = item.line - above;
  const length = editor.text.split("\n")[line - 1]?.length ?? 0;
  const to = item.end_line === item.line ? item.end_column : length + 1;
  return { level: item.level, line, from: item.column, to };
}

/**
 * @param {any} item
 * @param {Part | undefined} part
 */
function told(item, part) {
  const code = item.code ? `[${item.code}]` : "";
  const where = part ? [button(`Line ${item.line}`,
    () => part.editor.show(item.line - part.above)), " "] : [];
  const whole = element("pre", "", item.rendered);
  whole.tabIndex = 0;
  return element("li", `level-${item.level}`, ...where,
    element("strong", "", `${item.level}${code}:`), ` ${item.message}`,
    element("details", "",
      element("summary", "", "All that rustc says"), whole));
}
