// A chapter with a keyboard alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAPTER, allSkipped } from "./book.js";
import { launch, open, settled } from "./browser.js";
import { serve } from "./serve.js";

const browser = await launch();
const book = await serve();

/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page */
function focused(page) {
  return page.evaluate(() => {
    const { activeElement: element } = document;
    return element?.id || element?.className || element?.tagName;
  });
}

/**
 * Tabs until an element has the focus.
 * @param {Page} page
 * @param {string} what
 * @param {number} [most]
 */
async function tabTo(page, what, most = 120) {
  for (let i = 0; i < most; i += 1) {
    await page.keyboard.press("Tab");
    const there = await page.evaluate(
      (selector) => document.activeElement?.matches(selector), what);
    if (there) return;
  }
  assert.fail(`no ${what} in ${most} stops, but ${await focused(page)}`);
}

test("the first stop skips to the text", async () => {
  const { page } = await open(browser, book + CHAPTER);
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "skip-link");
  const box = await page.locator(".skip-link").boundingBox();
  assert.ok(box && box.x >= 0 && box.y >= 0 && box.height > 10, "it is seen");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const inside = await page.evaluate(
    () => document.activeElement?.closest("main") !== null);
  assert.ok(inside, await focused(page));
  await page.context().close();
});

test("the contents open and close by keyboard, and tell so", async () => {
  for (const width of [1280, 360]) {
    const { page } = await open(browser, book + CHAPTER, { width });
    const toggle = page.locator("#mdbook-sidebar-toggle");
    const links = page.locator("#mdbook-sidebar a").first();
    await tabTo(page, "#mdbook-sidebar-toggle");
    const before = await toggle.getAttribute("aria-expanded");
    assert.equal(before, width === 1280 ? "true" : "false");
    for (const [key, expanded] of [
      ["Enter", before === "false"],
      ["Space", before === "true"],
    ]) {
      await page.keyboard.press(String(key));
      await settled(page); // it slides
      assert.equal(await toggle.getAttribute("aria-expanded"), String(expanded));
      assert.equal(await inSight(links), expanded);
      assert.equal(await focused(page), "mdbook-sidebar-toggle");
    }
    await page.context().close();
  }
});

/** @param {import("playwright-core").Locator} locator */
function inSight(locator) {
  return locator.evaluate((element) => {
    const { right, width } = element.getBoundingClientRect();
    return element.checkVisibility() && width > 0 && right > 0;
  });
}

test("closed contents are no stop on the way", async () => {
  const { page } = await open(browser, book + CHAPTER, { width: 360 });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "mdbook-sidebar-toggle");
  await page.context().close();
});

test("the contents are widened by keyboard", async () => {
  const { page } = await open(browser, book + CHAPTER);
  const handle = page.locator("[role=separator]");
  await handle.focus();
  const before = Number(await handle.getAttribute("aria-valuenow"));
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((old) => Number(document.querySelector(
    "[role=separator]")?.getAttribute("aria-valuenow")) === old + 20, before);
  assert.equal(page.url(), book + CHAPTER, "no page is turned");
  await page.context().close();
});

test("Escape closes the themes", async () => {
  const { page } = await open(browser, book + CHAPTER);
  await tabTo(page, "#mdbook-theme-toggle");
  await page.keyboard.press("Enter");
  await page.locator("#mdbook-theme-list").waitFor({ state: "visible" });
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Escape");
  await page.locator("#mdbook-theme-list").waitFor({ state: "hidden" });
  assert.equal(await focused(page), "mdbook-theme-toggle");
  await page.context().close();
});

test("the help on keys takes the focus, and gives it back", async () => {
  const { page } = await open(browser, book + CHAPTER);
  await page.locator("#mdbook-theme-toggle").focus();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  assert.equal(await focused(page), "mdbook-help-popup");
  await page.keyboard.press("Escape");
  await page.locator("#mdbook-help-popup").waitFor({ state: "hidden" });
  assert.equal(await focused(page), "mdbook-theme-toggle");
  await page.context().close();
});

test("a replay is started and stopped by Enter", async () => {
  const { page } = await open(
    browser, book + CHAPTER, { answers: allSkipped() });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter"); // past the contents
  await tabTo(page, "[data-do=replay]");
  await page.keyboard.press("Enter");
  const text = () => page.evaluate(() => document.activeElement?.textContent);
  assert.equal(await text(), "Stop");
  await page.keyboard.press("Enter");
  assert.equal(await text(), "Replay");
  await page.context().close();
});

test("the arrow keys scroll a block that scrolls, and turn no page", async () => {
  const { page } = await open(browser, book + CHAPTER, { width: 360 });
  const block = page.locator("pre.program").first();
  await settled(page);
  assert.equal(await block.getAttribute("tabindex"), "0");
  await block.focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() =>
    (document.querySelector("pre.program")?.scrollLeft ?? 0) > 0);
  assert.equal(page.url(), book + CHAPTER);
  await page.context().close();
});

test("a block that shows all it has is no stop on the way", async () => {
  const { page } = await open(browser, book + CHAPTER, { width: 1280 });
  await settled(page);
  const stops = await page.locator("pre[tabindex]:visible").evaluateAll(
    (all) => all.filter((pre) => pre.scrollWidth <= pre.clientWidth).length);
  assert.equal(stops, 0);
  await page.context().close();
});

test("the arrow keys take the focus through the search results", async () => {
  const { page } = await open(browser, book + CHAPTER);
  await page.keyboard.press("s");
  await page.keyboard.type("kettle");
  await page.locator("#mdbook-searchresults li").nth(1).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const second = await page.evaluate(() => document.activeElement ===
    document.querySelectorAll("#mdbook-searchresults li a")[1]);
  assert.ok(second, await focused(page));
  await page.keyboard.press("Enter");
  await page.waitForURL(/highlight=kettle/);
  await page.context().close();
});

test("this page is marked in the contents, and one heading is the first", async () => {
  const { page } = await open(browser, book + CHAPTER);
  const current = page.locator("#mdbook-sidebar [aria-current=page]");
  assert.match(await current.getAttribute("href") ?? "", /ch01/);
  assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1);
  await page.context().close();
});
