// A listing as it is read: its header, its folds, its numbers, its tint, its
// run in sight, and a pair for a room.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAPTER, allSkipped, chapters } from "./book.js";
import { launch, menu, open, settled } from "./browser.js";
import { program } from "./copy.js";
import { serve } from "./serve.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Locator} Locator */

const browser = await launch();
const book = await serve();
const answers = allSkipped();

/** A chapter whose listings repeat much. */
const LONG = "ch10-bounded-concurrency.html";
const RIGHT = "#finished-tasks-right-way";

test("what was met above is one line, and opens in its colours", async () => {
  const { page, faults } = await open(browser, book + LONG, { answers });
  const listing = page.locator(RIGHT);
  const fold = listing.locator("pre.program details").first();
  assert.match(await fold.locator("summary").textContent() ?? "",
    /^imports, .* 31 lines, as in the wrong way$/);
  const lines = fold.locator("[data-n]");
  assert.equal(await lines.isVisible(), false);
  const before = await lines.textContent();
  await fold.locator("summary").press("Enter");
  assert.ok(await lines.isVisible());
  assert.ok(await lines.locator("b", { hasText: /^use$/ }).count() > 2);
  assert.equal(await lines.textContent(), before);
  await menu(listing);
  await listing.getByRole("button", { name: "Unfold all" }).click();
  const closed = listing.locator("pre.program details:not([open])");
  assert.equal(await closed.count(), 0);
  await menu(listing);
  await listing.getByRole("button", { name: "Fold what repeats" }).click();
  assert.ok(await closed.count() > 1);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("colours leave each folded line as it is", async () => {
  for (const chapter of chapters) {
    const { page } = await open(browser, book + chapter, { answers });
    const wrong = await page.evaluate(async () => {
      const folds = [...document.querySelectorAll(".program details")];
      const texts = folds.map((fold) => fold.textContent);
      for (const fold of folds) fold.setAttribute("open", "");
      await new Promise(requestAnimationFrame);
      await new Promise((done) => setTimeout(done, 100));
      const words = /\b(?:async|await|fn|let|use)\b/;
      return folds.filter((fold, at) => fold.textContent !== texts[at] ||
        words.test(fold.lastElementChild?.textContent ?? "") &&
        !fold.querySelector("[data-n] > *")).map((fold) => fold.textContent);
    });
    assert.deepEqual(wrong, [], chapter);
    await page.context().close();
  }
});

test("tests have their colours once they are opened", async () => {
  const { page } = await open(browser, book + CHAPTER, { answers });
  const claims = page.locator("#breakfast-right-way .claims");
  assert.equal(await claims.locator("code *").count(), 0);
  await claims.locator("summary").click();
  await claims.locator("code b", { hasText: /^mod$/ }).waitFor();
  await page.context().close();
});

test("who selects a program gets it without numbers", async () => {
  const { page } = await open(browser, book + CHAPTER, { answers });
  const selected = await page.evaluate(() => {
    const code = document.querySelector("#breakfast-right-way pre.program code");
    for (const fold of code?.querySelectorAll("details") ?? []) fold.open = true;
    if (code) getSelection()?.selectAllChildren(code);
    return getSelection()?.toString() ?? "";
  });
  assert.equal(selected.trim(), program("breakfast/src/right_way.rs").trim());
  const numbers = await page.locator("#breakfast-right-way [data-n]")
    .evaluateAll((parts) => parts.map((it) => it.getAttribute("data-n")));
  const lines = program("breakfast/src/right_way.rs").trim().split("\n");
  assert.equal(numbers.join("\n"),
    lines.map((_, index) => index + 1).join("\n"));
  await page.context().close();
});

test("code is 15 px, and 80 columns fit", async () => {
  const { page } = await open(browser, book + CHAPTER, { answers });
  const { size, room } = await page.evaluate(() => {
    const code = /** @type {Element} */ (
      document.querySelector("pre.program code"));
    const style = getComputedStyle(code);
    const probe = document.createElement("span");
    probe.textContent = "x".repeat(80);
    code.append(probe);
    const { width } = probe.getBoundingClientRect();
    probe.remove();
    const start = parseFloat(style.paddingInlineStart);
    return { size: style.fontSize,
      room: (code.parentElement?.clientWidth ?? 0) - start - width };
  });
  assert.equal(size, "15px");
  assert.ok(room >= 0, `${room} px are left`);
  await page.context().close();
});

test("changed words are tinted in the later listing, with one legend", async () => {
  for (const chapter of [CHAPTER, LONG]) {
    const { page } = await open(browser, book + chapter, { answers });
    assert.equal(await page.locator(".wrong-way mark").count(), 0);
    assert.ok(await page.locator(".right-way pre mark").count() > 3);
    assert.equal(await page.locator("p.legend").count(), 1);
    await page.context().close();
  }
});

/** @param {Locator} locator whether a click on its middle would reach it */
const reached = (locator) => locator.evaluate((element) => {
  const { left, top, width, height } = element.getBoundingClientRect();
  const there = document.elementFromPoint(left + width / 2, top + height / 2);
  return !!there && element.contains(there);
});

for (const [width, height] of [[1280, 800], [360, 740]]) {
  test(`header, lines and bars are in sight, ${width} px`, async () => {
    const { page } = await open(browser, book + LONG,
      { answers, width, height });
    const listing = page.locator("#fixed-retry-wrong-way");
    await listing.locator("pre.program").evaluate((it) => {
      const { top } = it.getBoundingClientRect();
      window.scrollBy({ top: top - 40, behavior: "instant" });
    });
    const replay = listing.locator("[data-do=replay]");
    await settled(page);
    assert.ok(await reached(replay), "the header is in sight");
    const head = await listing.locator("header").boundingBox();
    assert.ok(head && head.height <= 100, "two rows at most");
    if (width === 360) {
      for (const it of await listing.locator(
        "header :is(.tools :is(button, select), .menu > summary)").all()) {
        const box = await it.boundingBox();
        assert.ok(box && box.width >= 44 && box.height >= 44, "for a finger");
      }
    }
    await replay.click();
    await page.waitForTimeout(1500);
    assert.ok(await reached(replay), "Stop is in sight");
    for (const what of [".transcript li", "svg .bar", "pre.program [data-n]"]) {
      const seen = await listing.locator(what).evaluateAll((all) =>
        all.some((it) => {
          const { top, bottom } = it.getBoundingClientRect();
          return bottom > 0 && top < innerHeight - 10;
        }));
      assert.ok(seen, `${what} is in sight`);
    }
    await listing.getByRole("button", { name: "Unpin" }).click();
    assert.equal(await listing.locator(".in-sight").count(), 0);
    await page.context().close();
  });
}

test("the menu opens and closes by keyboard, and by a click elsewhere", async () => {
  const { page } = await open(browser, book + CHAPTER, { answers });
  const listing = page.locator("#breakfast-wrong-way");
  const summary = listing.locator(".menu > summary");
  await summary.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const first = await page.evaluate(() => document.activeElement?.textContent);
  assert.equal(first, "Copy the program");
  await page.keyboard.press("Escape");
  assert.equal(await listing.locator(".menu[open]").count(), 0);
  assert.ok(await summary.evaluate((it) => it === document.activeElement));
  await summary.click();
  await page.locator("main h1").click();
  assert.equal(await listing.locator(".menu[open]").count(), 0);
  const names = await listing.locator("button:not(.predict *)")
    .evaluateAll((all) => all.map((it) => it.textContent));
  assert.equal(new Set(names).size, names.length, names.join(", "));
  await page.context().close();
});

test("P shows one pair, large, and the arrows turn to the next", async () => {
  const { page, faults } = await open(browser, book + LONG,
    { answers, width: 1920, height: 1080 });
  await page.locator(RIGHT).scrollIntoViewIfNeeded();
  const { url } = await page.evaluate(() => ({ url: location.href }));
  await page.keyboard.press("p");
  const dialog = page.getByRole("dialog");
  const title = dialog.locator("h2");
  assert.match(await title.textContent() ?? "", /^finished-tasks \(\d of 7\)$/);
  const ways = dialog.locator("pre.program");
  assert.equal(await ways.count(), 2);
  const [left, right] = await ways.evaluateAll((all) => all.map((it) => {
    const { x, top } = it.getBoundingClientRect();
    return { x, top, size: parseFloat(getComputedStyle(it).fontSize),
      over: it.scrollWidth - it.clientWidth };
  }));
  assert.ok(left.x < right.x && left.top === right.top, "side by side");
  assert.ok(left.size > 16, `${left.size} px`);
  assert.ok(left.over <= 0 && right.over <= 0, "no line is cut");
  await page.keyboard.press("ArrowRight");
  assert.match(await title.textContent() ?? "", /^head-of-line/);
  await page.keyboard.press("ArrowLeft");
  assert.match(await title.textContent() ?? "", /^finished-tasks/);
  assert.equal(page.url(), url);
  await page.keyboard.press("Escape");
  assert.equal(await dialog.count(), 0);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("what is sealed is not presented", async () => {
  const { page } = await open(browser, book + LONG);
  const asked = page.locator(".listing:has(.run[hidden])").first();
  await menu(asked);
  await asked.getByRole("button", { name: "Present" }).click();
  const id = await asked.getAttribute("class") ?? "";
  const way = id.includes("wrong-way") ? ".wrong-way" : ".right-way";
  assert.equal(await page.getByRole("dialog").locator(`${way} svg`).count(), 0);
  await page.context().close();
});

test("the code of a chapter is light", async (t) => {
  for (const chapter of chapters) {
    const { page } = await open(browser, book + chapter, { answers });
    const [elements, bytes] = await page.evaluate(() => {
      const all = [...document.querySelectorAll("pre.program")];
      return [all.reduce((sum, it) => sum + it.querySelectorAll("*").length, 0),
        all.reduce((sum, it) => sum + it.outerHTML.length, 0)];
    });
    t.diagnostic(`${chapter}: ${elements} elements, ${bytes} bytes of code`);
    assert.ok(elements <= 1500, `${chapter}: ${elements} elements`);
    assert.ok(bytes <= 75_000, `${chapter}: ${bytes} bytes`);
    await page.context().close();
  }
});
