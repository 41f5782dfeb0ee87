// @ts-check
// What waits for an answer: each element with `data-until`, the ids of the
// questions. While one of them is open, a run, a pair, the words around them
// and what `main` asserts are hidden, and a note is in their place.
(() => {
  "use strict";

  const answers = window.workbook_answers;
  if (!answers) return;

  /** @type {WeakMap<Element, HTMLElement>} */
  const notes = new WeakMap();

  /**
   * The questions that an element still waits for.
   * @param {Element} element
   */
  const open = (element) => (element.getAttribute("data-until") ?? "")
    .split(" ").filter((id) => id && !answers.settled(id));

  /**
   * Hidden, yet found by a search of the browser's own where that can be.
   * @param {Element} element
   * @param {boolean} hidden
   */
  function hide(element, hidden) {
    if (!hidden) element.removeAttribute("hidden");
    else element.setAttribute(
      "hidden", "onbeforematch" in HTMLElement.prototype ? "until-found" : "");
  }

  /**
   * @param {string} tag
   * @param {string} name its class
   * @param {...(Node | string)} children
   */
  function made(tag, name, ...children) {
    const element = document.createElement(tag);
    element.className = name;
    element.append(...children);
    return element;
  }

  /**
   * A note that leads to the question.
   * @param {string} id
   * @param {string} what "The pair is compared"
   */
  function note(id, what) {
    const link = document.createElement("a");
    link.href = `#${id}`;
    link.textContent = "your prediction";
    return made("p", "veil", `${what} after `, link, ".");
  }

  /** In the place of a figure in a sentence. */
  function bar() {
    const sign = made("span", "", "▒▒");
    sign.setAttribute("aria-hidden", "true");
    return made("span", "veil", sign,
      made("span", "visually-hidden", "(after your prediction)"));
  }

  /**
   * In the place of lines of a program. Its words are the style sheet's, so
   * that the text of the program stays what it is.
   */
  const cover = () => made("span", "veil");

  /**
   * Puts a note into its place, or takes it away; nothing happens where it is
   * there and right.
   * @param {Element} element
   * @param {HTMLElement | undefined} shown
   * @param {(shown: HTMLElement) => void} put
   */
  function annotate(element, shown, put) {
    const before = notes.get(element);
    if (before && shown && before.isEqualNode(shown)) return;
    before?.remove();
    if (!shown) return void notes.delete(element);
    notes.set(element, shown);
    put(shown);
  }

  /** @param {Element} words a block, a figure or a line that waits */
  function keepBack(words) {
    const [first] = open(words);
    const block = words.matches("div");
    if (block) hide(words, first !== undefined);
    else words.toggleAttribute("hidden", first !== undefined);
    const said = words.childElementCount > 1
      ? "What follows from this run comes" : "A word about this run comes";
    annotate(words, first === undefined ? undefined
      : block ? note(first, said)
      : words.closest("code") ? cover() : bar(),
      (shown) => words.before(shown));
  }

  /** @param {Element} pair */
  function keepPair(pair) {
    const [first] = open(pair);
    pair.classList.toggle("sealed", first !== undefined);
    annotate(pair, first === undefined
      ? undefined : note(first, "The ways are compared"),
      (shown) => pair.append(shown));
  }

  /** @param {Element} listing */
  function keepRun(listing) {
    const waits = open(listing).length > 0;
    listing.classList.toggle("unanswered", waits);
    for (const run of listing.querySelectorAll(".run")) hide(run, waits);
    for (const tool of listing.querySelectorAll("[data-do=replay], .speed")) {
      tool.toggleAttribute("disabled", waits);
    }
  }

  /** @param {Element} element */
  function keep(element) {
    if (element.matches(".listing")) keepRun(element);
    else if (element.matches(".pair")) keepPair(element);
    else keepBack(element);
  }

  const all = () => document.querySelectorAll("[data-until]");

  answers.follow(() => all().forEach(keep));

  // As the page comes, before any of it is drawn. An element is whole once
  // something follows it.
  /** @type {WeakSet<Element>} */
  const seen = new WeakSet();
  function come() {
    const over = document.readyState !== "loading";
    for (const element of all()) {
      const whole = over || element.nextSibling !== null;
      if (seen.has(element)) continue;
      if (whole) seen.add(element);
      keep(element);
    }
    if (over) observer.disconnect();
  }
  const observer = new MutationObserver(come);
  observer.observe(document, { childList: true, subtree: true });
  document.addEventListener("readystatechange", come);

  // The browser's own search has found something that is hidden, or a link
  // leads there: that counts as "show it without an answer".
  document.addEventListener("beforematch", ({ target }) => {
    const element = /** @type {Element} */ (target).closest("[data-until]");
    for (const id of element ? open(element) : []) answers.remember(id, null);
  });
})();
