// @ts-check
// The book's search. Its index is one script, asked for when the reader first
// searches, and find.js, which looks through it, comes along.
(() => {
  "use strict";

  const source = window.workbook_search;
  const toggle = document.getElementById("mdbook-search-toggle");
  const panel = document.getElementById("mdbook-search-wrapper");
  const form = document.getElementById("mdbook-searchbar-outer");
  const bar = document.getElementById("mdbook-searchbar");
  const header = document.getElementById("mdbook-searchresults-header");
  const list = document.getElementById("mdbook-searchresults");
  if (!source || !toggle || !panel || !form || !header || !list) return;
  if (!(bar instanceof HTMLInputElement)) return;

  // Loading

  /** @type {Promise<SearchIndex> | undefined} */
  let loading;

  /** @returns {Promise<SearchIndex>} */
  function index() {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = source ?? ""; // a tag: nothing else is loaded from file://
      script.onload = () => window.workbook_index
        ? resolve(window.workbook_index) : reject(new Error("no index"));
      script.onerror = () => reject(new Error(`${source} could not be loaded`));
      document.head.append(script);
    });
    loading.catch(() => { loading = undefined; }); // it may be tried again
    return loading;
  }

  /** @param {string} words */
  function say(words) {
    if (header) header.textContent = words;
  }

  let asked = 0;

  async function search() {
    const typed = /** @type {HTMLInputElement} */ (bar).value.trim();
    const now = asked += 1;
    if (!/[\p{L}\p{N}]/u.test(typed)) {
      list?.replaceChildren();
      return say("");
    }
    try {
      const book = await index();
      if (now !== asked) return; // more has been typed meanwhile
      const { count, items } = window.workbook_find?.results(book, typed) ??
        { count: 0, items: [] };
      list?.replaceChildren(...items);
      const sections = count === 1 ? "section" : "sections";
      say(count === 0 ? `No section has "${typed}".`
        : `${count} ${sections} with "${typed}"`);
    } catch {
      say("The search could not be loaded.");
    }
  }

  // Opening and closing

  /** What had the focus. @type {Element | null} */
  let before = document.body;

  /** @param {boolean} open */
  function show(open) {
    panel?.classList.toggle("hidden", !open);
    toggle?.setAttribute("aria-expanded", String(open));
    if (open) {
      before = document.activeElement;
      /** @type {HTMLInputElement} */ (bar).focus();
      /** @type {HTMLInputElement} */ (bar).select();
      index().catch(() => say("The search could not be loaded."));
    } else if (panel?.contains(document.activeElement)) {
      const back = before === document.body ? toggle : before;
      if (back instanceof HTMLElement) back.focus({ preventScroll: true });
    }
  }

  const isOpen = () => !panel.classList.contains("hidden");

  toggle.addEventListener("click", () => show(!isOpen()));
  bar.addEventListener("input", search);
  form.addEventListener("submit", (event) => {
    event.preventDefault(); // it would load the page again
    list.querySelector("a")?.click();
  });
  document.addEventListener("pointerdown", ({ target }) => {
    const inside = /** @type {Node} */ (target);
    if (isOpen() && !panel.contains(inside) && !toggle.contains(inside)) {
      show(false);
    }
  });

  /** The arrow keys go through the results. @param {number} step */
  function move(step) {
    const stops = [bar, ...list?.querySelectorAll("a") ?? []];
    const at = stops.indexOf(/** @type {any} */ (document.activeElement));
    const next = stops[Math.max(0, Math.min(stops.length - 1, at + step))];
    if (next instanceof HTMLElement) next.focus();
  }

  /** @param {KeyboardEvent} event */
  function within(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") show(false);
    else if (step) move(step);
    else return;
    event.preventDefault();
  }

  document.addEventListener("keydown", (event) => {
    const { altKey, ctrlKey, metaKey, shiftKey, key } = event;
    if (altKey || ctrlKey || metaKey || shiftKey) return;
    const target = /** @type {Element} */ (event.composedPath()[0]);
    if (isOpen() && panel.contains(target)) return within(event);
    if (key !== "s" && key !== "/") return;
    if (target.matches("input, select, textarea")) return;
    event.preventDefault(); // or the key would be typed into the box
    show(true);
  });

  // Arriving: by a link to a search, or from a result.

  const query = new URLSearchParams(location.search);
  const wanted = query.get("search");
  if (wanted) {
    bar.value = wanted;
    show(true);
    search();
  }
  const main = document.querySelector("main");
  const words = query.get("highlight");
  if (main && words) index().then(
    () => window.workbook_find?.highlight(main, words), () => {});
})();
