// @ts-check
// Predict, then look: the questions. What waits for their answers is for
// seal.js.
(() => {
  "use strict";

  const answers = window.workbook_answers;
  if (!answers) return;

  /** @typedef {{ label: Element, input: HTMLInputElement, words: string }} Choice */

  /**
   * One question, as it is on the page.
   * @typedef {object} Question
   * @property {HTMLElement} fieldset
   * @property {Choice[]} choices
   * @property {Choice} right
   * @property {HTMLElement} verdict
   * @property {HTMLDetailsElement | null} answer
   * @property {HTMLButtonElement} again
   */

  /**
   * @param {HTMLElement} fieldset
   * @returns {Question | undefined}
   */
  function question(fieldset) {
    const choices = [...fieldset.querySelectorAll(".choices label")].flatMap(
      (label) => {
        const input = label.querySelector("input");
        const words = label.textContent?.trim() ?? "";
        return input ? [{ label, input, words }] : [];
      });
    const right = choices.find(({ input }) => input.hasAttribute("data-right"));
    const verdict = fieldset.querySelector(".verdict");
    if (!right || !(verdict instanceof HTMLElement)) return undefined;
    /** @type {HTMLDetailsElement | null} */
    const answer = fieldset.querySelector("details.answer");
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = "Ask me again";
    again.setAttribute("data-do", "again");
    fieldset.querySelector(".tools")?.append(again);
    return { fieldset, choices, right, verdict, answer, again };
  }

  /** @type {Map<Element, Question>} */
  const questions = new Map();

  /**
   * The choice that was made, if the book still offers it.
   * @param {Question} asked
   */
  function chosen({ fieldset, choices }) {
    return choices.find(({ words }) => words === answers?.said(fieldset.id));
  }

  /** @param {Question} asked */
  function settled(asked) {
    return answers?.said(asked.fieldset.id) === null ||
      chosen(asked) !== undefined;
  }

  /**
   * Figures are as they are; other words are set off from the sentence.
   * @param {Choice} choice
   */
  function quoted({ words }) {
    return /^\d/.test(words) ? words : `"${words}"`;
  }

  /** @param {Question} asked */
  function verdictOn(asked) {
    const said = chosen(asked);
    if (!said) return "";
    const { right } = asked;
    if (said === right) return `Right: ${right.words}.`;
    return `Not quite: you said ${quoted(said)}, it is ${quoted(right)}.`;
  }

  /**
   * Signs and words on a choice, so that colour is never all there is.
   * @param {Choice} choice
   * @param {boolean} isRight
   * @param {boolean} isChosen
   */
  function mark({ label }, isRight, isChosen) {
    label.classList.add(isRight ? "correct" : "mistaken");
    label.classList.toggle("chosen", isChosen);
    const sign = document.createElement("span");
    sign.className = "sign";
    sign.setAttribute("aria-hidden", "true");
    sign.textContent = isRight ? " ✓" : " ✗";
    const word = document.createElement("span");
    word.className = "visually-hidden";
    word.textContent =
      (isRight ? " right" : " wrong") + (isChosen ? ", your answer" : "");
    label.append(sign, word);
  }

  /** @param {Choice} choice */
  function unmark({ label, input }) {
    label.classList.remove("correct", "mistaken", "chosen");
    const words = [...label.children].filter(
      (part) => part.matches(".sign, .visually-hidden"));
    for (const part of words) part.remove();
    input.checked = false;
  }

  /**
   * Shows a question as it is: open, passed over, or answered.
   * @param {Question} asked
   */
  function showQuestion(asked) {
    const { fieldset, choices, right, verdict, answer, again } = asked;
    const said = chosen(asked);
    for (const choice of choices) {
      const kept = choice.input.checked && !said;
      unmark(choice);
      choice.input.disabled = said !== undefined;
      choice.input.checked = choice === said || kept;
      if (said) mark(choice, choice === right, choice === said);
    }
    fieldset.classList.toggle("answered", settled(asked));
    verdict.textContent = verdictOn(asked);
    verdict.classList.toggle("correct", said === right);
    setHidden(fieldset, "[data-do=answer]", said !== undefined);
    setHidden(fieldset, "[data-do=skip]", settled(asked));
    again.hidden = said === undefined;
    if (!answer) return;
    answer.hidden = !settled(asked);
    answer.open = said !== undefined;
  }

  /**
   * @param {Element} within
   * @param {string} what
   * @param {boolean} hidden
   */
  function setHidden(within, what, hidden) {
    for (const element of within.querySelectorAll(what)) {
      if (element instanceof HTMLElement) element.hidden = hidden;
    }
  }

  /**
   * Says so where the run still waits for another question.
   * @param {Question} asked
   * @returns {Element | undefined} the listing whose run is shown now
   */
  function shown({ fieldset, verdict }) {
    const section = fieldset.closest(".listing");
    if (!section?.classList.contains("unanswered")) return section ?? undefined;
    const said = verdict.textContent;
    verdict.textContent =
      `${said}${said ? " " : ""}One question more, then you see the run.`;
    return undefined;
  }

  /** @param {Question} asked */
  function answer(asked) {
    const choice = asked.choices.find(({ input }) => input.checked);
    if (!choice) {
      asked.verdict.textContent = "Choose an answer first.";
      asked.choices[0].input.focus();
      return;
    }
    answers?.remember(asked.fieldset.id, choice.words);
    asked.again.focus({ preventScroll: true }); // "Look" is gone
    const section = shown(asked);
    const still = window.matchMedia("(prefers-reduced-motion: reduce)");
    if (section && !still.matches) window.workbook_replay?.play(section);
  }

  /** @param {Question} asked */
  function skip(asked) {
    for (const { input } of asked.choices) input.checked = false;
    answers?.remember(asked.fieldset.id, null);
    asked.choices[0].input.focus({ preventScroll: true });
    shown(asked);
  }

  /** @param {Question} asked */
  function askAgain(asked) {
    for (const { input } of asked.choices) input.checked = false;
    answers?.remember(asked.fieldset.id, undefined);
    for (const { input } of asked.choices) input.checked = false;
    asked.choices[0].input.focus();
  }

  document.addEventListener("click", (event) => {
    // The second click of a double click would meet the button that has just
    // taken the place of the first.
    if (event.detail > 1) return;
    const target = /** @type {Element} */ (event.target);
    const button = target.closest("fieldset.predict [data-do]");
    const asked = button && questions.get(
      /** @type {Element} */ (button.closest("fieldset")));
    if (!asked) return;
    const what = button.getAttribute("data-do");
    if (what === "answer") answer(asked);
    else if (what === "skip") skip(asked);
    else if (what === "again") askAgain(asked);
  });

  answers.follow(() => {
    for (const asked of questions.values()) showQuestion(asked);
  });

  /** @param {HTMLElement} fieldset */
  function take(fieldset) {
    const asked = question(fieldset);
    if (!asked) return;
    questions.set(fieldset, asked);
    // An answer that the book no longer offers is none.
    const { id } = fieldset;
    if (answers?.settled(id) && !settled(asked)) {
      answers.remember(id, undefined);
    }
    showQuestion(asked);
  }

  // As they come, before they are drawn: one is whole once something follows.
  function come() {
    const over = document.readyState !== "loading";
    for (const fieldset of document.querySelectorAll("fieldset.predict")) {
      if (questions.has(fieldset) || !(fieldset instanceof HTMLElement)) continue;
      if (over || fieldset.nextSibling) take(fieldset);
    }
    if (over) observer.disconnect();
  }
  const observer = new MutationObserver(come);
  observer.observe(document, { childList: true, subtree: true });
  document.addEventListener("readystatechange", come);
})();
