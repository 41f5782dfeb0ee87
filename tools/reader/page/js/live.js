// @ts-check
// What a run looks like while it is under way, and afterwards.

import { element, hidden, say, scrollTo, still } from "./dom.js";
import { grow } from "./timeline.js";

const figure = workbook_figure;

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
    this.started = 0;
    this.running = false;
  }

  /** @param {string} title */
  begin(title) {
    for (const part of [this.printed, this.timeline, this.tests,
      this.problems, this.verdict, this.clock]) part.replaceChildren();
    this.title.textContent = title;
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

  /** @param {{ at: number, text: string }} line */
  line({ at, text }) {
    this.printed.append(element("li", "",
      element("span", "at", at.toFixed(2)), " ", element("code", "", text)));
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
      element("p", name, hidden(element("span", "", sign)), text));
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
