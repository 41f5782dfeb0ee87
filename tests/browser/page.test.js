// Every page of the book, as different readers meet it: with a mouse, with a
// keyboard alone, without scripts, on a phone, on paper.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CHAPTER, THEMES, allSkipped, chapters, launch, open, pages,
  predictions, root, serve } from "./browser.js";

const browser = await launch();
const book = await serve();

/** @typedef {import("playwright-core").Page} Page */

// Errors and requests

test("no page has an error, a failed request or an external one", async (t) => {
  for (const name of [...pages, "print.html"]) {
    const { page, faults } = await open(browser, book + name);
    await page.waitForLoadState("networkidle");
    assert.deepEqual(faults, [], name);
    await page.context().close();
  }
  t.diagnostic(`${pages.length + 1} pages`);
});

test("no page has an id twice, or a description that is not there", async () => {
  for (const name of pages) {
    const { page } = await open(browser, book + name);
    const broken = await page.evaluate(brokenReferences);
    assert.deepEqual(broken, [], name);
    await page.context().close();
  }
});

/** Runs in the page. */
function brokenReferences() {
  const broken = [];
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const [i, id] of ids.entries()) {
    if (ids.indexOf(id) !== i) broken.push(`twice: ${id}`);
  }
  const names = ["aria-labelledby", "aria-describedby", "aria-controls",
    "aria-details", "for", "data-of"];
  for (const name of names) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      for (const id of (element.getAttribute(name) ?? "").split(/\s+/)) {
        if (!ids.includes(id)) broken.push(`${name}: ${id}`);
      }
    }
  }
  return broken;
}

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

// Keyboard

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
      await page.waitForTimeout(500); // it slides
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
  await page.waitForTimeout(200);
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
  await page.waitForTimeout(200);
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

// Copy

/** @param {string} lesson */
function folderOf(lesson) {
  const listings = join(root, "listings");
  const found = readdirSync(listings).find(
    (chapter) => readdirSync(join(listings, chapter)).includes(lesson));
  assert.ok(found, `listings/*/${lesson}`);
  return join(listings, found);
}

/**
 * The program of a file, as a reader would type it: what is above its tests,
 * without the marks for excerpts.
 * @param {string} file "breakfast/src/wrong_way.rs"
 */
function program(file) {
  const path = join(folderOf(file.split("/")[0]), file);
  const [above] = readFileSync(path, "utf8").split("#[cfg(test)]\nmod ");
  const lines = above.split("\n").filter(
    (line) => !/^\s*\/\/ ANCHOR(_END)?:/.test(line));
  return `${lines.join("\n").trimEnd()}\n`;
}

const clipboard = { permissions: ["clipboard-read", "clipboard-write"] };

test("to copy a listing gives exactly its program", async (t) => {
  let count = 0;
  for (const name of chapters) {
    const { page } = await open(browser, book + name, { context: clipboard });
    for (const listing of await page.locator(".listing").all()) {
      const file = await listing.locator(".file").textContent() ?? "";
      await listing.locator("[data-do=copy]").click();
      await listing.getByText("Copied", { exact: true }).waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.equal(copied, program(file), file);
      count += 1;
    }
    await page.context().close();
  }
  assert.ok(count > 30);
  t.diagnostic(`${count} programs copied`);
});

test("to copy a command leaves out the prompt", async () => {
  const { page } = await open(browser, book + CHAPTER, { context: clipboard });
  const listing = page.locator(".listing").first();
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
  await page.locator("[data-do=copy]").first().click();
  await page.getByText("Not copied", { exact: true }).waitFor();
  assert.match(await page.locator(".copied").textContent() ?? "", /^Not copied/);
  const selected = await page.evaluate(() => getSelection()?.toString());
  assert.match(selected ?? "", /fn brew_coffee/);
  await page.context().close();
});

// Without scripts

test("without scripts the page is whole, and offers nothing dead", async () => {
  for (const name of chapters) {
    const { page } = await open(
      browser, book + name, { context: { javaScriptEnabled: false } });
    for (const line of await page.locator(".transcript li").all()) {
      assert.ok(await line.isVisible(), `${name}: a line`);
    }
    for (const what of [".tools", "button", "select", "main input"]) {
      const seen = await page.locator(`${what}:visible`).count();
      assert.equal(seen, 0, `${name}: ${what} cannot do a thing`);
    }
    const questions = await page.locator("fieldset.predict").count();
    assert.equal(questions, predictions()[name]?.length ?? 0);
    assert.equal(
      await page.locator("details.answer summary:visible").count(), questions);
    await page.context().close();
  }
});

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

// Phone and paper

test("no chapter scrolls sideways at 360 px", async () => {
  for (const name of pages) {
    const { page } = await open(
      browser, book + name, { width: 360, answers: allSkipped() });
    const wide = await page.evaluate(tooWide);
    assert.deepEqual(wide, [], name);
    await page.context().close();
  }
});

/** Runs in the page: what makes it wider than the window. */
function tooWide() {
  const wide = [];
  for (const box of [document.documentElement, document.body,
    document.querySelector("#mdbook-content")]) {
    if (box && box.scrollWidth > box.clientWidth + 1) {
      wide.push(`${box.tagName} ${box.id}: ${box.scrollWidth} px`);
    }
  }
  for (const part of document.querySelectorAll("main > *, .listing > *, .pair > *")) {
    const { right } = part.getBoundingClientRect();
    if (right > innerWidth + 1) {
      wide.push(`${part.tagName}.${part.className}: to ${right} px`);
    }
  }
  return wide;
}

test("on paper all runs are there, whole, and the answers at the end", async () => {
  for (const name of chapters) {
    // A reader who has answered nothing prints too.
    const { page } = await open(browser, book + name, { width: 720 });
    await page.emulateMedia({ media: "print" });
    const missing = await page.evaluate(missingOnPaper);
    assert.deepEqual(missing, [], name);
    await page.context().close();
  }
});

/** Runs in the page, which is laid out for paper. */
function missingOnPaper() {
  const missing = [];
  const seen = (/** @type {Element} */ element) => element.checkVisibility(
    { contentVisibilityAuto: true, visibilityProperty: true });
  for (const what of [".transcript li", "svg[data-scale]", "pre.program",
    "fieldset.predict .question", ".answers"]) {
    for (const element of document.querySelectorAll(what)) {
      const { height } = element.getBoundingClientRect();
      if (!seen(element) || height === 0) missing.push(`not seen: ${what}`);
    }
  }
  for (const what of ["button", "select", "details.answer", "#mdbook-menu-bar"]) {
    if ([...document.querySelectorAll(what)].some(seen)) {
      missing.push(`of no use on paper: ${what}`);
    }
  }
  for (const box of document.querySelectorAll("pre, pre > code, .run, .sides")) {
    if (seen(box) && box.scrollWidth > box.clientWidth + 1) {
      missing.push(`clipped: ${box.tagName}.${box.className}`);
    }
  }
  const questions = document.querySelectorAll("fieldset.predict");
  const answers = document.querySelector(".answers");
  const last = questions[questions.length - 1];
  if (last && !answers) missing.push("no answers");
  if (last && answers && last.getBoundingClientRect().bottom >
    answers.getBoundingClientRect().top) missing.push("answers not at the end");
  return missing;
}

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
  await page.locator("#mdbook-sidebar-toggle").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => getComputedStyle(
    /** @type {Element} */ (document.getElementById("mdbook-sidebar")))
    .display === "none");
  await page.context().close();
});
