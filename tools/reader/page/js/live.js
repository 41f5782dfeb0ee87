// @ts-check
// What a run looks like while it is under way, and afterwards.

import { element, hidden, say, scrollTo, sentence, still } from "./dom.js";
import { grow } from "./timeline.js";

const figure = workbook_figure;

/**
 * What stands between backticks is code.
 * @param {string} text
 */
const inCode = (text) => text.split(/`([^`\n]+)`/).map((part, index) =>
  index % 2 ? element("code", "", part) : part);

/** The panel of a listing's run: what it prints, its timeline, its verdict. */
export class Live {
  /** @param {HTMLElement} section the listing */
  constructor(section) {
    this.clock = element("span", "clock");
    this.printed = element("ol", "printed");
    this.printed.setAttribute("aria-label", "What it prints, by seconds");
    this.timeline = element("figure", "timeline");
    this.ran = element("div", "ran", this.printed, this.timeline);
    this.tests = element("ul", "tests");
    this.problems = element("ul", "problems");
    this.verdict = element("div", "verdict");
    this.title = element("span", "", "Your run");
    this.panel = element("div", "live",
      element("p", "label", this.title, " ", this.clock),
      this.problems, this.ran, this.tests, this.verdict);
    this.panel.setAttribute("role", "group");
    this.panel.setAttribute("aria-label", "Your run");
    this.section = section;
    /** @type {HTMLElement | undefined} a line that has only begun */
    this.begun = undefined;
    this.started = 0;
    this.running = false;
  }

  /** @param {string} title */
  begin(title) {
    for (const part of [this.printed, this.timeline, this.tests,
      this.problems, this.verdict, this.clock]) part.replaceChildren();
    this.title.textContent = title;
    this.begun = undefined;
    this.ran.hidden = true;
    const place = this.place();
    if (this.panel.parentElement !== place) place.prepend(this.panel);
    // Nothing jumps while it is drawn.
    const drawn = place.querySelector(":scope > .run svg[data-scale]");
    const height = drawn?.getAttribute("height");
    this.timeline.style.minHeight = height ? `${height}px` : "";
    this.panel.classList.add("running");
    // In words it makes sense once it is whole.
    this.timeline.setAttribute("aria-hidden", "true");
    scrollTo(this.panel);
  }

  /** Where the listing has its run; one that was never run gets the place. */
  place() {
    const there = this.section.querySelector(":scope > .outcome");
    if (there) return there;
    const made = element("div", "outcome");
    this.section.append(made);
    return made;
  }

  /** @param {boolean} shown whether it prints for the reader */
  start(shown) {
    this.ran.hidden = !shown;
    this.started = performance.now();
    this.running = true;
    const tick = () => {
      if (!this.running) return;
      this.tick();
      if (still.matches) setTimeout(tick, 1000);
      else requestAnimationFrame(tick);
    };
    tick();
  }

  tick() {
    const now = (performance.now() - this.started) / 1000;
    this.clock.textContent = still.matches
      ? figure(Math.floor(now), 0) : figure(now, 1);
    const svg = this.timeline.querySelector("svg[data-scale]");
    if (svg) grow(svg, now);
  }

  /**
   * Shows what a listing is told while it is compiled and runs.
   * @param {any} event as event.rs has it
   * @param {boolean} shown whether it prints for the reader
   */
  hear(event, shown) {
    switch (event.event) {
      case "building":
        return this.building("compiling …", "Compiling.");
      case "waiting":
        return this.building("waiting until another cargo is done …",
          "Waiting until another cargo is done.");
      case "compiling":
        return this.building(`compiling ${event.name} …`, "");
      case "started":
        say(shown ? "Running." : "Checking.");
        return this.start(shown);
      case "line":
      case "partial":
        return this.line(event);
      case "timeline":
        return this.draw(event);
      case "test":
        return this.test(event);
      case "failure":
        return this.failure(event);
    }
  }

  /**
   * @param {string} words
   * @param {string} said to a screen reader, where it is worth that
   */
  building(words, said) {
    this.clock.textContent = words;
    if (said) say(said);
  }

  /**
   * Shows a line, or what there is of it. Its end stays in sight, unless the
   * reader has scrolled away from it.
   * @param {{ event: string, at: number, text: string }} line
   */
  line({ event, at, text }) {
    const { printed } = this;
    const below = printed.scrollHeight - printed.scrollTop - printed.clientHeight;
    const whole = event === "line";
    const line = element("li", whole ? "" : "begun",
      element("span", "at", at.toFixed(2)), " ", element("code", "", text));
    if (this.begun) this.begun.replaceWith(line);
    else printed.append(line);
    this.begun = whole ? undefined : line;
    if (printed.scrollHeight <= printed.clientHeight) return;
    // What is scrolled is the keyboard's, too.
    printed.tabIndex = 0;
    if (below < line.offsetHeight + 4) printed.scrollTop = printed.scrollHeight;
  }

  /** @param {{ svg: string, figures: string | null }} drawing */
  draw({ svg, figures }) {
    // Both are the server's own, with every name in them escaped.
    this.timeline.innerHTML = svg + (figures ?? "");
    // What is drawn now is where the clock is, and not where the line was.
    if (this.running) this.tick();
  }

  /** @param {{ says: string, result: string }} test */
  test({ says, result }) {
    const sign = { pass: "✓", fail: "✗" }[result] ?? "–";
    const words = { pass: "holds: ", fail: "fails: " }[result] ?? "was not run: ";
    this.tests.append(element("li", result,
      hidden(element("span", "", sign)), " ",
      element("span", "visually-hidden", words), says));
  }

  /** @param {{ why: string }} failure */
  failure({ why }) {
    this.tests.append(element("li", "why", element("pre", "", why)));
  }

  /**
   * Tells how it ended, if this is the end.
   * @param {any} event
   * @returns {boolean} whether it is
   */
  told(event) {
    const why = event.why && sentence(event.why);
    switch (event.event) {
      case "ended":
        this.ended(event);
        return true;
      case "refused":
        this.end(null, `Not run: ${why}`);
        return true;
      case "cut":
        this.end(null, why);
        return true;
    }
    return false;
  }

  /** @param {any} event */
  ended(event) {
    if (event.claim === null) {
      return this.end(null, sentence(event.why), event);
    }
    const met = event.claim === "met";
    const head = met ? "Claim met: " : "Claim not met: ";
    this.end(met, head + event.why.replace(/\.?$/, "."), event);
  }

  /**
   * @typedef {{ took: number | null, recorded: number | null, diff?: string }}
   *   Measured
   */

  /**
   * @param {boolean | null} met
   * @param {string} text
   * @param {Measured} [run]
   */
  end(met, text, run) {
    this.running = false;
    this.panel.classList.remove("running");
    this.timeline.removeAttribute("aria-hidden");
    this.timeline.querySelector(".playhead")
      ?.setAttribute("visibility", "hidden");
    const name = met === null ? "" : met ? "met" : "not-met";
    const sign = met === null ? "" : met ? "✓ " : "✗ ";
    this.verdict.replaceChildren(
      element("p", name, hidden(element("span", "", sign)), ...inCode(text)));
    this.clock.replaceChildren();
    if (run) this.measured(run);
    say(text);
  }

  /** @param {Measured} run */
  measured({ took, recorded, diff }) {
    if (took !== null) {
      this.clock.textContent = figure(took, 2);
      if (recorded !== null) {
        this.verdict.append(element("p", "measured",
          `Measured ${figure(took, 2)}, recorded ${figure(recorded, 2)}.`));
      }
    }
    if (diff) {
      const lines = element("pre", "", diff);
      lines.tabIndex = 0;
      this.verdict.append(element("details", "difference",
        element("summary", "", "Recorded and measured, line by line"), lines));
    }
  }
}
