// @ts-check
// The Copy buttons: of a listing, exactly its program; of a command, exactly
// what follows the prompt.
(() => {
  "use strict";

  /** How long a button says what came of it, in milliseconds. */
  const MOMENT = 2000;

  const live = document.createElement("p");
  live.className = "visually-hidden copied";
  live.setAttribute("role", "status");
  document.body.append(live);

  /**
   * The element whose text a button copies.
   * @param {Element} button
   */
  function source(button) {
    return button.closest(".listing")?.querySelector(
      button.getAttribute("data-do") === "copy"
        ? "pre.program code" : ".command code");
  }

  /**
   * @param {string} text
   * @returns {Promise<boolean>} whether it is in the clipboard
   */
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // A page without a certificate has no clipboard, and some browsers
      // ask first: the old way needs neither.
      return copyBySelection(text);
    }
  }

  /** @param {string} text */
  function copyBySelection(text) {
    const before = document.activeElement;
    const area = document.createElement("textarea");
    area.value = text;
    area.readOnly = true; // no keyboard slides in on a phone
    area.style.cssText = "position: fixed; top: 0; opacity: 0";
    document.body.append(area);
    area.select();
    let done = false;
    try {
      done = document.execCommand("copy");
    } catch {
      // Not done, then.
    }
    area.remove();
    if (before instanceof HTMLElement) before.focus();
    return done;
  }

  /**
   * Selects the text where it stands, folded or not, for the reader to copy by
   * hand.
   * @param {Element} element
   */
  function select(element) {
    for (const fold of element.querySelectorAll("details")) {
      fold.setAttribute("open", "");
    }
    window.getSelection()?.selectAllChildren(element);
  }

  /** @type {WeakMap<Element, { label: Node[], timer: number }>} */
  const telling = new WeakMap();

  /**
   * Says for a moment on the button, and to a screen reader, what came of it.
   * @param {Element} button
   * @param {string} word
   * @param {string} sentence
   */
  function tell(button, word, sentence) {
    const earlier = telling.get(button);
    if (earlier) clearTimeout(earlier.timer);
    const label = earlier?.label ?? [...button.childNodes];
    button.textContent = word;
    live.textContent = sentence;
    const timer = window.setTimeout(() => {
      button.replaceChildren(...label);
      live.textContent = "";
      telling.delete(button);
    }, MOMENT);
    telling.set(button, { label, timer });
  }

  document.addEventListener("click", async (event) => {
    const target = /** @type {Element} */ (event.target);
    const button = target.closest("[data-do=copy], [data-do=copy-command]");
    const element = button && source(button);
    if (!button || !element) return;
    if (await copy(workbook_program(element))) {
      tell(button, "Copied", "Copied.");
    } else {
      select(element);
      tell(button, "Not copied", "Not copied: the text is selected instead.");
    }
  });
})();
