// @ts-check
// What a search finds, and how it is shown. It comes with the index, when the
// reader first searches.
(() => {
  "use strict";

  /** How many results are listed, and how long an excerpt is, in words. */
  const MOST = 30;
  const EXCERPT = 28;

  /** @typedef {SearchIndex["sections"][number]} Section */

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
  function worth([, , heading, text, names, terms, sealed], word) {
    const often = count(`${text} ${sealed}`.toLowerCase(), word);
    const length = 1 + (text.length + sealed.length) / 4000;
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
  function together([, , heading, text, , , sealed], phrase) {
    return 5 * Math.min(1, count(heading.toLowerCase(), phrase)) +
      3 * Math.log(1 + count(`${text} ${sealed}`.toLowerCase(), phrase));
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

  window.workbook_find = {
    results(book, typed) {
      const words = wordsOf(typed);
      const found = find(book, words, typed.toLowerCase());
      const items = found.slice(0, MOST).map(
        ({ section }) => result(book, section, words));
      return { count: found.length, items };
    },
    highlight: (within, words) => highlight(within, wordsOf(words)),
  };
})();
