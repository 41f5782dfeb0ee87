// @ts-check
// How a time is written: once, for all scripts of the page, and their tests.
(() => {
  "use strict";

  /**
   * A time in words, with a space that breaks no line: "9.0 s". A recorded one
   * is rounded to a twentieth of a second, as it is in the book's own text.
   * @param {number} seconds
   * @param {number} [digits] behind the point, where it is no recorded one
   */
  globalThis.workbook_figure = (seconds, digits) => {
    const recorded = (Math.round(seconds * 20) / 20).toFixed(2);
    const text = digits === undefined
      ? recorded.replace(/0$/, "") : seconds.toFixed(digits);
    return `${text}\u00a0s`;
  };
})();
