// The book is whole in itself: it works from a folder, and below any path.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { CHAPTER, allSkipped, site } from "./book.js";
import { launch, open } from "./browser.js";
import { serve } from "./serve.js";

const browser = await launch();

const PLACES = {
  "from a folder": `${pathToFileURL(site).href}/`,
  "below a path": await serve("/some/course/"),
};

for (const [place, book] of Object.entries(PLACES)) {
  test(`pages and their links work ${place}`, async () => {
    const { page, faults } = await open(browser, `${book}index.html`);
    const first = page.locator("#mdbook-sidebar a[href*=ch01]").first();
    await first.click();
    await page.waitForURL(`${book + CHAPTER}`);
    await page.keyboard.press("ArrowRight");
    await page.waitForURL(/ch02-/);
    await page.locator("main h1").waitFor();
    assert.deepEqual(faults, []);
    await page.context().close();
  });

  test(`search works ${place}`, async () => {
    const { page, faults } = await open(browser, book + CHAPTER);
    await page.keyboard.press("s");
    await page.keyboard.type("kettle");
    await page.locator("#mdbook-searchresults a[href*=ch02]").first().click();
    await page.waitForURL(/ch02-.*highlight=kettle/);
    await page.locator("main mark").first().waitFor();
    assert.deepEqual(faults, []);
    await page.context().close();
  });

  test(`a replay works ${place}`, async () => {
    const { page, faults } = await open(
      browser, book + CHAPTER, { answers: place.includes("path") ? allSkipped() : {} });
    const skip = page.locator("fieldset.predict [data-do=skip]:visible");
    while (await skip.count() > 0) await skip.first().click();
    const listing = page.locator(".listing.right-way").first();
    await listing.locator(".speed").selectOption("4");
    await listing.locator("[data-do=replay]").click();
    await page.getByText(/^Replay over: ended after/).waitFor({ state: "attached" });
    assert.deepEqual(faults, []);
    await page.context().close();
  });

  test(`a theme that is chosen stays ${place}`, async () => {
    const { page, faults } = await open(browser, book + CHAPTER);
    await page.locator("#mdbook-theme-toggle").click();
    await page.locator("#mdbook-theme-navy").click();
    await page.reload();
    assert.match(await page.locator("html").getAttribute("class") ?? "", /navy/);
    assert.deepEqual(faults, []);
    await page.context().close();
  });
}
