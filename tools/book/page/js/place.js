// @ts-check
// Where the reader was: each chapter is kept as the last one, and the first
// page leads there. It runs before the page is there, so that nothing moves.
(() => {
  "use strict";

  const KEY = "workbook-place";

  /** @returns {{ page: string, title: string } | undefined} */
  function last() {
    try {
      const { page, title } = JSON.parse(localStorage.getItem(KEY) ?? "");
      return /^ch\d[\w-]*\.html$/.test(page) && typeof title === "string"
        ? { page, title } : undefined;
    } catch {
      return undefined; // nothing there, junk, or no storage
    }
  }

  /** @param {string} page */
  function keep(page) {
    const title = document.title.split(" - ")[0];
    try {
      localStorage.setItem(KEY, JSON.stringify({ page, title }));
    } catch {
      // Then the next visit begins at the beginning.
    }
  }

  const page = /(ch\d[\w-]*\.html)$/.exec(location.pathname)?.[1];
  if (page) return void document.addEventListener(
    "DOMContentLoaded", () => keep(page));
  const place = last();
  if (!place) return;

  function lead() {
    const link = document.querySelector(".hook a.start");
    const whole = link?.nextSibling || document.readyState !== "loading";
    if (!whole) return;
    observer.disconnect();
    if (!(link instanceof HTMLAnchorElement) || !place) return;
    if (link.getAttribute("href") === place.page) return;
    const chapter = Number(place.page.slice(2, 4));
    link.href = place.page;
    link.textContent = `Go on: ${chapter}. ${place.title} →`;
  }
  const observer = new MutationObserver(lead);
  observer.observe(document, { childList: true, subtree: true });
  document.addEventListener("readystatechange", lead);
})();
