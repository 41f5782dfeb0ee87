// @ts-check
// Charts of runs, as html/drawing.rs draws them: copied, put on one axis with
// others, and drawn as they were at a moment.
//
// All that is on the plot has its place in per cent of it, and all that has a
// moment tells it in seconds: a bar its begin and end, a mark its time.
(() => {
  "use strict";

  /** What is on the plot, but for its grid. */
  const DRAWN = ".bar, .onward, use.mark, .over";

  /** The axis grows so much beyond a run, that it need not grow each moment. */
  const AHEAD = 1.2;

  /** @type {(element: Element, name: string) => number} */
  const number = (element, name) =>
    parseFloat(element.getAttribute(name) ?? "") || 0;

  /** @type {(svg: Element) => number} */
  const scaleOf = (svg) => number(svg, "data-scale") || 1;

  /** @type {(svg: Element) => number} */
  const gutterOf = (svg) => svg instanceof SVGElement
    ? parseFloat(svg.style.getPropertyValue("--gutter")) || 0 : 0;

  /** @type {(name: string) => Element} */
  const made = (name) =>
    document.createElementNS("http://www.w3.org/2000/svg", name);

  /**
   * Round values on an axis of so many seconds, as drawing.rs has them.
   * @param {number} scale
   */
  function ticks(scale) {
    const steps = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
    const step = steps.find((step) => scale / step <= 6.5) ?? scale / 6;
    const all = Array.from({ length: 7 }, (_, count) => step * count);
    return all.filter((tick) => tick <= scale * 1.001);
  }

  /**
   * Draws grid and axis for a scale.
   * @param {Element} svg
   * @param {number} scale
   */
  function mark(svg, scale) {
    const y = svg.querySelector(".tick")?.getAttribute("y") ?? "0";
    for (const old of svg.querySelectorAll(".grid, .tick")) old.remove();
    for (const [index, tick] of ticks(scale).entries()) {
      const x = `${(100 * tick) / scale}%`;
      const [line, text] = [made("rect"), made("text")];
      line.setAttribute("class", "grid");
      line.setAttribute("x", x);
      line.setAttribute("height", svg.getAttribute("data-foot") ?? "0");
      svg.prepend(line);
      text.setAttribute("class", index % 2 === 1 ? "tick odd" : "tick");
      text.setAttribute("x", x);
      text.setAttribute("y", y);
      text.textContent = `${parseFloat(tick.toFixed(2))}\u00a0s`;
      svg.append(text);
    }
  }

  /**
   * Puts a chart on an axis of so many seconds.
   * @param {Element} svg
   * @param {number} scale
   */
  function rescale(svg, scale) {
    const part = scaleOf(svg) / scale;
    if (part === 1) return;
    for (const drawn of svg.querySelectorAll(DRAWN)) {
      for (const name of ["x", "x1", "x2", "width"]) {
        const value = drawn.getAttribute(name);
        if (!value?.endsWith("%")) continue;
        drawn.setAttribute(name, `${parseFloat(value) * part}%`);
      }
    }
    const end = svg.querySelector("text.over");
    const x = end ? number(end, "x") : 0;
    end?.setAttribute("text-anchor",
      x < 35 ? "start" : x > 65 ? "end" : "middle");
    mark(svg, scale);
    svg.setAttribute("data-scale", String(scale));
  }

  /**
   * A copy that can be on the same page. Only the last of a stack has an axis,
   * and the stack has the playhead.
   * @param {Element} svg
   * @param {string} suffix to tell its ids from those of the first
   */
  function copy(svg, suffix) {
    const twin = /** @type {SVGElement} */ (svg.cloneNode(true));
    for (const named of twin.querySelectorAll("[id]")) {
      named.id += suffix;
    }
    for (const use of twin.querySelectorAll("[href]")) {
      use.setAttribute("href", use.getAttribute("href") + suffix);
    }
    twin.querySelector(".playhead")?.remove();
    twin.setAttribute("data-own", String(scaleOf(svg)));
    return twin;
  }

  /**
   * Puts charts below each other on one axis, as long as the longest of them.
   * @param {SVGElement[]} svgs
   * @param {number} [least] how long it is at least
   * @returns {{ scale: number, gutter: number }} what they have in common
   */
  function stack(svgs, least = 0) {
    const scale = Math.max(least, ...svgs.map((svg) => number(svg, "data-own")));
    const gutter = Math.max(...svgs.map(gutterOf));
    for (const [index, svg] of svgs.entries()) {
      const last = index === svgs.length - 1;
      rescale(svg, scale);
      svg.style.setProperty("--gutter", `${gutter}px`);
      svg.classList.toggle("no-axis", !last);
      const foot = number(svg, "data-foot");
      svg.setAttribute("height", String(foot + (last ? 36 : 18)));
    }
    return { scale, gutter };
  }

  /**
   * Draws a run that is under way so many seconds into it: what has begun and
   * not ended grows with the clock, and so does the axis.
   * @param {Element} svg
   * @param {number} seconds
   */
  function grow(svg, seconds) {
    if (seconds > scaleOf(svg)) rescale(svg, seconds * AHEAD);
    const scale = scaleOf(svg);
    const share = (/** @type {number} */ at) => `${(100 * at) / scale}%`;
    for (const bar of svg.querySelectorAll(".bar.unfinished")) {
      const from = number(bar, "data-begin");
      bar.setAttribute("width", share(Math.max(0, seconds - from)));
    }
    for (const line of svg.querySelectorAll(".playhead")) {
      line.setAttribute("visibility", "visible");
      for (const x of ["x1", "x2"]) line.setAttribute(x, share(seconds));
    }
  }

  globalThis.workbook_chart = { copy, grow, scaleOf, stack };
})();
