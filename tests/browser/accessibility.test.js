// axe finds nothing, in no theme and at no width.

import assert from "node:assert/strict";
import { test } from "node:test";
import { violations } from "./axe.js";
import { CHAPTER, predictions } from "./book.js";
import { THEMES, WIDTHS, choose, giveWay, launch, open, settled, unfold }
  from "./browser.js";
import { serve } from "./serve.js";

giveWay();
const browser = await launch();
const book = await serve();

/** @typedef {import("playwright-core").Page} Page */

/**
 * What there is to look at, from a chapter on.
 * @type {Record<string, (page: Page) => Promise<unknown>>}
 */
const VIEWS = {
  "a chapter": async () => {},

  "the first page": (page) => page.goto(`${book}index.html`),

  "the claims": (page) => page.goto(`${book}claims.html`),

  "the search results": async (page) => {
    await page.keyboard.press("s");
    await page.keyboard.type("kettle");
    await page.locator("#mdbook-searchresults li").first().waitFor();
  },

  "an answered prediction, and all unfolded": async (page) => {
    const asked = page.locator("fieldset.predict").first();
    await asked.locator("input:not([data-right])").first().check();
    await asked.locator("[data-do=answer]").click();
    await unfold(page);
  },

  "the contents open, and the themes": async (page) => {
    const toggle = page.locator("#mdbook-sidebar-toggle");
    if (await toggle.getAttribute("aria-expanded") === "false") {
      await toggle.click();
    } else {
      await page.locator("#mdbook-theme-toggle").click();
    }
  },
};

for (const [name, look] of Object.entries(VIEWS)) {
  for (const width of WIDTHS) {
    test(`axe finds nothing: ${name}, ${width} px`, async (t) => {
      // One page, theme after theme. Colours that are on their way would be
      // judged halfway.
      const { page, context } = await open(browser, book + CHAPTER,
        { width, context: { reducedMotion: "reduce" } });
      await look(page);
      for (const theme of THEMES) {
        await t.test(theme, () => assertSound(page, theme));
      }
      await context.close();
    });
  }
}

/** @param {Page} page @param {string} theme */
async function assertSound(page, theme) {
  await choose(page, theme);
  await settled(page);
  assert.match(await page.locator("html").getAttribute("class") ?? "",
    new RegExp(`\\b${theme}\\b`));
  const found = await violations(page);
  assert.deepEqual(found, [], found.join("\n"));
}

test("axe does find what is wrong", async () => {
  const { page } = await open(browser, book + CHAPTER);
  await page.evaluate(() => {
    document.querySelector("main p")?.setAttribute(
      "style", "color: #ddd; background: #fff");
  });
  const found = await violations(page);
  assert.ok(found.some((fault) => fault.startsWith("color-contrast")));
  await page.context().close();
});

test("there are predictions to look at", () => {
  assert.ok(predictions()[CHAPTER].length >= 2);
});
