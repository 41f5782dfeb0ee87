// axe finds nothing: no rule is switched off, best practices included.

import { AxeBuilder } from "@axe-core/playwright";
import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAPTER, THEMES, WIDTHS, launch, open, predictions, serve, unfold }
  from "./browser.js";

const browser = await launch();
const book = await serve();

/** @typedef {import("playwright-core").Page} Page */

/**
 * @type {Record<string, (visit: import("./browser.js").Visit) => Promise<Page>>}
 */
const VIEWS = {
  "a chapter": async (visit) => (await open(browser, book + CHAPTER, visit)).page,

  "the claims": async (visit) =>
    (await open(browser, `${book}claims.html`, visit)).page,

  "the search results": async (visit) => {
    const { page } = await open(browser, book + CHAPTER, visit);
    await page.keyboard.press("s");
    await page.keyboard.type("kettle");
    await page.locator("#mdbook-searchresults li").first().waitFor();
    return page;
  },

  "an answered prediction, and all unfolded": async (visit) => {
    const { page } = await open(browser, book + CHAPTER, visit);
    const asked = page.locator("fieldset.predict").first();
    await asked.locator("input:not([data-right])").first().check();
    await asked.locator("[data-do=answer]").click();
    await unfold(page);
    return page;
  },

  "the contents open, and the themes": async (visit) => {
    const { page } = await open(browser, book + CHAPTER, visit);
    const toggle = page.locator("#mdbook-sidebar-toggle");
    if (await toggle.getAttribute("aria-expanded") === "false") {
      await toggle.click();
    } else {
      await page.locator("#mdbook-theme-toggle").click();
    }
    await page.waitForTimeout(400); // it slides in
    return page;
  },
};

/** @param {Page} page */
async function violations(page) {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.flatMap(({ id, help, nodes }) => nodes.map(
    ({ target, failureSummary }) =>
      `${id}: ${help}\n  ${target.join(" ")}\n  ${failureSummary}`));
}

for (const [name, view] of Object.entries(VIEWS)) {
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      test(`axe finds nothing: ${name}, ${theme}, ${width} px`, async () => {
        // Colours that are on their way would be judged halfway.
        const page = await view({
          theme, width, context: { reducedMotion: "reduce" },
        });
        const found = await violations(page);
        assert.deepEqual(found, [], found.join("\n"));
        await page.context().close();
      });
    }
  }
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
