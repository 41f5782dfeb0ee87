// @ts-check
// The book's search. Its index is one script, asked for when the reader first
// searches; a book of this size is looked through section by section.
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

  /** How many results are listed, and how long an excerpt is, in words. */
  const MOST = 30;
  const EXCERPT = 28;

  /** @typedef {SearchIndex["sections"][number]} Section */

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

  // Searching

  /** @param {string} text */
  const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];

  /** How often words begin so. @param {string} text @param {string} word */
  function count(text, word) {
    let found = 0;
    let at = text.indexOf(word);
    while (at >= 0) {
      if (at === 0 || !/[\p{L}\p{N}_]/u.test(text[at - 1])) found += 1;
      at = text.indexOf(word, at + word.length);
    }
    return found;
  }

  /**
   * What a word is worth in a section: most in a heading, much where the book
   * introduces it, which it does in italics; then by how often it is there.
   * @param {Section} section
   * @param {string} word
   */
  function worth([, , heading, text, names, terms], word) {
    const often = count(text.toLowerCase(), word);
    const length = 1 + text.length / 4000;
    return 4 * Math.min(1, count(heading.toLowerCase(), word)) +
      6 * Math.min(1, count(terms.toLowerCase(), word)) +
      (often ? (1 + Math.log(often)) / length : 0) +
      (count(names.toLowerCase(), word) ? 0.5 : 0);
  }

  /**
   * What it is worth that the words are side by side, as they were typed.
   * @param {Section} section
   * @param {string} phrase
   */
  function together([, , heading, text], phrase) {
    return 5 * Math.min(1, count(heading.toLowerCase(), phrase)) +
      3 * Math.log(1 + count(text.toLowerCase(), phrase));
  }

  /**
   * The sections that have all words, the best first; those that are equally
   * good as the book has them.
   * @param {SearchIndex} book
   * @param {string[]} words
   * @param {string} typed
   */
  function find({ pages, sections }, words, typed) {
    /** @type {{ section: Section, score: number }[]} */
    const found = [];
    for (const section of sections) {
      const worths = words.map((word) => worth(section, word));
      if (worths.some((each) => each === 0)) continue;
      const chapter = pages[section[0]][0].startsWith("ch");
      const sum = worths.reduce((all, each) => all + each,
        words.length > 1 ? together(section, typed) : 0);
      found.push({ section, score: chapter ? sum : sum / 2 });
    }
    return found.sort((one, other) => other.score - one.score);
  }

  // Showing

  /**
   * Puts words into an element, those that are searched for marked.
   * @param {HTMLElement} element
   * @param {string} text
   * @param {string[]} words
   */
  function mark(element, text, words) {
    const any = words.map((word) => word.replace(/\W/g, "\\$&")).join("|");
    const parts = text.split(
      new RegExp(`(?<![\\p{L}\\p{N}_])(${any})`, "giu"));
    for (const [place, part] of parts.entries()) {
      if (place % 2 === 0) element.append(part);
      else element.append(made("mark", part));
    }
  }

  /** @param {string} tag @param {string} [text] */
  function made(tag, text = "") {
    const element = document.createElement(tag);
    element.textContent = text;
    return element;
  }

  /**
   * The part of a text that has most of the words.
   * @param {string} text
   * @param {string[]} words
   */
  function excerpt(text, words) {
    const all = text.split(" ");
    const hits = all.map((it) => {
      const here = it.toLowerCase();
      return words.filter((word) => count(here, word) > 0).length;
    });
    let [best, from] = [-1, 0];
    for (let at = 0; at < all.length; at += 4) {
      const sum = hits.slice(at, at + EXCERPT).reduce((a, b) => a + b, 0);
      if (sum > best) [best, from] = [sum, at];
    }
    const part = all.slice(from, from + EXCERPT).join(" ");
    return (from > 0 ? "… " : "") + part +
      (from + EXCERPT < all.length ? " …" : "");
  }

  /**
   * @param {SearchIndex} book
   * @param {Section} section
   * @param {string[]} words
   */
  function result(book, [page, id, heading, text], words) {
    const [path, title] = book.pages[page];
    const link = document.createElement("a");
    const query = encodeURIComponent(words.join(" "));
    link.href = `${path_to_root}${path}?highlight=${query}#${id}`;
    mark(link, heading, words);
    const place = made("span", title === heading ? "" : title);
    place.className = "place";
    const teaser = document.createElement("p");
    mark(teaser, excerpt(text, words), words);
    const item = document.createElement("li");
    item.append(link, " ", place, teaser);
    return item;
  }

  /** @param {string} words */
  function say(words) {
    if (header) header.textContent = words;
  }

  let asked = 0;

  async function search() {
    const typed = /** @type {HTMLInputElement} */ (bar).value.trim();
    const words = wordsOf(typed);
    const now = asked += 1;
    if (words.length === 0) {
      list?.replaceChildren();
      return say("");
    }
    try {
      const book = await index();
      if (now !== asked) return; // more has been typed meanwhile
      const found = find(book, words, typed.toLowerCase());
      list?.replaceChildren(...found.slice(0, MOST).map(
        ({ section }) => result(book, section, words)));
      const sections = found.length === 1 ? "section" : "sections";
      say(found.length === 0 ? `No section has "${typed}".`
        : `${found.length} ${sections} with "${typed}"`);
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
  const words = wordsOf(query.get("highlight") ?? "");
  if (main && words.length > 0) highlight(main, words);

  /** @param {Element} within @param {string[]} words */
  function highlight(within, words) {
    const walk = document.createTreeWalker(within, NodeFilter.SHOW_TEXT, {
      acceptNode: (node) =>
        node.parentElement?.closest("pre, svg, button, select, script, .veil")
          ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
    });
    /** @type {Text[]} */
    const texts = [];
    while (walk.nextNode()) texts.push(/** @type {Text} */ (walk.currentNode));
    for (const text of texts) {
      if (!words.some((word) => count(text.data.toLowerCase(), word))) continue;
      const whole = document.createElement("span");
      mark(whole, text.data, words);
      text.replaceWith(...whole.childNodes);
    }
  }
})();
