// What holds for every page of the book. Each is opened once as a reader with
// a mouse sees it first, and once without scripts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { allSkipped, chapters, pages, predictions } from "./book.js";
import { figure, giveWay, launch, menu, open, pass, settled } from
  "./browser.js";
import { CLIPBOARD, program } from "./copy.js";
import { serve } from "./serve.js";

giveWay();
const browser = await launch();
const book = await serve();
const questions = predictions();

/** @typedef {import("playwright-core").Page} Page */

/** How many listings were seen to do what. */
const seen = { copied: 0, replayed: 0 };

/**
 * What a page must do, as it is opened on a desk and on what is narrow: there
 * it is printed before its questions are passed over for the rest.
 * @type {Record<string, Record<string, (page: Page) => Promise<void>>>}
 */
const CHECKS = {
  desk: {
    "no id is there twice, and each description is there": noneBroken,
    "every listing that ran has a timeline and a replay": hasReplays,
    "to copy a listing gives exactly its program": copies,
    "every replay ends as its transcript does": replays,
    "no race says that a wrong way won": races,
  },
  narrow: {
    "on paper all runs are there, whole, and the answers at the end": prints,
    "it does not scroll sideways at 360 px": fitsPhone,
  },
};

/** On other pages there is nothing for these to find. */
const NEED_LISTINGS = new Set([prints, hasReplays, copies, replays, races]);

for (const name of pages) {
  for (const [place, width] of Object.entries({ desk: 1280, narrow: 720 })) {
    const checks = Object.entries(CHECKS[place]).filter(
      ([, check]) => chapters.includes(name) || !NEED_LISTINGS.has(check));
    test(`${name}, ${place}`, async (t) => {
      const { page, context, faults } =
        await open(browser, book + name, { width, context: CLIPBOARD });
      for (const [what, check] of checks) await t.test(what, () => check(page));
      await t.test("there is no error, no failed request, no external one",
        () => assertQuiet(page, faults));
      await context.close();
    });
  }
}

test("the whole book as one page has no error, no failed request", async () => {
  const { page, faults } = await open(browser, `${book}print.html`);
  await assertQuiet(page, faults);
  await page.context().close();
});

test("no listing was passed over", (t) => {
  t.diagnostic(`${pages.length + 1} pages, ${seen.copied} programs copied, ` +
    `${seen.replayed} listings replay`);
  assert.ok(seen.copied > 30);
  assert.ok(seen.replayed >= 2 * chapters.length);
});

/** @param {Page} page @param {string[]} faults */
async function assertQuiet(page, faults) {
  await page.waitForLoadState("networkidle");
  assert.deepEqual(faults, []);
}

/** @param {Page} page */
async function noneBroken(page) {
  assert.deepEqual(await page.evaluate(brokenReferences), []);
}

/** Runs in the page. */
function brokenReferences() {
  const broken = [];
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  const known = new Set(ids);
  for (const [i, id] of ids.entries()) {
    if (ids.indexOf(id) !== i) broken.push(`twice: ${id}`);
  }
  const names = ["aria-labelledby", "aria-describedby", "aria-controls",
    "aria-details", "for", "data-of"];
  for (const name of names) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      for (const id of (element.getAttribute(name) ?? "").split(/\s+/)) {
        if (!known.has(id)) broken.push(`${name}: ${id}`);
      }
    }
  }
  return broken;
}

// Paper. A reader who has answered nothing prints too.

/** @param {Page} page */
async function prints(page) {
  await page.emulateMedia({ media: "print" });
  await settled(page);
  const missing = await page.evaluate(missingOnPaper);
  await page.emulateMedia({ media: null });
  assert.deepEqual(missing, []);
}

/** Runs in the page, which is laid out for paper. */
function missingOnPaper() {
  /** @type {(what: string) => Element[]} */
  const all = (what) => [...document.querySelectorAll(what)];
  const seen = (/** @type {Element} */ element) => element.checkVisibility(
    { contentVisibilityAuto: true, visibilityProperty: true });
  const tall = (/** @type {Element} */ element) =>
    element.getBoundingClientRect().height > 0;
  const wanted = [".transcript li", ".run svg[data-scale]", ".pair .took",
    "pre.program",
    "fieldset.predict .question", ".answers"];
  // A pair's charts are copies: on paper each listing has its own.
  const useless = [".stage", "button", "select", "details.answer", ".diff",
    ".veil", "#mdbook-menu-bar"];
  const missing = [
    ...wanted.filter((what) => !all(what).every((it) => seen(it) && tall(it)))
      .map((what) => `not seen: ${what}`),
    ...useless.filter((what) => all(what).some(seen))
      .map((what) => `of no use on paper: ${what}`),
    ...all("pre, pre > code, .run")
      .filter((box) => seen(box) && box.scrollWidth > box.clientWidth + 1)
      .map((box) => `clipped: ${box.tagName}.${box.className}`),
  ];
  const last = all("fieldset.predict").at(-1);
  const answers = document.querySelector(".answers");
  if (last && !answers) missing.push("no answers");
  if (last && answers && last.getBoundingClientRect().bottom >
    answers.getBoundingClientRect().top) missing.push("answers not at the end");
  return missing;
}

// Listings

/** @param {Page} page */
async function hasReplays(page) {
  const { count, missing } = await page.evaluate(missingForReplay);
  assert.deepEqual(missing, []);
  seen.replayed += count;
}

