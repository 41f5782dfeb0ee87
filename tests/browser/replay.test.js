// A replay shows what was recorded, when it was recorded.
//
// Times are measured in the page, from before the click on. Nothing may come
// before its time. How late it may come is measured beside it: a timer that
// ticks in the page tells how long the page was kept from running.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CHAPTER, allSkipped, root } from "./book.js";
import { figure, launch, open } from "./browser.js";
import { serve } from "./serve.js";

const browser = await launch();
const book = await serve();

/** @typedef {import("playwright-core").Page} Page */

/** Seconds that a line may be late by, beyond what the page itself was. */
const SLACK = 0.15;

/**
 * @param {import("./browser.js").Visit} [visit]
 */
async function chapter(visit = {}) {
  const { page } = await open(
    browser, book + CHAPTER, { answers: allSkipped(), ...visit });
  return page;
}

/**
 * Presses a button and notes when each line of a listing was shown and when
 * all was over, until the button has its first label again.
 * @param {Page} page
 * @param {string} button
 * @param {string} section
 */
function play(page, button, section) {
  return page.evaluate(record, { button, section });
}

/**
 * Runs in the page.
 * @param {{ button: string, section: string }} what
 */
async function record({ button, section }) {
  const control = /** @type {HTMLElement} */ (document.querySelector(button));
  const lines = [...document.querySelectorAll(`${section} .transcript li`)];
  const label = control.textContent;
  /** @type {(number | null)[]} */
  const shown = lines.map(() => null);
  let late = 0;
  let last = performance.now();
  const beside = setInterval(() => {
    late = Math.max(late, performance.now() - last - 10);
    last = performance.now();
  }, 10);
  const start = performance.now();
  const note = () => lines.forEach((line, i) => {
    if (!line.classList.contains("to-come")) shown[i] ??= since();
  });
  const since = () => (performance.now() - start) / 1000;
  const list = /** @type {Element} */ (lines[0].parentElement);
  control.click();
  note();
  const hidden = lines.filter((line) => line.classList.contains("to-come"));
  new MutationObserver(note).observe(list, { attributes: true, subtree: true });
  while (control.textContent !== label && since() < 30) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  clearInterval(beside);
  return {
    due: lines.map((line) => Number(line.getAttribute("data-at"))),
    hidden: hidden.length,
    shown: shown.map(Number),
    over: since(),
    late: late / 1000,
  };
}

/**
 * @param {Awaited<ReturnType<typeof record>>} seen
 * @param {number} took seconds recorded
 * @param {number} speed
 */
function assertInTime({ due, shown, over, late }, took, speed) {
  const slack = SLACK + 2 * late;
  shown.forEach((at, i) => {
    const right = due[i] / speed;
    // The first lines of a run are there before anything can be measured.
    assert.ok(at >= right || due[i] < 0.02, `line ${i} at ${at}, not ${right}`);
    assert.ok(at <= right + slack, `line ${i} at ${at}, not ${right}`);
  });
  assert.deepEqual(shown, [...shown].sort((a, b) => a - b), "in order");
  assert.ok(over >= took / speed, `over after ${over}, not ${took / speed}`);
  assert.ok(over <= took / speed + slack, `over after ${over}`);
}

/** @param {Page} page @param {string} section */
async function took(page, section) {
  return Number(await page.locator(section).getAttribute("data-took"));
}

/**
 * What a listing or a pair looks like when nothing plays.
 * @param {Page} page
 * @param {string} section
 */
function look(page, section) {
  return page.locator(section).evaluate((element) => ({
    bars: [...element.querySelectorAll("[data-begin]")].map(
      (bar) => bar.getAttribute("width")),
    hidden: element.querySelectorAll(".to-come").length,
    marks: [...element.querySelectorAll("svg [data-at], svg .over")].map(
      (mark) => mark.getAttribute("visibility") === "hidden"),
    playheads: [...element.querySelectorAll(".playhead")].map(
      (line) => line.getAttribute("visibility")),
    buttons: [...element.querySelectorAll("[data-do]")].map(
      (button) => button.textContent),
  }));
}

const RIGHT = "#breakfast-right-way";
const WRONG = "#breakfast-wrong-way";
const PAIR = "#breakfast-pair";

test("a replay ends at the recorded figure", async (t) => {
  const page = await chapter();
  const recorded = await took(page, RIGHT);
  const before = await look(page, RIGHT);
  const seen = await play(page, `${RIGHT} [data-do=replay]`, RIGHT);
  assert.ok(seen.hidden >= 3, `${seen.hidden} lines were to come`);
  assertInTime(seen, recorded, 1);
  const clock = await page.locator(`${RIGHT} .tools .clock`).textContent();
  assert.equal(clock, figure(recorded));
  assert.deepEqual(await look(page, RIGHT), before);
  t.diagnostic(`${recorded} s replayed in ${seen.over.toFixed(3)} s; the ` +
    `page was late by ${seen.late.toFixed(3)} s at most`);
  await page.context().close();
});

