// Faults that readers met on the first edition's pages, each held by the
// whole kind it belongs to.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CHAPTER, allSkipped, site } from "./book.js";
import { launch, open, settled } from "./browser.js";
import { serve } from "./serve.js";

const browser = await launch();
const book = await serve();

for (const width of [1180, 1280, 1366, 1536, 1600, 1680, 1920]) {
  test(`nothing lies over a listing's controls at ${width} px`, async () => {
    for (const contents of ["visible", "hidden"]) {
      const { page } = await open(browser, book + CHAPTER, {
        width, answers: allSkipped(), storage: { "mdbook-sidebar": contents },
      });
      await settled(page);
      assert.deepEqual(await page.evaluate(covered), [], contents);
      await page.context().close();
    }
  });
}

/** Runs in the page: what another element takes the clicks of. */
function covered() {
  /** @type {string[]} */
  const found = [];
  const all = document.querySelectorAll(
    "main :is(.listing, .pair) :is(button, summary)");
  for (const control of all) {
    if (!control.checkVisibility()) continue;
    control.scrollIntoView({ block: "center" });
    const { left, right, top, height } = control.getBoundingClientRect();
    for (const x of [left + 2, right - 2]) {
      const hit = document.elementFromPoint(x, top + height / 2);
      if (hit && (control.contains(hit) || hit.contains(control))) continue;
      found.push(`${control.textContent}: ${hit?.outerHTML.slice(0, 80)}`);
    }
  }
  return found;
}

test("each page leads on, at its end, at every width", async () => {
  for (const width of [360, 1280, 1920]) {
    const { page } = await open(browser, book + CHAPTER, { width });
    await page.locator("a[rel~=next]:visible").click();
    await page.waitForURL(/ch02-/);
    await page.context().close();
  }
});

test("an arrow key turns the page, but not from a button or in mid-run",
  async () => {
    const { page } = await open(
      browser, book + CHAPTER, { answers: allSkipped() });
    const replay = page.locator("[data-do=replay]").first();
    await replay.focus();
    await page.keyboard.press("ArrowRight");
    await settled(page);
    assert.equal(page.url(), book + CHAPTER, "from a button");
    await replay.click();
    await page.evaluate(
      () => /** @type {HTMLElement} */ (document.activeElement).blur());
    await page.keyboard.press("ArrowRight");
    await settled(page);
    assert.equal(page.url(), book + CHAPTER, "in mid-run");
    await replay.click();
    await page.evaluate(
      () => /** @type {HTMLElement} */ (document.activeElement).blur());
    await page.keyboard.press("ArrowRight");
    await page.waitForURL(/ch02-/);
    await page.context().close();
  });

test("the verdict on an answer floats beside nothing", async () => {
  const { page } = await open(browser, book + CHAPTER);
  const asked = page.locator("fieldset.predict").first();
  await asked.locator("label:has([data-right]) input").check();
  await asked.locator("[data-do=answer]").click();
  const floats = await asked.locator(".verdict, label").evaluateAll(
    (all) => all.map((it) => getComputedStyle(it).float));
  assert.deepEqual([...new Set(floats)], ["none"]);
  await page.context().close();
});

test("without scripts a pair has its figures in words", async () => {
  const { page } = await open(browser, book + CHAPTER,
    { context: { javaScriptEnabled: false } });
  for (const pair of await page.locator(".pair").all()) {
    const verdict = pair.locator(".took");
    assert.equal(await verdict.isVisible(), true);
    assert.match(await verdict.innerText(), /\d.s wrong way\s[\s\S]*\d.s right way/);
  }
  await page.context().close();
});

for (const theme of ["navy", "coal", "ayu", "rust", "light"]) {
  test(`${theme} prints black on white`, async () => {
    const { page } = await open(browser, book + CHAPTER, { theme });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await settled(page);
    const { text, paper, scheme } = await page.evaluate(() => {
      const of = (/** @type {string} */ what) => getComputedStyle(
        /** @type {Element} */ (document.querySelector(what)));
      return {
        text: ["main p", "main h1", "pre.program code", ".transcript code"].map(
          (what) => of(what).color),
        paper: of("html").backgroundColor,
        scheme: of("fieldset.predict input").colorScheme,
      };
    });
    assert.deepEqual([...new Set(text)], ["rgb(0, 0, 0)"]);
    assert.equal(paper, "rgb(255, 255, 255)");
    assert.equal(scheme, "light");
    await page.context().close();
  });
}

for (const name of ["cheat-sheet.html", "claims.html"]) {
  test(`${name} breaks no name inside a word`, async () => {
    for (const width of [1280, 360]) {
      const { page } = await open(browser, book + name, { width });
      assert.deepEqual(await page.evaluate(torn), [], `${width} px`);
      await page.context().close();
    }
  });
}

/** Runs in the page: words of code that go over two lines. */
function torn() {
  /** @type {string[]} */
  const found = [];
  for (const code of document.querySelectorAll("main td code")) {
    for (const node of code.childNodes) {
      if (!(node instanceof Text)) continue;
      for (const { 0: word, index } of node.data.matchAll(/\w+/g)) {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        const tops = new Set([...range.getClientRects()].map(({ top }) =>
          Math.round(top)));
        if (tops.size > 1) found.push(word);
      }
    }
  }
  return found;
}

test("a wrong address is answered by a page that leads back", () => {
  const page = readFileSync(join(site, "404.html"), "utf8");
  assert.match(page, /There is no such page/);
  assert.match(page, /href="index\.html"/);
});

test("the note on how to run is at the end of a chapter, and on the first page",
  async () => {
    for (const name of [CHAPTER, "index.html"]) {
      const { page } = await open(browser, book + name);
      const after = await page.locator(".how-to-run").evaluate((note) =>
        [...note.parentElement?.children ?? []].filter((it) =>
          note.compareDocumentPosition(it) & Node.DOCUMENT_POSITION_FOLLOWING &&
          it.matches(".listing, .hook, h2, p:not([class])")).length);
      assert.equal(after, 0, name);
      await page.context().close();
    }
  });
