// @ts-check
// Replays what a listing printed at the times at which it printed it, and
// races the ways of a pair, on the stage that race.js builds.
//
// What is seen depends on the moment alone, never on the frame before: a slow
// frame, a tab in the background or another speed loses nothing. A live run
// can push its lines into the same views.
(() => {
  "use strict";

  /**
   * Shows something as it was so many seconds into the run; at Infinity, as it
   * is drawn on the page.
   * @typedef {(seconds: number) => void} View
   */

  /**
   * One run, as it is played.
   * @typedef {object} Side
   * @property {string} way "right way"
   * @property {number} took seconds
   * @property {string} ending "ended after 9.0 s"
   * @property {string[]} lines what it printed
   * @property {Element | null} clock
   * @property {number[]} times when something happens
   * @property {View[]} views
   */

  const figure = workbook_figure;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  const live = document.createElement("p");
  live.className = "visually-hidden replayed";
  live.setAttribute("role", "status");
  document.body.append(live);

  /** @type {(element: Element, name: string) => number} */
  const number = (element, name) => Number(element.getAttribute(name)) || 0;

  // Lines to come keep their space, so that nothing moves.
  /** @type {(lines: Element[]) => View} */
  const printed = (lines) => (seconds) => lines.forEach((line) =>
    line.classList.toggle("to-come", number(line, "data-at") > seconds));

  /** @type {(bar: Element) => View} */
  function growing(bar) {
    const [begin, end] = [number(bar, "data-begin"), number(bar, "data-end")];
    const width = bar.getAttribute("width") ?? "0%";
    return (seconds) => {
      const part = Math.max(0, (seconds - begin) / (end - begin));
      const grown = `${parseFloat(width) * part}%`;
      bar.setAttribute("width", seconds >= end ? width : grown);
    };
  }

  /** @type {(mark: Element, moment: number) => View} */
  const appearing = (mark, moment) => (seconds) => mark.setAttribute(
    "visibility", seconds >= moment ? "visible" : "hidden");

  // The playhead is seen only while it runs along the axis.
  /** @type {(line: Element, scale: number) => View} */
  const running = (line, scale) => (seconds) => {
    const runs = seconds < Infinity;
    line.setAttribute("visibility", runs ? "visible" : "hidden");
    const x = runs ? `${(100 * seconds) / scale}%` : "0%";
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
  };

  /**
   * What is seen of a chart.
   * @param {Element} picture what holds it
   * @param {number} took seconds
   */
  function drawn(picture, took) {
    /** @type {(what: string) => Element[]} */
    const all = (what) => [...picture.querySelectorAll(`svg ${what}`)];
    const scale = number(all("")[0] ?? picture, "data-scale") || 1;
    const [bars, marks] = [all("[data-begin]"), all("[data-at]")];
    return {
      moving: [...bars, ...marks],
      views: [
        ...bars.map(growing),
        ...marks.map((mark) => appearing(mark, number(mark, "data-at"))),
        ...all(".over, .onward").map((line) => appearing(line, took)),
        ...all(".playhead").map((line) => running(line, scale)),
      ],
    };
  }

  /**
   * @param {Element} section the listing
   * @param {Element} picture what holds its chart
   * @param {Element | null} clock
   * @param {Element[]} lines what it printed
   * @returns {Side}
   */
  function side(section, picture, clock, lines) {
    const took = number(section, "data-took");
    const { moving, views } = drawn(picture, took);
    return {
      way: `${/(\w+)-way/.exec(section.className)?.[1]} way`,
      took,
      ending: lines.at(-1)?.lastElementChild?.textContent?.split(",")[0] ?? "",
      lines: lines.slice(0, -1).map(
        (line) => line.querySelector("code")?.textContent ?? ""),
      clock,
      times: [...lines, ...moving].flatMap((element) =>
        ["at", "begin", "end"].map((name) => number(element, `data-${name}`))),
      views: [printed(lines), ...views],
    };
  }

  /**
   * Without motion, things move on when something happens; the clock ticks by
   * the second, to tell so.
   * @param {Side} side
   * @param {number} seconds
   */
  function show({ took, times, views, clock }, seconds) {
    const past = times.filter((time) => time <= seconds);
    const moment = still.matches ? Math.max(0, ...past) : seconds;
    const shown = seconds < Infinity ? Math.min(moment, took) : seconds;
    for (const view of views) view(shown);
    const ticked = still.matches
      ? figure(Math.floor(seconds), 0) : figure(seconds, 1);
    if (clock) clock.textContent = seconds < took ? ticked : figure(took);
  }

  /**
   * The one replay under way; two at once would be none.
   * @type {{ button: Element, stop(said: string): void } | undefined}
   */
  let playing;

  /**
   * @param {Element} button
   * @param {Side[]} sides
   * @param {Element} stage what the reader should have in sight
   * @param {string} start what a screen reader hears first
   * @param {() => string} result and last
   */
  function play(button, sides, stage, start, result) {
    playing?.stop("");
    const label = [...button.childNodes];
    const speed = button.parentElement?.querySelector("select");
    const took = Math.max(...sides.map((side) => side.took));
    let seconds = 0;
    let last = performance.now();

    const tick = () => {
      const now = performance.now();
      seconds += ((now - last) / 1000) * Number(speed?.value ?? 1);
      last = now;
      if (seconds >= took) stop(result());
      else sides.forEach((side) => show(side, seconds));
    };
    /** @param {string} said */
    const stop = (said) => {
      clearInterval(timer);
      playing = undefined;
      sides.forEach((side) => show(side, Infinity));
      button.replaceChildren(...label);
      live.textContent = said;
    };
    const draw = () => {
      if (playing?.stop !== stop) return;
      tick();
      requestAnimationFrame(draw);
    };
    // A tab in the background gets no frames, but its timers run.
    const timer = setInterval(tick, 50);
    playing = { button, stop };
    button.textContent = "Stop";
    live.textContent = start;
    const behavior = still.matches ? "auto" : "smooth";
    const tall = stage.clientHeight > 0.9 * innerHeight;
    stage.scrollIntoView({ block: tall ? "start" : "nearest", behavior });
    if (still.matches) tick();
    else draw();
  }

  // What the script adds after an element.
  /** @type {(element: Element, tag: string, name: string) => Element} */
  function beside(element, tag, name) {
    const next = element.nextElementSibling;
    if (next?.className === name) return next;
    const made = document.createElement(tag);
    made.className = name;
    element.after(made);
    return made;
  }

  /** @type {(section: Element, button: Element) => void} */
  function replay(section, button) {
    const stage = section.querySelector(".run");
    if (!stage) return;
    const lines = [...section.querySelectorAll(".transcript li")];
    const clock = beside(button, "span", "clock");
    const only = side(section, stage, clock, lines);
    const start = `Replay of the ${only.way}, ${figure(only.took)}.`;
    play(button, [only], stage, start, () => `Replay over: ${only.ending}.`);
  }

  /** @type {(pair: Element, button: Element) => void} */
  function race(pair, button) {
    playing?.stop("");
    const stage = window.workbook_race?.stage(pair);
    if (!stage) return;
    stage.recorded();
    stage.begin();
    const sides = stage.ways.map(({ section, picture, clock, lines }, index) => {
      for (const line of section.querySelectorAll(".transcript li")) {
        const text = line.lastElementChild?.textContent ?? "";
        const tag = line.querySelector("code") ? "code" : "span";
        stage.print(index, number(line, "data-at"), text, tag);
      }
      return side(section, picture, clock, [...lines.children]);
    });
    // The playhead is one for all, and the newest lines are in sight.
    const together = { ...sides[0], clock: null, lines: [],
      took: Math.max(...sides.map(({ took }) => took)),
      times: sides.flatMap(({ times }) => times),
      views: [stage.at.bind(stage), ...stage.ways.map(following)] };
    const ways = sides.map((side) => side.way).join(" and the ");
    const result = () =>
      (stage.result.textContent = window.workbook_race?.verdict(sides) ?? "");
    play(button, [...sides, together], pair, `Race of the ${ways}.`, result);
  }

  // Lines to come have no room, so the newest is the last.
  /** @type {(way: { lines: HTMLElement }) => View} */
  const following = ({ lines }) => () => {
    lines.scrollTop = lines.scrollHeight;
  };

  document.addEventListener("click", ({ target }) => {
    const button = /** @type {Element} */ (target).closest(
      "[data-do=replay], [data-do=race]");
    if (!button) return;
    if (playing?.button === button) return playing.stop("Stopped.");
    const section = button.closest(".listing");
    const pair = button.closest(".pair");
    if (section) replay(section, button);
    else if (pair) race(pair, button);
  });

  // Paper shows the whole.
  window.addEventListener("beforeprint", () => playing?.stop(""));

  window.workbook_replay = {
    play(section) {
      const button = section.querySelector("[data-do=replay]");
      if (button) replay(section, button);
    },
  };
})();
