// @ts-check
// The timeline of a run that is under way: its bars grow with the clock. How a
// chart is drawn at a moment is told by chart.js, which is on every page.

const chart = workbook_chart;

/**
 * Draws it as it is so many seconds into the run. A run that is longer than
 * the axis makes it longer.
 * @type {(svg: Element, seconds: number) => void}
 */
export const grow = (svg, seconds) => chart.grow(svg, seconds);
