// @ts-check
// How many predictions of each chapter are answered, in the contents.
(() => {
  "use strict";

  const answers = window.workbook_answers;

  /** Asks for the file with the predictions of every chapter, once. */
  function load() {
    const file = window.workbook_predictions_file;
    if (!file) return;
    window.workbook_predictions_file = undefined;
    const script = document.createElement("script");
    script.src = path_to_root + file; // a tag: nothing else comes from file://
    script.onload = showProgress;
    document.head.append(script);
  }

  /**
   * The predictions of every chapter, by its name: a file of their own, asked
   * for once there is an answer to count, or part of the page in a book that
   * is not bundled.
   * @returns {Record<string, string[]>}
   */
  function chapters() {
    if (window.workbook_predictions) return window.workbook_predictions;
    if (answers?.any()) load();
    const data = document.querySelector("script.workbook-predictions");
    try {
      return JSON.parse(data?.textContent ?? "{}");
    } catch {
      return {};
    }
  }

  /** Marks in the contents how many predictions of a chapter are answered. */
  function showProgress() {
    const links = [...document.querySelectorAll("#mdbook-sidebar a[href]")]
      .filter((link) => !link.getAttribute("href")?.startsWith("#"));
    for (const [page, ids] of Object.entries(chapters())) {
      const done = ids.filter(
        (id) => typeof answers?.said(`predict-${id}`) === "string").length;
      for (const link of links) {
        const { pathname } = /** @type {HTMLAnchorElement} */ (link);
        if (pathname.endsWith(`/${page}.html`)) markLink(link, done, ids.length);
      }
    }
  }

  /**
   * @param {Element} link
   * @param {number} done
   * @param {number} all
   */
  function markLink(link, done, all) {
    link.querySelector(".progress")?.remove();
    if (done === 0) return;
    const progress = document.createElement("span");
    progress.className = done === all ? "progress complete" : "progress";
    const seen = document.createElement("span");
    seen.setAttribute("aria-hidden", "true");
    seen.textContent = `${done === all ? "✓ " : ""}${done}/${all}`;
    const said = document.createElement("span");
    said.className = "visually-hidden";
    said.textContent = `, ${done} of ${all} predictions answered`;
    progress.append(" ", seen, said);
    link.append(progress);
  }

  answers?.follow(showProgress);
  showProgress();
})();
