// Nothing on a page answers a question before its reader has: every prediction
// of the book is looked at as a new reader meets it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAPTER, allSkipped, chapters, predictions } from "./book.js";
import { giveWay, launch, open, pass, settled } from "./browser.js";
import { serve } from "./serve.js";

giveWay();
const browser = await launch();
const book = await serve();

const asked = predictions();
let looked = 0;

for (const name of chapters.filter((page) => asked[page])) {
  test(`${name} answers none of its questions by itself`, async () => {
    const { page, faults } = await open(browser, book + name);
    const { found, count } = await page.evaluate(answersInSight);
    assert.deepEqual(found, []);
    assert.equal(count, asked[name].length);
    looked += count;
    await pass(page, allSkipped());
    assert.deepEqual(await page.evaluate(stillHidden), []);
    assert.deepEqual(faults, []);
    await page.context().close();
  });
}

test("every prediction was looked at", (t) => {
  t.diagnostic(`${looked} predictions`);
  assert.equal(looked, Object.values(asked).flat().length);
});

/** Runs in the page: what is in sight and answers a question. */
function answersInSight() {
  /** @type {string[]} */
  const found = [];
  const unseen = "fieldset, script, button, select, .visually-hidden, svg desc";
  /** The text that is in sight. @param {Element} within */
  const seen = (within) => {
    const walk = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
    let text = "";
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const parent = node.parentElement;
      if (!parent || parent.closest(unseen)) continue;
      if (parent.checkVisibility({ contentVisibilityAuto: true })) {
        text += node.textContent;
      }
    }
    return text.replace(/\u00a0/g, " ");
  };
  /** From the heading above to the heading below. @param {Element} section */
  const around = (section) => {
    const all = [...section.parentElement?.children ?? []];
    const heading = (/** @type {Element} */ it) => /^H[1-6]$/.test(it.tagName);
    const at = all.indexOf(section);
    const above = all.slice(0, at).map(heading).lastIndexOf(true);
    const below = all.slice(at).findIndex(heading);
    return all.slice(above + 1, below < 0 ? undefined : at + below);
  };
  /** Whether a text says an answer. @param {string} text @param {string} right */
  const says = (text, right) => {
    // A count below five is told in too many words that mean other things.
    if (/^\d+$/.test(right)) {
      return Number(right) > 4 &&
        new RegExp(`(?<![\\d.,_])${right}(?![\\d_x]|[.,]\\d)`).test(text);
    }
    if (/^(never )?ends$|^panics$/.test(right)) return false;
    return right.split(", ").every((part) => text.includes(part));
  };
  const fieldsets = [...document.querySelectorAll("fieldset.predict")];
  for (const fieldset of fieldsets) {
    const right = fieldset.querySelector(
      "label:has([data-right]) span")?.textContent?.trim() ?? "";
    const section = fieldset.closest(".listing");
    if (!section || !right) throw new Error(`${fieldset.id}: no listing`);
    /** @type {(what: string) => void} */
    const add = (what) => found.push(`${fieldset.id} (${right}): ${what}`);
    for (const part of section.querySelectorAll(".run, .claims, .kind")) {
      if (seen(part).trim()) add(`${part.className} is in sight`);
    }
    const program = section.querySelector("pre.program");
    if (program && /\bassert\w*!/.test(seen(program))) add("an assertion");
    const lesson = section.getAttribute("data-listing")?.split("/")[0];
    const pair = document.getElementById(`${lesson}-pair`);
    for (const part of pair?.children ?? []) {
      if (part.matches(".veil")) continue;
      const figure = /\d+\.\d+ s|\d+ lines?/.exec(seen(part));
      if (figure) add(`the pair says ${figure[0]}`);
    }
    for (const part of around(section)) {
      if (part.matches(".listing, .pair, table, .table-wrapper")) continue;
      const text = seen(part);
      if (says(text, right)) add(`"${text.trim().slice(0, 80)}"`);
    }
    const after = around(section).slice(around(section).indexOf(section));
    for (const part of after) {
      if (part.matches(".listing, .pair")) continue;
      const bars = /look at the bars|\bbars?\b/i.exec(seen(part));
      if (bars) add(`"${bars[0]}" below it`);
    }
  }
  return { found, count: fieldsets.length };
}

/** Runs in the page: what waits although every question was passed over. */
function stillHidden() {
  return [...document.querySelectorAll("[data-until]")]
    .filter((it) => it.hasAttribute("hidden") ||
      it.matches(".unanswered, .sealed"))
    .map((it) => it.outerHTML.slice(0, 80))
    .concat([...document.querySelectorAll(".veil")].map((it) => it.outerHTML));
}

test("a figure, a paragraph and an assertion give way to a note", async () => {
  const { page } = await open(browser, book + CHAPTER);
  const listing = page.locator("#breakfast-wrong-way");
  const words = page.locator("main > div.seal").first();
  assert.equal(await words.getAttribute("hidden"), "until-found");
  const note = page.locator("main > p.veil").first();
  assert.match(await note.textContent() ?? "", /after your prediction/);
  await note.locator("a").click();
  await page.waitForURL(/#predict-breakfast-wrong-way-at/);
  assert.equal(await listing.locator("code .veil").count(), 1);
  // What is copied, edited and run is the whole program all the same.
  assert.match(
    await listing.locator("pre.program").textContent() ?? "", /assert_eq!/);
  await listing.locator("[data-do=skip]").click();
  assert.equal(await words.getAttribute("hidden"), null);
  assert.equal(await listing.locator("code .veil").count(), 0);
  await page.context().close();
});

test("the pair waits for all questions of its lesson", async () => {
  const { page } = await open(browser, book + CHAPTER);
  const pair = page.locator("#breakfast-pair");
  assert.match(await pair.getAttribute("class") ?? "", /\bsealed\b/);
  for (const way of ["wrong", "right"]) {
    assert.equal(await pair.locator(".took").isVisible(), false, way);
    await page.locator(`#breakfast-${way}-way [data-do=skip]`).click();
  }
  assert.doesNotMatch(await pair.getAttribute("class") ?? "", /\bsealed\b/);
  assert.equal(await pair.locator(".took").isVisible(), true);
  await page.context().close();
});

for (const answers of [{}, allSkipped()]) {
  const who = Object.keys(answers).length ? "who was here before" : "who is new";
  test(`nothing moves while a page comes, for those ${who}`, async (t) => {
    const { page } = await open(
      browser, `${book}index.html`, { answers, width: 360 });
    for (const name of [CHAPTER, chapters[9]]) {
      await page.goto(book + name);
      await settled(page);
      const shift = await page.evaluate(shifted);
      t.diagnostic(`${name}: layout shift ${shift}`);
      assert.equal(shift, 0, name);
    }
    await page.context().close();
  });
}

/** Runs in the page: how much has moved since it was opened. */
async function shifted() {
  /** @type {PerformanceEntry[]} */
  const entries = [];
  const observer = new PerformanceObserver(
    (list) => entries.push(...list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  await new Promise((resolve) => setTimeout(resolve, 300));
  entries.push(...observer.takeRecords());
  return entries.reduce((sum, entry) =>
    sum + /** @type {any} */ (entry).value, 0);
}
