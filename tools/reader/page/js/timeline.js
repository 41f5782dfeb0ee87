// @ts-check
// The timeline of a run that is under way: its bars grow with the clock.

/** @type {WeakMap<Element, [string, number][]>} */
const places = new WeakMap();

/**
 * Where something is drawn along the axis, as it was drawn at first.
 * @param {Element} drawn
 */
function placesOf(drawn) {
  const known = places.get(drawn);
  if (known) return known;
  // The axis itself is as long as the page is wide.
  const names = drawn.classList.contains("axis")
    ? [] : ["x", "x1", "x2", "width"];
  /** @type {[string, number][]} */
  const all = names.flatMap((name) => {
    const value = drawn.getAttribute(name) ?? "";
    return value.endsWith("%") ? [[name, parseFloat(value)]] : [];
  });
  places.set(drawn, all);
  return all;
}

/**
 * Draws all that is along the axis at `part` of its place.
 * @type {(svg: Element, part: number) => void}
 */
function press(svg, part) {
  for (const drawn of svg.querySelectorAll("line, rect, text, svg")) {
    for (const [name, x] of placesOf(drawn)) {
      drawn.setAttribute(name, `${x * part}%`);
    }
  }
}

/**
 * Draws it as it is so many seconds into the run. A run that is longer than
 * the axis presses it together.
 * @type {(svg: Element, seconds: number) => void}
 */
export function grow(svg, seconds) {
  const drawn = Number(svg.getAttribute("data-scale"));
  const scale = Math.max(drawn, seconds);
  if (scale > drawn) press(svg, drawn / scale);
  for (const bar of svg.querySelectorAll(".bar.unfinished")) {
    const from = Number(bar.getAttribute("data-begin"));
    const width = (100 * Math.max(0, seconds - from)) / scale;
    bar.setAttribute("width", `${width}%`);
  }
  for (const line of svg.querySelectorAll(".playhead")) {
    line.setAttribute("visibility", "visible");
    for (const x of ["x1", "x2"]) {
      line.setAttribute(x, `${(100 * seconds) / scale}%`);
    }
  }
}
