// @ts-check
// What is folded in a program, and its tests: their colours once they are
// opened, and all folds opened at once. The page has them as plain text, which
// is a third as long.
(() => {
  "use strict";

  const WORDS = "as|async|await|break|const|continue|crate|dyn|else|enum|" +
    "extern|false|fn|for|if|impl|in|let|loop|match|mod|move|mut|pub|ref|" +
    "return|self|Self|static|struct|super|trait|true|type|unsafe|use|where|" +
    "while|yield";

  /** The tokens that have a colour, by the element that html/highlight.rs
   * gives them. */
  const TOKEN = new RegExp([
    "(?<i>//.*)",
    '(?<q>b?"(?:\\\\[\\s\\S]|[^"\\\\])*"|b?\'(?:\\\\.|[^\'\\\\])\')',
    "(?<u>#!?\\[[^\\]]*\\]|'\\w+|\\b\\d\\w*(?:\\.\\d\\w*)?)",
    "(?<var>\\b\\w+(?=!(?!=)))",
    `(?<b>\\b(?:${WORDS})\\b)`,
  ].join("|"), "g");

  /**
   * @param {Element} lines
   */
  function colour(lines) {
    const text = lines.textContent ?? "";
    /** @type {(Node | string)[]} */
    const parts = [];
    let from = 0;
    for (const { 0: word, index, groups } of text.matchAll(TOKEN)) {
      const [name] = Object.entries(groups ?? {}).find(([, it]) => it) ?? [];
      if (!name) continue;
      const token = document.createElement(name);
      token.textContent = word;
      parts.push(text.slice(from, index), token);
      from = index + word.length;
    }
    lines.replaceChildren(...parts, text.slice(from));
  }

  document.addEventListener("toggle", ({ target }) => {
    const fold = /** @type {Element} */ (target);
    if (!fold.matches(".program details[open], .claims[open]")) return;
    const lines = fold.querySelector("[data-n], pre:not(.editing) > code");
    if (lines && !lines.firstElementChild) colour(lines);
  }, { capture: true });

  document.addEventListener("click", ({ target }) => {
    const button = /** @type {Element} */ (target).closest("[data-do=unfold]");
    const listing = button?.closest(".listing");
    if (!button || !listing) return;
    /** @type {HTMLDetailsElement[]} */
    const folds = [...listing.querySelectorAll(".program details")].flatMap(
      (it) => it instanceof HTMLDetailsElement ? [it] : []);
    const open = folds.some((fold) => !fold.open);
    for (const fold of folds) fold.open = open;
    button.textContent = open ? "Fold what repeats" : "Unfold all";
  });
})();
