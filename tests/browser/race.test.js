// A live race: the ways of a pair run at once, as the reader has them, against
// the real server that `cargo run` starts. A busy machine may be late by some
// tenths of a second, and is never early.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAPTER, allSkipped } from "./book.js";
import { launch, open } from "./browser.js";
import { LONG, change, parts, says, started } from "./workbook.js";

/** @typedef {import("playwright-core").Page} Page */

const browser = await launch();
const { book, storageState } = await started();
const answers = allSkipped();

/** @param {import("./browser.js").Visit} [options] */
async function visit(options = {}) {
  const { page, faults } = await open(browser, book + CHAPTER,
    { answers, ...options, context: { storageState, ...options.context } });
  const pair = page.locator("#breakfast-pair");
  const race = pair.locator("[data-do=race-live]");
  return { page, faults, pair, race, result: pair.locator(".result") };
}

/**
 * @param {Page} page
 * @param {string} id
 * @param {(text: string) => string} edit
 */
async function edited(page, id, edit) {
  const { edit: press, area } = parts(page, id);
  await press.click();
  await change(area, edit);
}

/**
 * Runs in the page: where the playhead is, and where each bar that is under way
 * ends, as soon as the race is so far.
 * @param {number} seconds
 */
async function underWay(seconds) {
  const pair = /** @type {Element} */ (document.querySelector("#breakfast-pair"));
  const clocks = () => [...pair.querySelectorAll(".side .clock")].map(
    (clock) => parseFloat(clock.textContent ?? "") || 0);
  while (Math.max(...clocks()) < seconds) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const right = (/** @type {Element} */ it) => it.getBoundingClientRect().right;
  const charts = /** @type {Element} */ (pair.querySelector(".charts"));
  return {
    playheads: [...pair.querySelectorAll(".playhead")].filter(
      (it) => it.checkVisibility({ visibilityProperty: true })).map(right),
    open: [...pair.querySelectorAll(".bar.unfinished")].map(right),
    scales: [...pair.querySelectorAll("svg.chart")].map(
      (svg) => Number(svg.getAttribute("data-scale"))),
    edge: right(charts),
    lines: [...pair.querySelectorAll(".prints ol")].map(
      (list) => list.childElementCount),
    tools: [...pair.querySelectorAll("header button")].map(
      (button) => button.textContent),
    // The words of both runs: nothing says how one ended before it has.
    ended: [...pair.querySelectorAll(".over")].some(
      (it) => it.checkVisibility()),
  };
}

test("a pair is raced live, edits and all, on one axis", async (t) => {
  const { page, faults, pair, race, result } = await visit();
  await edited(page, "breakfast-wrong-way",
    (text) => text.replace("from_secs(4)", "from_secs(6)"));
  await race.click();
  assert.equal(await race.textContent(), "Stop");
  const early = await page.evaluate(underWay, 1);
  assert.equal(early.playheads.length, 1);
  assert.equal(early.open.length, 4, "coffee, and three at once");
  for (const end of early.open) {
    assert.ok(Math.abs(end - early.playheads[0]) < 14, `${end}`);
  }
  assert.deepEqual(early.lines, [1, 3], "lines side by side");
  assert.equal(early.ended, false);
  // The edited way takes longer than the axis of the lesson, which grows.
  const late = await page.evaluate(underWay, 9.6);
  assert.ok(late.playheads[0] < late.edge, "the playhead is on the chart");
  assert.equal(late.scales[0], late.scales[1]);
  assert.ok(late.scales[0] > 9.6, `${late.scales}`);
  assert.ok(late.open.every((end) => Math.abs(end - late.playheads[0]) < 14),
    `${late.open}, ${late.playheads}`);
  await says(result, /^The right way won|ended after|panicked/);
  const words = (await result.textContent() ?? "").replaceAll("\u00a0", " ");
  t.diagnostic(words);
  assert.match(words, new RegExp("^The right way ended after 4\\.\\d5? s\\. The " +
    "edited wrong way panicked after 11\\.\\d5? s: its assertion is about the " +
    "original\\. The same lines in another order: line 2 is \"Coffee ready!\""));
  assert.equal(await race.textContent(), "Race live");
  assert.equal(await pair.locator(".playhead").isVisible(), false);
  // The axis that has grown is as long as the longest run again.
  const scales = await pair.locator("svg.chart").evaluateAll(
    (all) => all.map((svg) => Number(svg.getAttribute("data-scale"))));
  assert.equal(scales[0], scales[1]);
  assert.ok(scales[0] > 11 && scales[0] < 12, `${scales}`);
  // Both can be run again by themselves.
  assert.equal(await parts(page, "breakfast-right-way").run.isEnabled(), true);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("a dish that the reader invents has a bar, or a note why not", async () => {
  const { page, faults } = await visit();
  const id = "breakfast-right-way";
  await edited(page, id, (text) => text
    .replace("async fn fry_eggs() -> &'static str {", `async fn steep_tea() {
    println!("Steeping tea...");
    tokio::time::sleep(Duration::from_secs(1)).await;
    println!("Tea ready!");
    println!("The table is laid.");
}

async fn fry_eggs() -> &'static str {`)
    .replace("let (coffee, toast, eggs) =", "let (coffee, toast, eggs, ()) =")
    .replace("brew_coffee(), make_toast(), fry_eggs()",
      "brew_coffee(), make_toast(), fry_eggs(), steep_tea()"));
  const { run, verdict, live } = parts(page, id);
  await run.click();
  await verdict.waitFor({ timeout: LONG });
  const names = await live.locator("svg .name").allTextContents();
  assert.deepEqual(names, ["coffee", "toast", "eggs", "tea"]);
  const tea = live.locator(".bar").nth(3);
  const [begin, end] = [Number(await tea.getAttribute("data-begin")),
    Number(await tea.getAttribute("data-end"))];
  assert.ok(begin < 0.2 && Math.abs(end - begin - 1) < 0.2, `${begin}, ${end}`);
  assert.match(await live.locator(".unplaced").textContent() ?? "",
    /^Without a bar, because no lane of this lesson has it: .*table is laid/);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("a race can be stopped, and what can't run says why", async () => {
  const { page, faults, race, result } = await visit();
  await race.click();
  await page.evaluate(underWay, 0.5);
  await race.click();
  await says(result, /^Stopped\.$/);
  assert.equal(await race.textContent(), "Race live");
  await edited(page, "breakfast-right-way",
    (text) => text.replace("async fn make_toast", "async fn nobody"));
  await race.click();
  await says(result, /^No race: the edited right way: rustc refuses it .*\.$/);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("a race without motion is the same race", async () => {
  const { page, faults, race, result } =
    await visit({ width: 360, height: 740, context: { reducedMotion: "reduce" } });
  await race.click();
  await page.evaluate(underWay, 2);
  // Stop is in sight on a phone, too, and so is the newest line.
  assert.ok(await race.evaluate((it) => {
    const { left, top, width, height } = it.getBoundingClientRect();
    return document.elementFromPoint(left + width / 2, top + height / 2) === it;
  }));
  await says(result, /^The right way won by [45]\.\d5?\ss: 4\.\d/);
  assert.deepEqual(faults, []);
  await page.context().close();
});
