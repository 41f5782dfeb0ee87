// The first page: a race that one press starts, and the way on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAPTER } from "./book.js";
import { launch, open, settled } from "./browser.js";
import { serve } from "./serve.js";

const browser = await launch();
const book = await serve();

/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page */
const parts = (page) => ({
  race: page.locator("[data-do=hook]"),
  said: page.locator(".hook .said"),
  start: page.locator(".hook a.start"),
  clocks: page.locator(".hook .clock"),
});

/** How wide each call is drawn, in per cent. @param {Page} page */
const widths = (page) => page.locator(".hook .call").evaluateAll((calls) =>
  calls.map((call) => parseFloat(/** @type {HTMLElement} */ (call).style.width)));

for (const [width, height] of [[1280, 800], [360, 740]]) {
  test(`the race is in sight at ${width} x ${height}`, async () => {
    const { page, faults } = await open(
      browser, `${book}index.html`, { width, height });
    await settled(page);
    const box = await page.locator(".hook .chart").first().boundingBox();
    assert.ok(box && box.y + box.height <= height, JSON.stringify(box));
    const cut = await page.locator(".hook pre").evaluateAll((all) =>
      all.map((it) => it.scrollWidth - it.clientWidth));
    assert.deepEqual(cut, [0, 0], "no code is cut off");
    if (width > 1000) {
      const bar = await page.locator(".hook .bar").boundingBox();
      assert.ok(bar && bar.y + bar.height <= height, "the button too");
    }
    assert.deepEqual(faults, []);
    await page.context().close();
  });
}

test("one press plays both ways on one axis, and says what came of it",
  async () => {
    const { page } = await open(browser, `${book}index.html`);
    await page.clock.install();
    await page.reload();
    const { race, said, clocks } = parts(page);
    const whole = await widths(page);
    assert.equal(whole.length, 10);
    await race.click();
    assert.equal(await race.textContent(), "Stop");
    await page.clock.runFor(1000);
    const [first, second, ...others] = await widths(page);
    assert.ok(first > 0 && first < whole[0], "the first call is under way");
    assert.equal(second, 0, "in turn, the second waits");
    assert.ok(others.slice(3).every((width) => width > 0), "all at once");
    await page.clock.runFor(10_000);
    await race.getByText("Race them again").waitFor();
    assert.match(await said.textContent() ?? "",
      /^One after another 10\.0.s, all at once 2\.0.s: 5(\.\d)?0?×/);
    assert.deepEqual((await widths(page)).map(Math.round), whole.map(Math.round));
    assert.match(await clocks.last().textContent() ?? "", /^2\.0.s$/);
    await page.context().close();
  });

test("a race is stopped, and drawn whole again", async () => {
  const { page } = await open(browser, `${book}index.html`);
  const { race } = parts(page);
  const whole = await widths(page);
  await race.click();
  await page.waitForFunction(() => parseFloat(/** @type {HTMLElement} */ (
    document.querySelectorAll(".hook .call")[1]).style.width) === 0);
  await race.click();
  assert.deepEqual((await widths(page)).map(Math.round), whole.map(Math.round));
  await page.context().close();
});

test("it begins with chapter 1, and goes on where the reader was", async () => {
  const { page } = await open(browser, `${book}index.html`);
  const { start } = parts(page);
  assert.equal(await start.textContent(), "Start with chapter 1 →");
  await start.click();
  await page.waitForURL(book + CHAPTER);
  await page.goto(`${book}ch05-join-spawn.html`);
  await page.goto(`${book}glossary.html`);
  await page.goto(`${book}index.html`);
  assert.equal(await start.textContent(), "Go on: 5. join, spawn, join_all →");
  await start.click();
  await page.waitForURL(/ch05-/);
  await page.context().close();
});

test("a place that is no chapter leads nowhere", async () => {
  for (const page of ["../other.html", "javascript:alert(1)", 5]) {
    const { page: visit } = await open(browser, `${book}index.html`,
      { storage: { "workbook-place": JSON.stringify({ page, title: "x" }) } });
    assert.equal(await parts(visit).start.getAttribute("href"), CHAPTER);
    await visit.context().close();
  }
});

test("without scripts the race is drawn, and offers nothing dead", async () => {
  const { page } = await open(browser, `${book}index.html`,
    { context: { javaScriptEnabled: false } });
  const { race, start } = parts(page);
  assert.equal(await race.isVisible(), false);
  assert.equal(await start.isVisible(), true);
  assert.equal((await widths(page)).length, 10);
  assert.ok((await widths(page)).every((width) => width > 15));
  await page.context().close();
});
