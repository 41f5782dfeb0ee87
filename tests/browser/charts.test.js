// The charts of every page, on a desk and on a phone: no word is under another,
// a line or a sign, none is cut off, and one legend explains all that is drawn.

import assert from "node:assert/strict";
import { test } from "node:test";
import { allSkipped, chapters } from "./book.js";
import { WIDTHS, giveWay, launch, open, settled } from "./browser.js";
import { serve } from "./serve.js";

giveWay();
const browser = await launch();
const book = await serve();

/** @typedef {import("playwright-core").Page} Page */

let charts = 0;

for (const name of chapters) {
  test(`${name}: no word of a chart is under something`, async (t) => {
    const { page } = await open(browser, book + name,
      { answers: allSkipped(), context: { reducedMotion: "reduce" } });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate(stackAll);
      await settled(page);
      const { seen, faults } = await page.evaluate(collisions);
      t.diagnostic(`${width} px: ${seen} charts, ${faults.length} collisions`);
      charts += seen;
      assert.deepEqual(faults, [], `at ${width} px`);
    }
    assert.deepEqual(await page.evaluate(unexplained), []);
    await page.context().close();
  });
}

test("no chart was passed over", (t) => {
  t.diagnostic(`${charts} charts looked at`);
  assert.ok(charts > 300 * WIDTHS.length, `${charts}`);
});

/** Runs in the page: each pair has the charts of its ways, as near the eye. */
function stackAll() {
  for (const pair of document.querySelectorAll(".pair")) {
    window.workbook_race?.stage(pair);
  }
}

/** Runs in the page. */
function collisions() {
  /** @type {string[]} */
  const faults = [];
  const all = [...document.querySelectorAll("svg[data-scale]")].filter(
    (svg) => svg.checkVisibility());
  /** @typedef {{ what: string, box: DOMRect }} Drawn */
  for (const svg of all) {
    const id = svg.closest("[id], [data-of]")?.id ||
      svg.closest(".pair")?.id;
    /** @type {(what: string) => Drawn[]} */
    const boxes = (what) => [...svg.querySelectorAll(what)]
      .filter((it) => it.checkVisibility({ visibilityProperty: true }))
      .map((it) => ({ what: it.textContent?.trim() ||
        (it.getAttribute("class") ?? ""), box: it.getBoundingClientRect() }));
    const texts = boxes("text");
    const others = boxes("line, .grid, .bar, [data-at]");
    const frame = (svg.closest("figure, .stage") ?? svg).getBoundingClientRect();
    for (const [index, text] of texts.entries()) {
      const under = [...texts.slice(index + 1), ...others].filter(
        ({ box }) => meet(text.box, box));
      faults.push(...under.map(({ what }) => `${id}: "${text.what}", ${what}`));
      if (text.box.left < frame.left - 1 || text.box.right > frame.right + 1) {
        faults.push(`${id}: "${text.what}" is cut off`);
      }
    }
  }
  return { seen: all.length, faults };

  /** @param {DOMRect} a @param {DOMRect} b */
  function meet(a, b) {
    // A glyph does not fill its line: two lines of a name may share a pixel.
    const [x, y] = [0.5, 2];
    return a.left + x < b.right && b.left + x < a.right &&
      a.top + y < b.bottom && b.top + y < a.bottom;
  }
}

/** Runs in the page: what a chart has and its legend has not, or the reverse. */
function unexplained() {
  const figures = document.querySelectorAll("figure.timeline, .pair:has(.stage)");
  return [...figures].flatMap((figure) => {
    const id = figure.closest(".listing, .pair")?.id;
    /** @type {(within: string) => Set<string | undefined>} */
    const signs = (within) => new Set(
      [...figure.querySelectorAll(`${within} use`)].map((use) =>
        /-(\w+?)(-pair)?$/.exec(use.getAttribute("href") ?? "")?.[1]));
    const [drawn, told] = [signs("svg.chart"), signs(".legend")];
    const missing = [...drawn, ...told].filter(
      (sign) => !told.has(sign) || !drawn.has(sign));
    for (const bar of ["dropped", "unfinished"]) {
      const has = (/** @type {string} */ within) =>
        figure.querySelector(`${within} .bar.${bar}`) !== null;
      if (has("svg.chart") !== has(".legend")) missing.push(bar);
    }
    return missing.map((sign) => `${id}: ${sign}`);
  });
}

test("a refusal is drawn as one, and not as what was cut off", async () => {
  const { page } = await open(browser, `${book}ch10-bounded-concurrency.html`,
    { answers: allSkipped() });
  const figure = page.locator("#too-many-at-once-wrong-way figure.timeline");
  assert.equal(await figure.locator("svg.chart .bar.failed").count(), 9);
  assert.equal(await figure.locator("svg.chart use.mark").count(), 9);
  assert.equal(await figure.locator(".bar.dropped").count(), 0);
  assert.match(await figure.locator(".legend").textContent() ?? "", /429/);
  // One that was cut off has its dashes still.
  const cut = page.locator("#stalled-calls-wrong-way figure.timeline");
  assert.equal(await cut.locator("svg.chart .bar.dropped").count(), 4);
  assert.match(await cut.locator(".legend").textContent() ?? "", /cut off/);
  await page.context().close();
});

test("a run's chart is drawn once, and a pair stacks copies on one axis", async () => {
  const { page } = await open(browser, `${book}ch01-two-kitchens.html`,
    { answers: allSkipped() });
  const html = await (await page.request.get(page.url())).text();
  const listings = await page.locator(".listing:has(.run)").count();
  assert.equal(html.match(/<svg class="chart/g)?.length, listings);
  const pair = page.locator("#breakfast-pair");
  await pair.scrollIntoViewIfNeeded();
  await pair.locator("svg.chart").first().waitFor();
  const stack = await pair.evaluate((it) => {
    const svgs = [...it.querySelectorAll("svg.chart")];
    const boxes = svgs.map((svg) => svg.getBoundingClientRect());
    return {
      scales: svgs.map((svg) => svg.getAttribute("data-scale")),
      lefts: boxes.map(({ left }) => Math.round(left)),
      below: boxes[0].bottom <= boxes[1].top,
      ticks: svgs.map((svg) => [...svg.querySelectorAll(".tick")].filter(
        (tick) => tick.checkVisibility()).length > 0),
      playheads: it.querySelectorAll(".playhead").length,
    };
  });
  assert.equal(stack.scales[0], stack.scales[1]);
  assert.equal(stack.lefts[0], stack.lefts[1]);
  assert.ok(stack.below);
  assert.deepEqual(stack.ticks, [false, true], "one axis");
  assert.equal(stack.playheads, 1);
  await page.context().close();
});

test("no room moves when a pair gets its charts", async () => {
  for (const width of WIDTHS) {
    const { page } = await open(browser, `${book}ch01-two-kitchens.html`,
      { answers: allSkipped(), width });
    const heights = await page.evaluate(() => {
      const places = [...document.querySelectorAll(".stage")];
      const tall = () => places.map((it) => it.getBoundingClientRect().height);
      const before = places.map((it) => it.childElementCount ? null :
        it.getBoundingClientRect().height);
      for (const place of places) {
        window.workbook_race?.stage(/** @type {Element} */ (place.parentElement));
      }
      return { before, after: tall() };
    });
    heights.before.forEach((height, index) => {
      if (height === null) return;
      const moved = Math.abs(heights.after[index] - height);
      assert.ok(moved < 2, `${width} px: it moves by ${moved} px`);
    });
    await page.context().close();
  }
});