/** Runs in the page: what a listing that ran must have to be replayed. */
function missingForReplay() {
  const listings = [...document.querySelectorAll(".listing:has(.run)")];
  const missing = listings.flatMap((listing) => {
    const count = (/** @type {string} */ what) =>
      listing.querySelectorAll(what).length;
    const parts = {
      "data-took": Number(listing.getAttribute("data-took")) > 0,
      replay: count("[data-do=replay]") === 1,
      speed: count(".tools .speed") === 1,
      timeline: count("svg[data-scale]") === 1,
      bars: count("svg [data-begin]") > 0,
      playhead: count("svg .playhead") === 1,
      lines: count(".transcript li[data-at]") > 0,
    };
    return Object.entries(parts).filter(([, there]) => !there)
      .map(([part]) => `#${listing.id}: ${part}`);
  });
  return { count: listings.length, missing };
}

/** @param {Page} page */
async function copies(page) {
  const files = await page.locator(".listing .file").allTextContents();
  const buttons = page.locator(".listing [data-do=copy]");
  assert.equal(await buttons.count(), files.length);
  for (const [index, file] of files.entries()) {
    await menu(page.locator(".listing").nth(index));
    await buttons.nth(index).click();
    const copied = await buttons.nth(index).evaluate(copiedBy);
    assert.equal(copied, program(file), file);
    seen.copied += 1;
  }
}

/**
 * Runs in the page: what is in the clipboard once the button says so.
 * @param {Element} button
 */
async function copiedBy(button) {
  const start = performance.now();
  while (button.textContent !== "Copied") {
    if (performance.now() > start + 10_000) throw new Error("it is not copied");
    await new Promise(requestAnimationFrame);
  }
  return navigator.clipboard.readText();
}

/** @param {Page} page */
async function replays(page) {
  await pass(page, allSkipped());
  const ends = Object.entries(await page.evaluate(replayAll));
  for (const [id, { clock, recorded }] of ends) {
    assert.equal(clock, figure(recorded), id);
  }
}

/** Runs in the page: every replay, all of it at once. */
async function replayAll() {
  /** @type {Record<string, { clock: string, recorded: number }>} */
  const ends = {};
  for (const listing of document.querySelectorAll(".listing[data-took]")) {
    const button = listing.querySelector("[data-do=replay]");
    const speed = listing.querySelector("select");
    if (!(button instanceof HTMLButtonElement) || !speed) continue;
    speed.options[0].value = "10000";
    button.click();
    while (button.textContent === "Stop") {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    ends[listing.id] = {
      clock: listing.querySelector(".tools .clock")?.textContent ?? "",
      recorded: Number(listing.getAttribute("data-took")),
    };
  }
  return ends;
}

/** @param {Page} page */
async function races(page) {
  await pass(page, allSkipped());
  const verdicts = Object.entries(await page.evaluate(raceAll));
  for (const [pair, verdict] of verdicts) {
    assert.match(verdict, /^(A draw: each took|The \w+ way) .*\.$/, pair);
    assert.doesNotMatch(verdict, /wrong way won|undefined|NaN/, pair);
  }
}

/** Runs in the page: every race, all of it at once. */
async function raceAll() {
  /** @type {Record<string, string>} */
  const verdicts = {};
  for (const pair of document.querySelectorAll(".pair")) {
    const button = pair.querySelector("[data-do=race]");
    if (!(button instanceof HTMLButtonElement)) continue;
    const speed = pair.querySelector("select");
    if (speed) speed.options[0].value = "10000";
    button.click();
    while (button.textContent === "Stop") {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    verdicts[pair.id] = pair.querySelector(".result")?.textContent ?? "";
  }
  return verdicts;
}

// A phone

/** @param {Page} page */
async function fitsPhone(page) {
  await pass(page, allSkipped());
  await page.setViewportSize({ width: 360, height: 900 });
  await settled(page);
  assert.deepEqual(await page.evaluate(tooWide), []);
}

/** Runs in the page: what makes it wider than the window. */
function tooWide() {
  const wide = [];
  for (const box of [document.documentElement, document.body,
    document.querySelector("#mdbook-content")]) {
    if (box && box.scrollWidth > box.clientWidth + 1) {
      wide.push(`${box.tagName} ${box.id}: ${box.scrollWidth} px`);
    }
  }
  const parts = "main > *, .listing > *, .pair > *";
  for (const part of document.querySelectorAll(parts)) {
    const { right } = part.getBoundingClientRect();
    if (right > innerWidth + 1) {
      wide.push(`${part.tagName}.${part.className}: to ${right} px`);
    }
  }
  return wide;
}

// Without scripts

for (const name of chapters) {
  test(`${name} without scripts is whole, and offers nothing dead`, async () => {
    const { page } = await open(
      browser, book + name, { context: { javaScriptEnabled: false } });
    const { unseen, dead, answers, pairs } =
      await page.evaluate(withoutScripts);
    assert.deepEqual(unseen, [], "lines that are not seen");
    assert.deepEqual(pairs.filter((figures) => !/\d\ss\b.*way/s.test(figures)), [],
      "a pair without its figures");
    assert.deepEqual(dead, [], "what cannot do a thing");
    const asked = questions[name]?.length ?? 0;
    assert.equal(await page.locator("fieldset.predict").count(), asked);
    assert.equal(answers, asked);
    await page.context().close();
  });
}

/** Looks at the page, in which no script of its own runs. */
function withoutScripts() {
  /** @type {(what: string) => HTMLElement[]} */
  const all = (what) => [...document.querySelectorAll(what)].filter(
    (element) => element instanceof HTMLElement);
  const seen = (/** @type {HTMLElement} */ element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 0 && height > 0 &&
      element.checkVisibility({ visibilityProperty: true });
  };
  return {
    unseen: all(".transcript li").filter((line) => !seen(line))
      .map((line) => line.innerText),
    dead: all(".tools, button, select, main input").filter(seen)
      .map((it) => `${it.tagName}.${it.className}`),
    answers: all("details.answer summary").filter(seen).length,
    pairs: all(".pair").map((pair) => pair.innerText),
  };
}
