// @ts-check
// Predict, then look: what a program did stays hidden until the reader has
// said what it will do, or does not want to. Answers stay in this browser.
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

  /**
   * @param {string} id
   * @param {string | null | undefined} said undefined takes it back
   */
  function remember(id, said) {
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
    showProgress();
  }

  /** @typedef {{ label: Element, input: HTMLInputElement, words: string }} Choice */

  /**
   * One question, as it stands on the page.
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
  for (const fieldset of document.querySelectorAll("fieldset.predict")) {
    const asked = question(/** @type {HTMLElement} */ (fieldset));
    if (asked) questions.set(fieldset, asked);
  }

  /**
   * The choice that was made, if the book still offers it.
   * @param {Question} asked
   */
  function chosen({ fieldset, choices }) {
    return choices.find(({ words }) => words === answers[fieldset.id]);
  }

  /** @param {Question} asked */
  function settled(asked) {
    return answers[asked.fieldset.id] === null || chosen(asked) !== undefined;
  }

  /** @param {Element} section a listing */
  function questionsOf(section) {
    return [...questions.values()].filter(
      ({ fieldset }) => fieldset.closest(".listing") === section);
  }

  /**
   * Figures stand as they are; other words are set off from the sentence.
   * @param {Choice} choice
   */
  function quoted({ words }) {
    return /^\d/.test(words) ? words : `«${words}»`;
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
    label.classList.add(isRight ? "right" : "wrong");
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
    label.classList.remove("right", "wrong", "chosen");
    const words = [...label.children].filter(
      (part) => part.matches(".sign, .visually-hidden"));
    for (const part of words) part.remove();
    input.checked = false;
  }

  /**
   * Shows a question as it stands: open, passed over, or answered.
   * @param {Question} asked
   */
  function showQuestion(asked) {
    const { fieldset, choices, right, verdict, answer, again } = asked;
    const said = chosen(asked);
    for (const choice of choices) {
      unmark(choice);
      choice.input.disabled = said !== undefined;
      choice.input.checked = choice === said;
      if (said) mark(choice, choice === right, choice === said);
    }
    fieldset.classList.toggle("answered", settled(asked));
    verdict.textContent = verdictOn(asked);
    verdict.classList.toggle("right", said === right);
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
   * What a listing did is hidden while one of its questions is open. A search
   * of the browser's own still finds it where the browser can.
   * @param {Element} section
   */
  function showRun(section) {
    const open = questionsOf(section).some((asked) => !settled(asked));
    section.classList.toggle("unanswered", open);
    for (const run of section.querySelectorAll(".run")) {
      if (!open) run.removeAttribute("hidden");
      else run.setAttribute(
        "hidden", "onbeforematch" in document.body ? "until-found" : "");
    }
    for (const tool of section.querySelectorAll("[data-do=replay], .speed")) {
      tool.toggleAttribute("disabled", open);
    }
    return !open;
  }

  /**
   * After an answer: where it was the last one open, the run is played.
   * @param {Question} asked
   * @param {Element} section
   */
  function look(asked, section) {
    if (!showRun(section)) {
      asked.verdict.textContent +=
        " One question more, then you see the run.";
      return;
    }
    const still = window.matchMedia("(prefers-reduced-motion: reduce)");
    if (!still.matches) window.workbook_replay?.play(section);
  }

  /** @param {Question} asked */
  function answer(asked) {
    const choice = asked.choices.find(({ input }) => input.checked);
    if (!choice) {
      asked.verdict.textContent = "Choose an answer first.";
      asked.choices[0].input.focus();
      return;
    }
    remember(asked.fieldset.id, choice.words);
    showQuestion(asked);
    asked.again.focus({ preventScroll: true }); // «Look» is gone
    const section = asked.fieldset.closest(".listing");
    if (section) look(asked, section);
  }

  /** @param {Question} asked */
  function skip(asked) {
    remember(asked.fieldset.id, null);
    showQuestion(asked);
    asked.choices[0].input.focus({ preventScroll: true });
    const section = asked.fieldset.closest(".listing");
    if (section && !showRun(section)) {
      asked.verdict.textContent = "One question more, then you see the run.";
    }
  }

  /** @param {Question} asked */
  function askAgain(asked) {
    remember(asked.fieldset.id, undefined);
    showQuestion(asked);
    asked.choices[0].input.focus();
    const section = asked.fieldset.closest(".listing");
    if (section) showRun(section);
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

  // The browser's own search has found something in a hidden run, or a link
  // leads there: that counts as «show it without an answer».
  document.addEventListener("beforematch", ({ target }) => {
    const section = /** @type {Element} */ (target).closest(".listing");
    if (!section) return;
    for (const asked of questionsOf(section)) {
      if (settled(asked)) continue;
      remember(asked.fieldset.id, null);
      showQuestion(asked);
    }
    showRun(section);
  });

  /**
   * The predictions of every chapter, by the end of its address.
   * @returns {Record<string, string[]>}
   */
  function chapters() {
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
      const done = ids.filter((id) => typeof answers[id] === "string").length;
      for (const link of links) {
        const { pathname } = /** @type {HTMLAnchorElement} */ (link);
        if (pathname.endsWith(`/${page}`)) markLink(link, done, ids.length);
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

  window.addEventListener("storage", ({ key }) => {
    if (key !== KEY && key !== null) return;
    answers = stored();
    showAll();
  });

  function showAll() {
    for (const asked of questions.values()) showQuestion(asked);
    for (const section of document.querySelectorAll(".listing")) {
      if (questionsOf(section).length > 0) showRun(section);
    }
    showProgress();
  }

  // An answer that the book no longer offers is none, in the contents either.
  for (const asked of questions.values()) {
    const { id } = asked.fieldset;
    if (id in answers && !settled(asked)) remember(id, undefined);
  }
  showAll();
})();
