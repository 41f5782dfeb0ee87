// A chapter as different readers meet it: with a mouse, without scripts, on
// paper, without motion. What holds for all pages is in every-page.test.js.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAPTER, allSkipped } from "./book.js";
import { THEMES, launch, menu, open, settled } from "./browser.js";
import { CLIPBOARD, program } from "./copy.js";
import { serve } from "./serve.js";

const browser = await launch();
const book = await serve();

// Themes

test("a theme is chosen by mouse, and its colours come with it", async () => {
  const { page } = await open(browser, book + CHAPTER);
  const colours = new Set();
  for (const theme of THEMES) {
    await page.locator("#mdbook-theme-toggle").click();
    await page.locator(`#mdbook-theme-${theme}`).click();
    assert.match(
      await page.locator("html").getAttribute("class") ?? "",
      new RegExp(`\\b${theme}\\b`));
    assert.equal(
      await page.locator(`#mdbook-theme-${theme}`).getAttribute("aria-checked"),
      "true");
    assert.equal(await page.locator("[aria-checked=true]").count(), 1);
    await page.locator("#mdbook-theme-toggle").click();
    colours.add(await page.evaluate(
      () => getComputedStyle(document.documentElement).backgroundColor));
  }
  assert.equal(colours.size, THEMES.length);
  await page.context().close();
});

// Copy

test("to copy a command leaves out the prompt", async () => {
  const { page } = await open(browser, book + CHAPTER, { context: CLIPBOARD });
  const listing = page.locator(".listing").first();
  await menu(listing);
  await listing.locator("[data-do=copy-command]").click();
  await listing.getByText("Copied", { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()),
    "cargo run --bin breakfast-wrong-way");
  assert.equal(await page.locator(".copied").textContent(), "Copied.");
  await listing.getByText("Copied", { exact: true }).waitFor({ state: "hidden" });
  assert.equal(await page.locator(".copied").textContent(), "");
  await page.context().close();
});

test("without a clipboard it copies the old way", async () => {
  const { page } = await open(browser, book + CHAPTER);
  await page.evaluate(() =>
    Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await menu(page.locator(".listing").first());
  await page.locator("[data-do=copy]").first().focus();
  await page.keyboard.press("Enter");
  await page.getByText("Copied", { exact: true }).waitFor();
  assert.match(await page.evaluate(
    () => document.activeElement?.textContent ?? ""), /Copied/);
  await page.evaluate(() => {
    const area = document.createElement("textarea");
    area.id = "pasted";
    document.body.prepend(area);
    area.focus();
  });
  await page.keyboard.press("Control+v");
  assert.equal(await page.locator("#pasted").inputValue(),
    program("breakfast/src/wrong_way.rs"));
  await page.context().close();
});

test("what could not be copied is selected, and it says so", async () => {
  const { page } = await open(browser, book + CHAPTER);
  await page.evaluate(() => {
    Object.defineProperty(navigator, "clipboard", { value: undefined });
    document.execCommand = () => false;
  });
  await menu(page.locator(".listing").first());
  await page.locator("[data-do=copy]").first().click();
  await page.getByText("Not copied", { exact: true }).waitFor();
  assert.match(await page.locator(".copied").textContent() ?? "", /^Not copied/);
  const selected = await page.evaluate(() => getSelection()?.toString());
  assert.match(selected ?? "", /fn brew_coffee/);
  await page.context().close();
});

// Without scripts

test("without scripts an answer unfolds, and the contents are a link", async () => {
  const { page } = await open(
    browser, book + CHAPTER, { context: { javaScriptEnabled: false } });
  const answer = page.locator("details.answer").first();
  await answer.locator("summary").click();
  assert.ok(await answer.locator("p").first().isVisible());
  await page.locator(".contents-link").click();
  await page.waitForURL(`${book}toc.html`);
  await page.locator("a[href*=ch02]").click();
  await page.waitForURL(/ch02-/);
  await page.context().close();
});

// Paper

test("a page prints", async (t) => {
  const { page } = await open(browser, book + CHAPTER);
  const paper = await page.pdf({ format: "A4" });
  t.diagnostic(`${CHAPTER} as a PDF: ${(paper.length / 1000).toFixed(0)} kB`);
  assert.ok(paper.length > 10_000);
  await page.context().close();
});

// Motion

test("nothing moves for those who want no motion", async () => {
  const { page } = await open(browser, book + CHAPTER, {
    width: 360, answers: allSkipped(), context: { reducedMotion: "reduce" },
  });
  const moving = await page.evaluate(() => [
    ...document.querySelectorAll("*"),
  ].flatMap((element) => {
    const style = getComputedStyle(element);
    const longest = Math.max(
      ...`${style.transitionDuration}, ${style.animationDuration}`
        .split(",").map(parseFloat));
    return longest > 0.011 ? [`${element.tagName}#${element.id}`] : [];
  }));
  assert.deepEqual(moving, []);
  // What mdBook does at the end of a motion, it does all the same.
  await page.locator("#mdbook-sidebar-toggle").click();
  await settled(page);
  await page.locator("#mdbook-sidebar-toggle").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => getComputedStyle(
    /** @type {Element} */ (document.getElementById("mdbook-sidebar")))
    .display === "none");
  await page.context().close();
});