test("at four times the speed it takes a quarter", async (t) => {
  const page = await chapter();
  await page.locator(`${WRONG} .speed`).selectOption("4");
  const recorded = await took(page, WRONG);
  const seen = await play(page, `${WRONG} [data-do=replay]`, WRONG);
  assertInTime(seen, recorded, 4);
  t.diagnostic(`${recorded} s replayed in ${seen.over.toFixed(3)} s`);
  await page.context().close();
});

test("the speed can be changed under way", async () => {
  const page = await chapter();
  const start = Date.now();
  await page.locator(`${WRONG} [data-do=replay]`).click();
  await played(page, WRONG, 1);
  await page.locator(`${WRONG} .speed`).selectOption("4");
  await page.getByText(/^Replay over/).waitFor({ state: "attached" });
  const seconds = (Date.now() - start) / 1000;
  assert.ok(seconds > 2.9 && seconds < 5, `9 s in ${seconds} s`);
  await page.context().close();
});

test("bars grow and the playhead runs while it plays", async () => {
  const page = await chapter();
  await page.locator(`${RIGHT} [data-do=replay]`).click();
  await played(page, RIGHT, 1);
  const early = await snapshot(page);
  await played(page, RIGHT, 1.5);
  const late = await snapshot(page);
  assert.ok(early.x > 5 && early.x < late.x, `playhead ${early.x}, ${late.x}`);
  assert.equal(early.visible, "visible");
  early.bars.forEach((bar, i) => {
    assert.ok(bar < late.bars[i] && late.bars[i] < early.whole[i]);
  });
  assert.match(early.clock, /^[01]\.\d\ss$/);
  await page.locator(`${RIGHT} [data-do=replay]`).click();
  await page.context().close();
});

/**
 * Waits until a replay is so many seconds into the run.
 * @param {Page} page
 * @param {string} section
 * @param {number} seconds
 */
function played(page, section, seconds) {
  return page.waitForFunction(([clock, least]) => parseFloat(
    document.querySelector(String(clock))?.textContent ?? "") >= Number(least),
  [`${section} .tools .clock`, seconds]);
}

/** @param {Page} page */
function snapshot(page) {
  return page.locator(RIGHT).evaluate((section) => {
    const bars = [...section.querySelectorAll("[data-begin]")];
    const line = section.querySelector(".playhead");
    const percent = (/** @type {Element} */ bar) =>
      parseFloat(bar.getAttribute("width") ?? "");
    const scale = Number(
      section.querySelector("[data-scale]")?.getAttribute("data-scale"));
    return {
      bars: bars.map(percent),
      whole: bars.map((bar) => 100 * (Number(bar.getAttribute("data-end")) -
        Number(bar.getAttribute("data-begin"))) / scale),
      x: parseFloat(line?.getAttribute("x1") ?? ""),
      visible: line?.getAttribute("visibility"),
      clock: section.querySelector(".tools .clock")?.textContent ?? "",
    };
  });
}

test("Stop brings everything back", async () => {
  const page = await chapter();
  const before = await look(page, WRONG);
  const button = page.locator(`${WRONG} [data-do=replay]`);
  await button.click();
  await played(page, WRONG, 0.4);
  assert.equal(await button.textContent(), "Stop");
  assert.ok((await look(page, WRONG)).hidden > 0);
  await button.click();
  assert.deepEqual(await look(page, WRONG), before);
  assert.equal(await page.locator(".replayed").textContent(), "Stopped.");
  await page.context().close();
});

test("only one replay plays at a time", async () => {
  const page = await chapter();
  const before = await look(page, WRONG);
  await page.locator(`${WRONG} [data-do=replay]`).click();
  await page.locator(`${RIGHT} [data-do=replay]`).click();
  assert.deepEqual(await look(page, WRONG), before);
  assert.equal(await page.getByText("Stop", { exact: true }).count(), 1);
  await page.context().close();
});

