// @ts-check
// Replays what a listing printed at the times at which it printed it, and
// races the sides of a pair.
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

  // Only the line printed last, where there is no room for all.
  /** @type {(place: Element | null) => (lines: Element[]) => View} */
  const latest = (place) => (lines) => (seconds) => {
    const due = lines.filter((line) => number(line, "data-at") <= seconds);
    const texts = due.map((line) => line.querySelector("code")?.textContent);
    if (place) place.textContent = texts.filter(Boolean).pop() ?? "";
  };

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
   * @param {Element} section the listing
   * @param {Element} picture what holds the timeline
   * @param {Element | null} clock
   * @param {(lines: Element[]) => View} text
   * @returns {Side}
   */
  function side(section, picture, clock, text) {
    /** @type {(what: string) => Element[]} */
    const drawn = (what) => [...picture.querySelectorAll(`svg ${what}`)];
    const took = number(section, "data-took");
    const svg = picture.querySelector("svg[data-scale]");
    const scale = number(svg ?? section, "data-scale") || 1;
    const lines = [...section.querySelectorAll(".transcript li")];
    const [bars, marks] = [drawn("[data-begin]"), drawn("[data-at]")];
    return {
      way: `${/(\w+)-way/.exec(section.className)?.[1]} way`,
      took,
      ending: lines.at(-1)?.lastElementChild?.textContent?.split(",")[0] ?? "",
      clock,
      times: [...lines, ...bars, ...marks].flatMap((element) =>
        ["at", "begin", "end"].map((name) => number(element, `data-${name}`))),
      views: [
        text(lines),
        ...bars.map(growing),
        ...marks.map((mark) => appearing(mark, number(mark, "data-at"))),
        ...drawn(".over, .onward").map((line) => appearing(line, took)),
        ...drawn(".playhead").map((line) => running(line, scale)),
      ],
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
    stage.scrollIntoView({ block: "nearest", behavior });
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
    const only = side(section, stage, beside(button, "span", "clock"), printed);
    const start = `Replay of the ${only.way}, ${figure(only.took)}.`;
    play(button, [only], stage, start, () => `Replay over: ${only.ending}.`);
  }

  /** @type {(pair: Element, button: Element) => void} */
  function race(pair, button) {
    const stage = pair.querySelector(".sides");
    if (!stage) return;
    const sides = [...pair.querySelectorAll(".side")].flatMap((picture) => {
      const of = picture.getAttribute("data-of") ?? "";
      const section = document.getElementById(of);
      const text = latest(picture.querySelector(".now"));
      const clock = picture.querySelector(".clock");
      return section ? [side(section, picture, clock, text)] : [];
    });
    const place = beside(stage, "p", "result");
    place.textContent = "";
    const ways = sides.map((side) => side.way).join(" and the ");
    const result = () => (place.textContent = verdict(sides));
    play(button, sides, stage, `Race of the ${ways}.`, result);
  }

  /**
   * Who won, by how much. To be over first is no victory for a wrong way, or
   * where one panicked or was killed: then it is told how each ended.
   * @param {Side[]} sides
   */
  function verdict(sides) {
    const order = [...sides].sort((a, b) => a.took - b.took);
    const figures = order.map((side) => figure(side.took));
    const all = order.every(({ ending }) => /^ended after \S+\ss$/.test(ending));
    const [first, next, ...others] = figures;
    if (all && new Set(figures).size === 1) {
      return `A draw: each took ${first}.`;
    }
    if (!all || first === next || order[0].way === "wrong way") {
      return order.map(({ way, ending }) => `The ${way} ${ending}.`).join(" ");
    }
    const by = figure(parseFloat(next) - parseFloat(first));
    const against = [next, ...others].join(" and ");
    return `The ${order[0].way} won by ${by}: ${first} against ${against}.`;
  }

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
