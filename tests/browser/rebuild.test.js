// What a page does while its book is built again: it is loaded again once it has
// changed, and then alone, and it says while the book can't be built.

import assert from "node:assert/strict";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync,
  writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CHAPTER, root } from "./book.js";
import { giveWay, launch, open } from "./browser.js";
import { LONG, started } from "./workbook.js";

/** @typedef {import("playwright-core").Page} Page */

giveWay();
const workbook = copied();
const browser = await launch();
const { book, storageState } = await started(workbook);

/** A chapter that changes, and the page made of it. */
const CHANGED = "ch02-lazy-futures";
const file = join(workbook, "src", `${CHANGED}.md`);

const visit = (/** @type {string} */ page) =>
  open(browser, book + page, { context: { storageState } });

/** A copy of the workbook, which may be spoiled; the server ends before it. */
function copied() {
  const folder = mkdtempSync(join(tmpdir(), "workbook-"));
  process.on("exit", () => rmSync(folder, { recursive: true }));
  for (const name of ["book.toml", "listings", "src", "tools/book/page"]) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  return folder;
}

/**
 * Marks a page as it is; one that is loaded again has no mark.
 * @param {Page} page
 */
const mark = (page) =>
  page.evaluate(() => { document.documentElement.dataset.mark = "yes"; });

/** @param {Page} page */
const isMarked = (page) => page.locator("html[data-mark]").isVisible();

test("a page that did not change is not loaded again", async () => {
  const changed = await visit(`${CHANGED}.html`);
  const other = await visit(CHAPTER);
  await mark(changed.page);
  await mark(other.page);
  appendFileSync(file, "\nA sentence more.\n");
  await changed.page.getByText("A sentence more.")
    .waitFor({ timeout: LONG });
  assert.ok(!await isMarked(changed.page), "the page was changed in place");
  // It is told of a build when the other is, and loads at once.
  await other.page.waitForTimeout(1000);
  assert.ok(await isMarked(other.page), "the other page was loaded again");
  assert.deepEqual([...changed.faults, ...other.faults], []);
  await changed.page.context().close();
  await other.page.context().close();
});

test("a build that fails is told on the page until one succeeds", async () => {
  const { page, faults } = await visit(CHAPTER);
  const bar = page.getByRole("alert").filter({ hasText: "can't be built" });
  assert.equal(await bar.count(), 0);
  await mark(page);
  const spoiled = join(workbook, "src", "ch03-async-await.md");
  const sound = readFileSync(spoiled, "utf8");
  appendFileSync(spoiled, "\n{{#listing no-lesson/right_way}}\n");
  await bar.waitFor({ timeout: LONG });
  const line = sound.split("\n").length + 1;
  assert.match(await bar.textContent() ?? "",
    new RegExp(`this page may be old.\n.*ch03-async-await.md:${line}`));
  writeFileSync(spoiled, sound);
  await bar.waitFor({ state: "detached", timeout: LONG });
  assert.ok(await isMarked(page), "the page is as it was, and is loaded again");
  assert.deepEqual(faults, []);
  await page.context().close();
});