test("a race has both ways on one axis, and says what differs", async (t) => {
  const page = await chapter();
  await page.locator(`${PAIR} .speed`).selectOption("4");
  const [wrong, right] = [await took(page, WRONG), await took(page, RIGHT)];
  const start = Date.now();
  await page.locator(`${PAIR} [data-do=race]`).click();
  const { clocks, lines, playheads, ends } =
    await page.evaluate(whenOneIsOver, figure(right));
  // The right way is over, the wrong way is not.
  assert.equal(clocks[1], figure(right));
  assert.match(clocks[0], /^[4-6]\.\d\ss$/);
  assert.deepEqual([lines[0].length, lines[1].length], [3, 8]);
  assert.equal(lines[0][1], "3.00 Coffee ready!");
  assert.match(lines[1].join(), /Served/);
  assert.doesNotMatch(lines[0].join(), /served/);
  // One playhead for both, where the bar that is under way ends.
  assert.equal(playheads.length, 1);
  assert.ok(Math.abs(playheads[0] - ends[0]) < 12, `${playheads}, ${ends}`);
  await page.locator(`${PAIR} .result`, { hasText: "won" }).waitFor();
  const seconds = (Date.now() - start) / 1000;
  assert.ok(seconds >= wrong / 4, `the race took ${seconds} s`);
  const result = await page.locator(`${PAIR} .result`).textContent();
  assert.equal(result, "The right way won by 5.0\u00a0s: 4.0\u00a0s against " +
    "9.0\u00a0s. The same lines in another order: line 2 is \"Coffee ready!\" " +
    "in the wrong way, \"Toasting bread...\" in the right way.");
  assert.equal(await page.locator(".replayed").textContent(), result);
  t.diagnostic(`${result} (at 4×, in ${seconds.toFixed(2)} s)`);
  await page.context().close();
});

/**
 * Runs in the page: what both ways of the first pair show once the second is
 * over.
 * @param {string} end what its clock says then
 */
async function whenOneIsOver(end) {
  /** @type {(what: string) => Element[]} */
  const all = (what) => [...document.querySelectorAll(`#breakfast-pair ${what}`)]
    .filter((it) => it.checkVisibility({ visibilityProperty: true }));
  const clocks = () => all(".side .clock").map((it) => it.textContent ?? "");
  const start = performance.now();
  const prints = () => all(".prints ol").map((list) => [...list.children]
    .filter((line) => line.checkVisibility())
    .map((line) => line.textContent ?? ""));
  // A clock under way says so a moment before the last line.
  const over = () => clocks()[1] === end && /ended/.test(prints()[1].join());
  while (!over() && performance.now() < start + 10_000) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const lists = prints();
  const under = all(".wrong-way .bar").filter(
    (bar) => bar.getBoundingClientRect().width > 0);
  return {
    clocks: clocks(),
    lines: lists,
    playheads: all(".playhead").map((it) => it.getBoundingClientRect().left),
    ends: under.map((bar) => bar.getBoundingClientRect().right).slice(-1),
  };
}

test("a race's Stop and its newest lines stay in sight", async () => {
  for (const [width, height] of [[360, 740], [1280, 800]]) {
    const { page } = await open(browser, `${book}ch10-bounded-concurrency.html`,
      { answers: allSkipped(), width, height });
    const pair = page.locator("#too-many-at-once-pair");
    const button = pair.locator("[data-do=race]");
    await button.evaluate((it) => it.scrollIntoView({ block: "end" }));
    await button.click();
    await page.waitForTimeout(2500);
    const seen = await button.evaluate((it) => {
      const { left, top, width, height } = it.getBoundingClientRect();
      return document.elementFromPoint(left + width / 2, top + height / 2) === it;
    });
    assert.ok(seen, `Stop is covered at ${width} px`);
    const newest = await pair.locator(".prints ol").last().evaluate((list) => {
      const lines = [...list.children].filter((it) => it.checkVisibility());
      const { bottom } = list.getBoundingClientRect();
      return [lines.length, (lines.at(-1)?.getBoundingClientRect().bottom ?? 0) -
        bottom];
    });
    assert.ok(newest[0] > 8 && newest[1] <= 1, `${newest}`);
    // Also when the reader has gone on to the lines.
    await pair.locator(".prints").evaluate(
      (it) => it.scrollIntoView({ block: "end" }));
    await page.waitForTimeout(100);
    assert.equal(await button.textContent(), "Stop");
    assert.ok(await button.evaluate((it) => {
      const { left, top, width, height } = it.getBoundingClientRect();
      return document.elementFromPoint(left + width / 2, top + height / 2) === it;
    }), `Stop is out of sight at ${width} px`);
    await button.click();
    assert.equal(await page.locator(".replayed").textContent(), "Stopped.");
    await page.context().close();
  }
});

