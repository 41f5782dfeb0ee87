// A chapter in Firefox, which the other suites do not open: what a reader does
// there from the first line to paper. It serves itself by `cargo run`.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { CHAPTER, allSkipped, chapters, predictions } from "../book.js";
import { LONG, started } from "../workbook.js";
import { inMenu, isSeen, launch, open, press, says, text, typeOver, value }
  from "./firefox.js";

/** @typedef {import("puppeteer-core").Page} Page */

const browser = await launch();
const { book, storageState: { cookies } } = await started();

/** With every run in sight. */
const visit = () =>
  open(browser, book + CHAPTER, { cookies, answers: allSkipped() });

/** Before any question was answered. */
const newcomer = () => open(browser, book + CHAPTER, { cookies });

const WRONG = "#breakfast-wrong-way";
const RIGHT = "#breakfast-right-way";
const PAIR = "#breakfast-pair";
const ASKED = `#${predictions()[CHAPTER][0]}`;

/** Where a listing is asked to run, and where it tells of it. */
const run = (/** @type {string} */ of) => `${of} header [data-do=run]`;
const edit = (/** @type {string} */ of) => `${of} header [data-do=edit]`;
const verdict = (/** @type {string} */ of) => `${of} .live .verdict > p`;

// Read

test("every chapter is read without a fault, as wide as its window", async () => {
  const { page, context, faults } = await visit();
  for (const chapter of ["index.html", ...chapters]) {
    await page.setViewport({ width: 360, height: 900 });
    await page.goto(book + chapter);
    assert.ok(await isSeen(page, "main h1"), chapter);
    for (const width of [360, 1280]) {
      await page.setViewport({ width, height: 900 });
      await page.waitForFunction((width) => innerWidth === width, {}, width);
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${chapter} is ${wide} px too wide at ${width}`);
    }
  }
  assert.deepEqual(faults, []);
  await context.close();
});

// Predict

test("a run is hidden until its question is answered", async () => {
  const { page, context, faults } = await newcomer();
  const transcript = `${WRONG} .transcript`;
  assert.equal(await isSeen(page, transcript), false);
  await press(page, `${ASKED} [data-do=answer]`);
  await says(page, `${ASKED} .verdict`, /^Choose an answer first\.$/);
  await press(page, `${ASKED} label:not(:has([data-right]))`);
  await press(page, `${ASKED} [data-do=answer]`);
  await says(page, `${ASKED} .verdict`, /^Not quite: you said .*, it is 5\.0 s/);
  assert.equal(await isSeen(page, transcript), true);
  // The answer is there, and the run plays.
  assert.ok(await isSeen(page, `${ASKED} details.answer p`));
  await says(page, `${WRONG} header [data-do=replay]`, /^Stop$/);
  await page.reload();
  await says(page, `${ASKED} .verdict`, /^Not quite/);
  assert.equal(await isSeen(page, transcript), true);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a page that is loaded again can still be answered", async () => {
  const { page, context } = await newcomer();
  await press(page, `${ASKED} label:has([data-right])`);
  await page.reload();
  const left = await page.$$eval(`${ASKED} input`, (all) => all.filter(
    (it) => /** @type {HTMLInputElement} */ (it).disabled).length);
  assert.equal(left, 0, "each can be chosen");
  await press(page, `${ASKED} [data-do=skip]`);
  assert.equal(await isSeen(page, `${WRONG} .transcript`), true);
  await page.reload();
  assert.equal(await page.$eval(`${WRONG} [data-do=replay]`,
    (it) => /** @type {HTMLButtonElement} */ (it).disabled), false);
  await context.close();
});

test("a link into a hidden run shows it", async () => {
  const { page, context } = await newcomer();
  await page.$eval(`${WRONG} .run li`, (it) => {
    it.id = "inside";
    location.hash = "#inside";
  });
  await page.waitForSelector(`${WRONG} .run:not([hidden])`);
  assert.equal(await isSeen(page, "#inside"), true);
  await context.close();
});

// Replay

test("a replay shows each line at its time, and the whole again", async () => {
  const { page, context, faults } = await visit();
  await page.evaluate(observe, `${RIGHT} .run`);
  await inMenu(page, RIGHT, "replay");
  await says(page, `${RIGHT} header [data-do=replay]`, /^Stop$/);
  await says(page, `${RIGHT} header [data-do=replay]`, /^Replay$/, 30_000);
  const { due, shown, grown } = await page.evaluate(() => window.observed);
  assert.ok(due.length >= 5, `${due}`);
  // Nothing comes before its time; a busy machine may be late.
  due.forEach((at, line) => {
    assert.ok(at < 0.02 || shown[line] >= at - 0.02,
      `line ${line} at ${shown[line]}, not ${at}`);
  });
  assert.deepEqual(shown, [...shown].sort((a, b) => a - b), "in order");
  assert.ok(grown > 10, `a bar grew in ${grown} steps`);
  assert.equal(await page.$$eval(
    `${RIGHT} .to-come`, (all) => all.length), 0);
  assert.deepEqual(faults, []);
  await context.close();
});

test("the ways of a pair race as they were recorded", async () => {
  const { page, context, faults } = await visit();
  await page.select(`${PAIR} .speed`, "4");
  await press(page, `${PAIR} [data-do=race]`);
  await says(page, `${PAIR} .result`, /right way won/, 30_000);
  assert.deepEqual(await scales(page), await sameScale(page));
  assert.equal(await isSeen(page, `${PAIR} .playhead`), false);
  assert.deepEqual(faults, []);
  await context.close();
});

/**
 * The seconds on the axes of the pair.
 * @param {Page} page
 */
const scales = (page) => page.$$eval(`${PAIR} .charts svg.chart`,
  (all) => all.map((svg) => Number(svg.getAttribute("data-scale"))));

/** @param {Page} page */
async function sameScale(page) {
  const all = await scales(page);
  assert.equal(all.length, 2);
  return [all[0], all[0]];
}

/**
 * Runs in the page: notes when each line of a run is shown from the moment on
 * that the first is hidden.
 * @param {string} selector
 */
function observe(selector) {
  const of = /** @type {Element} */ (document.querySelector(selector));
  const lines = [...of.querySelectorAll(".transcript li")];
  const seen = {
    due: lines.map((line) => Number(line.getAttribute("data-at"))),
    shown: lines.map(() => Infinity),
    grown: 0,
  };
  window.observed = seen;
  /** @type {number | undefined} */
  let start;
  new MutationObserver((changes) => {
    const hidden = lines.map((line) => line.classList.contains("to-come"));
    if (start === undefined && !hidden.includes(true)) return;
    start ??= performance.now();
    const since = (performance.now() - start) / 1000;
    hidden.forEach((it, line) => {
      if (!it) seen.shown[line] = Math.min(seen.shown[line], since);
    });
    seen.grown += Number(changes.some((it) => it.attributeName === "width"));
  }).observe(of, { attributes: true, subtree: true });
}

// Run

test("a listing runs from its page, and is stopped there", async () => {
  const { page, context, faults } = await visit();
  await press(page, run(RIGHT));
  await page.waitForSelector(`${RIGHT} .live .bar`, { timeout: LONG });
  await says(page, run(RIGHT), /^Stop$/);
  await says(page, verdict(RIGHT), /^✓ Claim met: it did as recorded/, LONG);
  assert.equal(await page.$$eval(
    `${RIGHT} .live .bar.unfinished`, (all) => all.length), 0);
  assert.equal(await page.$$eval(`${RIGHT} .live .bar`,
    (all) => all.filter((bar) => bar.getBoundingClientRect().width < 20).length),
    0, "its bars are drawn");
  await press(page, run(WRONG));
  await page.waitForSelector(`${WRONG} .live .printed li`, { timeout: LONG });
  await press(page, run(WRONG));
  await says(page, verdict(WRONG), /^It was stopped\.$/);
  await says(page, run(WRONG), /^Run$/);
  assert.deepEqual(faults, []);
  await context.close();
});

// Edit

test("what is typed is what is run, and is undone by its keys", async () => {
  const { page, context, faults } = await visit();
  const area = `${WRONG} pre.program textarea`;
  const original = await text(page, `${WRONG} pre.program code`);
  await press(page, edit(WRONG));
  await typeOver(page, WRONG, "from_secs(4)", "from_secs(1)");
  // Enter keeps the indent, as one step of the browser's undo.
  await typeOver(page, WRONG, "fn main() {", "fn main() {");
  const before = await value(page, area);
  await page.keyboard.press("Enter");
  assert.match(await value(page, area), /fn main\(\) \{\n {4}\n/);
  await control(page, "z");
  assert.equal(await value(page, area), before);
  // What is seen is what is typed.
  assert.equal(await text(page, `${WRONG} pre.program code`), `${before}\n`);
  await control(page, "Enter");
  await says(page, verdict(WRONG), /^It took [67]\.\d.s instead of 9\.0/, LONG);
  await page.reload();
  assert.equal(await value(page, area), before);
  await inMenu(page, WRONG, "reset");
  assert.equal(await page.$(area), null);
  assert.equal(await text(page, `${WRONG} pre.program code`), original);
  await press(page, `${WRONG} header [data-do=undo]`);
  assert.equal(await value(page, area), before);
  assert.deepEqual(faults, []);
  await context.close();
});

/** @param {Page} page @param {"z" | "Enter"} key */
async function control(page, key) {
  await page.keyboard.down("Control");
  await page.keyboard.press(key);
  await page.keyboard.up("Control");
}

test("Tab indents for who came by pointer, and leaves after Escape", async () => {
  const { page, context, faults } = await visit();
  const area = `${RIGHT} pre.program textarea`;
  await press(page, edit(RIGHT));
  const original = await value(page, area);
  await typeOver(page, RIGHT, "async fn main", "async fn main");
  await page.keyboard.press("Home");
  await page.keyboard.press("Tab");
  assert.match(await value(page, area), /\n {4}async fn main/);
  await page.keyboard.down("Shift");
  await page.keyboard.press("Tab");
  await page.keyboard.up("Shift");
  assert.equal(await value(page, area), original);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.equal(await value(page, area), original);
  assert.equal(await page.evaluate(
    () => document.activeElement?.matches("textarea")), false);
  assert.deepEqual(faults, []);
  await context.close();
});

test("the text that is edited lies on its colours, where it was", async () => {
  const { page, context, faults } = await visit();
  await page.$eval(`${RIGHT} pre.program`, (block) => window.scrollBy(
    { top: block.getBoundingClientRect().top + 150, behavior: "instant" }));
  const [, before] = await page.$eval(RIGHT, placeOf, "fry_eggs");
  await press(page, edit(RIGHT));
  const [, top] = await page.$eval(RIGHT, placeOf, "fry_eggs");
  assert.ok(Math.abs(top - before) <= 2, `from ${before} to ${top}`);
  const { area, code } = await page.$eval(`${RIGHT} pre.program`, sizes);
  assert.deepEqual(area, code, "as large, in the same font");
  assert.deepEqual(faults, []);
  await context.close();
});

/**
 * Runs in the page: how large the text of a block is, in and above its colours.
 * @param {Element} block
 */
function sizes(block) {
  const of = (/** @type {Element | null} */ it) => {
    if (!it) return undefined;
    const style = getComputedStyle(it);
    const { left, top } = it.getBoundingClientRect();
    return {
      place: [left, top].map(Math.round),
      from: [style.paddingBlockStart, style.paddingInlineStart,
        style.borderTopWidth],
      font: [style.fontFamily, style.fontSize, style.lineHeight,
        style.letterSpacing, style.tabSize, style.fontVariantLigatures],
      height: it.scrollHeight,
    };
  };
  return { area: of(block.querySelector("textarea")),
    code: of(block.querySelector("code")) };
}

test("what rustc says is marked under its word", async () => {
  const { page, context, faults } = await visit();
  await press(page, edit(RIGHT));
  await typeOver(page, RIGHT, "from_secs(4)", 'from_secs("no")');
  await press(page, run(RIGHT));
  await says(page, verdict(RIGHT), /^Rustc refuses it with 1 error/, LONG);
  const wanted = await page.$eval(RIGHT, placeOf, '"no"');
  const at = await page.$eval(`${RIGHT} pre.program .marks .level-error`, (it) => {
    const { left, top, right, bottom } = it.getBoundingClientRect();
    return [left, top, right, bottom].map(Math.round);
  });
  at.forEach((place, side) => assert.ok(
    Math.abs(place - wanted[side]) <= 6, `${at} and ${wanted}`));
  assert.deepEqual(faults, []);
  await context.close();
});

/**
 * Runs in the page: where words of a program are: left, top, right, bottom.
 * @param {Element} section
 * @param {string} words
 */
function placeOf(section, words) {
  const code = /** @type {Element} */ (section.querySelector("pre.program code"));
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.textContent?.indexOf(words) ?? -1;
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + words.length);
    const { left, top, right, bottom } = range.getBoundingClientRect();
    return [left, top, right, bottom].map(Math.round);
  }
  throw new Error(`no ${words}`);
}

// Check

test("a listing's tests are told in words", async () => {
  const { page, context, faults } = await visit();
  await inMenu(page, RIGHT, "check");
  await says(page, verdict(RIGHT), /^✓ Claim met: /, LONG);
  assert.ok(await isSeen(page, `${RIGHT} .live .tests li.pass`));
  assert.deepEqual(faults, []);
  await context.close();
});

// Race live

test("a pair is raced live, edits and all", async () => {
  const { page, context, faults } = await visit();
  await press(page, edit(WRONG));
  await typeOver(page, WRONG, "from_secs(4)", "from_secs(6)");
  const race = `${PAIR} [data-do=race-live]`;
  await press(page, race);
  await says(page, race, /^Stop$/);
  await page.waitForSelector(`${PAIR} .bar.unfinished`, { timeout: LONG });
  assert.ok(await isSeen(page, `${PAIR} .playhead`));
  const words = await says(page, `${PAIR} .result`, /ended after/, LONG);
  assert.match(words, /^The right way ended after 4\.\d+ s\. The edited wrong way/);
  assert.deepEqual(await scales(page), await sameScale(page));
  await says(page, race, /^Race live$/);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a page that is loaded again during a race can all be pressed", async () => {
  const { page, context } = await visit();
  await press(page, `${PAIR} [data-do=race-live]`);
  await page.waitForSelector(`${PAIR} .bar.unfinished`, { timeout: LONG });
  await page.reload();
  await page.waitForSelector(run(WRONG));
  const dead = await page.$$eval("button:disabled, select:disabled",
    (all) => all.map((it) => it.outerHTML));
  assert.deepEqual(dead, []);
  await context.close();
});

// Theme

test("a theme is chosen by mouse, and stays", async () => {
  const { page, context, faults } = await visit();
  const colours = new Set();
  for (const theme of ["light", "rust", "coal", "navy", "ayu"]) {
    await press(page, "#mdbook-theme-toggle");
    await press(page, `#mdbook-theme-${theme}`);
    await page.waitForSelector(`html.${theme}`);
    colours.add(await page.evaluate(
      () => getComputedStyle(document.documentElement).backgroundColor));
    await press(page, "#mdbook-theme-toggle");
  }
  assert.equal(colours.size, 5);
  await page.reload();
  await page.waitForSelector("html.ayu");
  assert.deepEqual(faults, []);
  await context.close();
});

// Print

test("paper is the same whatever was answered, and has every run", async () => {
  const { page, context, faults } = await newcomer();
  assert.equal(await isSeen(page, `${WRONG} .transcript`), false);
  const words = await printed(page);
  const missing = await page.$$eval(".listing .transcript code", (all) =>
    all.map((it) => (it.textContent ?? "").trim().replace(/\s+/g, " ")));
  assert.ok(missing.length > 20);
  assert.deepEqual(missing.filter((line) => !words.includes(line)), []);
  await context.close();
  const { page: other, context: skipped } = await visit();
  assert.deepEqual(words.split(/(?<=[.:]) /),
    (await printed(other)).split(/(?<=[.:]) /));
  assert.deepEqual(faults, []);
  await skipped.close();
});

/**
 * The words of a page on paper.
 * @param {Page} page
 */
async function printed(page) {
  const input = await page.pdf({ format: "A4", timeout: 60_000 });
  const words = execFileSync(
    "pdftotext", ["-layout", "-", "-"], { input, encoding: "utf8" });
  return words.replace(/\s+/g, " ");
}
