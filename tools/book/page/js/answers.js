// @ts-check
// What the reader answered, kept in this browser. It runs before the page is
// there, with seal.js and predict.js: what waits for an answer is never seen
// for a moment, and nothing moves once it is.
(() => {
  "use strict";

  const KEY = "workbook-answers";
  const VERSION = 1;

  /**
   * What the reader said, by prediction: the words of the choice (a figure
   * may move to another place when the book is built anew, or vanish), or
   * null where the run was shown without an answer.
   * @typedef {Record<string, string | null>} Answers
   */

  /** @returns {Answers} only what can be an answer, whatever is stored */
  function stored() {
    try {
      const found = JSON.parse(localStorage.getItem(KEY) ?? "");
      if (found?.version !== VERSION) return {};
      const entries = Object.entries(Object(found.answers));
      return Object.fromEntries(entries.filter(
        ([, said]) => said === null || typeof said === "string"));
    } catch {
      return {}; // nothing there, junk, or no storage for this page
    }
  }

  /** For as long as the page is open, also where nothing can be stored. */
  let answers = stored();

  /** @type {(() => void)[]} */
  const changed = [];

  const tell = () => { for (const run of changed) run(); };

  window.workbook_answers = {
    said: (id) => answers[id],
    any: () => Object.keys(answers).length > 0,
    settled: (id) => id in answers,
    remember(id, said) {
      // Another tab may have answered others since.
      answers = { ...answers, ...stored() };
      if (said === undefined) delete answers[id];
      else answers[id] = said;
      try {
        const text = JSON.stringify({ version: VERSION, answers });
        localStorage.setItem(KEY, text);
      } catch {
        // Full or forbidden: the answer lasts as long as the page.
      }
      tell();
    },
    follow: (run) => changed.push(run),
  };

  window.addEventListener("storage", ({ key }) => {
    if (key !== KEY && key !== null) return;
    answers = stored();
    tell();
  });
})();