test("a verdict names what differs", async () => {
  const page = await chapter();
  /** @param {[string, number, string[], string?][]} runs */
  const verdict = (runs) => page.evaluate((all) => window.workbook_race?.verdict(
    all.map(([way, took, lines, ending]) => ({ way, took, lines,
      ending: ending ?? `ended after ${workbook_figure(took)}` }))), runs);
  const is = async (
    /** @type {[string, number, string[], string?][]} */ runs,
    /** @type {string} */ words) =>
    assert.equal((await verdict(runs))?.replaceAll("\u00a0", " "), words);
  await is([["wrong way", 2, ["a"]], ["right way", 1, ["a"]]],
    "The right way won by 1.0 s: 1.0 s against 2.0 s. " +
    "Both print the same lines in the same order.");
  await is([["wrong way", 1, ["a", "c"]], ["right way", 1, ["a", "b", "d"]]],
    "A draw: each took 1.0 s. Only the wrong way prints \"c\"; only the right " +
    "way prints \"b\" and 1 more.");
  await is([["edited wrong way", 1, ["took 1 s"]], ["right way", 2, ["took 2 s"]]],
    "The edited wrong way ended after 1.0 s. The right way ended after 2.0 s. " +
    "They print the same lines, except for figures.");
  await is([["wrong way", 1, ["a"], "panicked after 1.0 s"],
    ["right way", 2, ["a", "b"]]],
  "The wrong way panicked after 1.0 s. The right way ended after 2.0 s. " +
    "Only the right way prints \"b\".");
  await page.context().close();
});

test("a screen reader hears the start and the end, no line between", async () => {
  const page = await chapter();
  await page.locator(`${RIGHT} .speed`).selectOption("4");
  const said = await page.evaluate(listen, `${RIGHT} [data-do=replay]`);
  assert.equal(said.length, 2, said.join(" | "));
  assert.match(said[0], /^Replay of the right way, 4\.0\ss\.$/);
  assert.match(said[1], /^Replay over: ended after 4\.0\ss\.$/);
  await page.context().close();
});

/**
 * Runs in the page: all that any live region says.
 * @param {string} button
 */
async function listen(button) {
  /** @type {string[]} */
  const said = [];
  const observer = new MutationObserver((changes) => {
    for (const { target } of changes) {
      const region = (target instanceof Element ? target : target.parentElement)
        ?.closest("[role=status], [aria-live]");
      if (region?.textContent) said.push(region.textContent);
    }
  });
  observer.observe(
    document.body, { childList: true, characterData: true, subtree: true });
  /** @type {HTMLElement | null} */ (document.querySelector(button))?.click();
  while (!said.some((text) => text.startsWith("Replay over"))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return said;
}

test("a tab in the background keeps to the clock on the wall", async () => {
  const page = await chapter();
  await page.locator(`${RIGHT} .speed`).selectOption("4");
  const recorded = await took(page, RIGHT);
  // No frame comes, as in a tab that is not seen.
  await page.evaluate(() => { window.requestAnimationFrame = () => 0; });
  const seen = await play(page, `${RIGHT} [data-do=replay]`, RIGHT);
  assertInTime(seen, recorded, 4);
  await page.context().close();
});

test("without motion, lines keep their times and the playhead steps", async () => {
  const page = await chapter({ context: { reducedMotion: "reduce" } });
  const recorded = await took(page, RIGHT);
  const places = page.evaluate(watchPlayhead, RIGHT);
  const seen = await play(page, `${RIGHT} [data-do=replay]`, RIGHT);
  assertInTime(seen, recorded, 1);
  const scale = Number(await page.locator(`${RIGHT} svg[data-scale]`).first()
    .getAttribute("data-scale"));
  const moments = [...new Set(seen.due)];
  for (const x of await places) {
    const seconds = (x * scale) / 100;
    const event = moments.some((at) => Math.abs(at - seconds) < 0.01);
    assert.ok(event || x === 0, `the playhead stood at ${seconds} s`);
  }
  await page.context().close();
});

/**
 * Runs in the page: where the playhead stands, in per cent, for 4.3 seconds.
 * @param {string} section
 */
async function watchPlayhead(section) {
  const line = document.querySelector(`${section} .playhead`);
  const places = new Set();
  const end = performance.now() + 4300;
  while (performance.now() < end) {
    places.add(parseFloat(line?.getAttribute("x1") ?? "0"));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return [...places];
}

test("a time is written as in the book's own text, or as exactly as asked", () => {
  const written = [0, 0.02, 0.974, 2.225, 4.004, 9.007, 12.051].map(
    (seconds) => figure(seconds));
  assert.deepEqual(written, ["0.0", "0.0", "0.95", "2.25", "4.0", "9.0", "12.05"]
    .map((text) => `${text}\u00a0s`));
  assert.equal(figure(9.0066, 2), "9.01\u00a0s");
  assert.equal(figure(0.96, 1), "1.0\u00a0s");
  assert.equal(figure(3, 0), "3\u00a0s");
});

test("replay.js is at most 10 kB, comments included", (t) => {
  const { length } = readFileSync(join(root, "tools/book/page/js/replay.js"));
  t.diagnostic(`replay.js: ${length} bytes`);
  assert.ok(length <= 10_000, `${length} bytes`);
});
