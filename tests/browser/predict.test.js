// Predict, then look.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAPTER, allSkipped, predictions } from "./book.js";
import { launch, open, settled } from "./browser.js";
import { serve } from "./serve.js";

const browser = await launch();
const book = await serve();

/** @typedef {import("playwright-core").Page} Page */

const IDS = predictions()[CHAPTER];
const ID = IDS[0];

/**
 * The first prediction of the chapter, and what stands around it.
 * @param {Page} page
 */
function parts(page) {
  const fieldset = page.locator(`fieldset#${ID}`);
  const listing = page.locator(".listing", { has: fieldset });
  return {
    fieldset,
    listing,
    run: listing.locator(".run"),
    replay: listing.locator("[data-do=replay]"),
    right: fieldset.locator("label:has([data-right])"),
    wrong: fieldset.locator("label:not(:has([data-right]))").first(),
    look: fieldset.locator("[data-do=answer]"),
    skip: fieldset.locator("[data-do=skip]"),
    again: fieldset.locator("[data-do=again]"),
    verdict: fieldset.locator(".verdict"),
    answer: fieldset.locator("details.answer"),
  };
}

/** @param {import("./browser.js").Visit} [visit] @param {string} [hash] */
async function visit(visit = {}, hash = "") {
  const { page, faults } = await open(browser, book + CHAPTER + hash, visit);
  return { page, faults, ...parts(page) };
}

/** @param {Page} page */
async function stored(page) {
  const text = await page.evaluate(
    () => localStorage.getItem("workbook-answers"));
  return JSON.parse(text ?? "{}").answers ?? {};
}

/** @param {import("playwright-core").Locator} run */
async function assertHidden(run) {
  assert.equal(await run.getAttribute("hidden"), "until-found");
  const shown = await run.locator(".transcript").evaluate(
    (list) => list.checkVisibility({ contentVisibilityAuto: true }));
  assert.equal(shown, false, "the transcript cannot be seen");
}

/** @param {import("playwright-core").Locator} run */
async function assertShown(run) {
  assert.equal(await run.getAttribute("hidden"), null);
  const shown = await run.locator(".transcript").evaluate(
    (list) => list.checkVisibility());
  assert.equal(shown, true, "the transcript can be seen");
}

test("until it is answered, the run is hidden and cannot be replayed", async () => {
  const { page, run, replay, look, skip, answer, faults } = await visit();
  await assertHidden(run);
  assert.equal(await replay.isDisabled(), true);
  assert.equal(await look.isVisible(), true);
  assert.equal(await skip.isVisible(), true);
  assert.equal(await answer.isVisible(), false);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("to look without a choice is asked for one, in words", async () => {
  const { page, run, look, verdict } = await visit();
  await look.click();
  assert.equal(await verdict.textContent(), "Choose an answer first.");
  await assertHidden(run);
  await page.context().close();
});

test("a right answer is said to be right, and the run is replayed", async () => {
  const { page, run, right, wrong, look, verdict, answer, replay, fieldset } =
    await visit();
  const words = (await right.textContent())?.trim();
  await right.locator("input").check();
  await look.click();
  assert.equal(await verdict.textContent(), `Right: ${words}.`);
  await assertShown(run);
  assert.equal(await replay.textContent(), "Stop");
  assert.equal(await answer.getAttribute("open"), "");
  assert.match(await right.getAttribute("class") ?? "", /correct.*chosen/);
  assert.equal(await right.textContent(), ` ${words} ✓ right, your answer`);
  assert.equal(await wrong.getAttribute("class"), "mistaken");
  assert.equal(await fieldset.locator("input:enabled").count(), 0);
  await page.context().close();
});

test("a wrong answer is told what it was, and what it is", async () => {
  const { page, run, right, wrong, look, verdict } = await visit();
  const [said, is] = [
    (await wrong.textContent())?.trim() ?? "",
    (await right.textContent())?.trim() ?? "",
  ];
  await wrong.locator("input").check();
  await look.click();
  assert.equal(
    await verdict.textContent(), `Not quite: you said ${said}, it is ${is}.`);
  assert.match(await wrong.textContent() ?? "", /✗ wrong, your answer$/);
  assert.match(await right.textContent() ?? "", /✓ right$/);
  await assertShown(run);
  await page.context().close();
});

test("without motion the run is shown, not replayed", async () => {
  const { page, run, right, look, replay } =
    await visit({ context: { reducedMotion: "reduce" } });
  await right.locator("input").check();
  await look.click();
  await assertShown(run);
  assert.equal(await replay.textContent(), "Replay");
  assert.equal(await run.locator(".to-come").count(), 0);
  await page.context().close();
});

test("all of it works by keyboard", async () => {
  const { page, fieldset, verdict, again } = await visit();
  await fieldset.locator("input").first().focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  assert.equal(new URL(page.url()).pathname, `/${CHAPTER}`, "no page is turned");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.match(await verdict.textContent() ?? "", /^(Right|Not quite)/);
  await page.waitForFunction(() =>
    document.activeElement?.getAttribute("data-do") === "again");
  await page.keyboard.press("Enter");
  assert.equal(await again.isVisible(), false);
  assert.equal(
    await fieldset.locator("input").first().evaluate(
      (input) => input === document.activeElement), true);
  await page.context().close();
});

test("who would rather not answer is shown the run at once", async () => {
  const { page, run, skip, replay, answer, look, fieldset } = await visit();
  await skip.click();
  await assertShown(run);
  assert.equal(await replay.textContent(), "Replay");
  assert.equal(await replay.isDisabled(), false);
  assert.equal(await skip.isVisible(), false);
  assert.equal(await answer.isVisible(), true);
  assert.equal(await answer.getAttribute("open"), null);
  // They may answer after all.
  assert.equal(await look.isVisible(), true);
  assert.ok(await fieldset.locator("input:enabled").count() >= 2);
  assert.deepEqual(await stored(page), { [ID]: null });
  await page.reload();
  await assertShown(parts(page).run);
  await page.context().close();
});

test("an answer is kept over a reload, without another replay", async () => {
  const { page, wrong, look } = await visit();
  await wrong.locator("input").check();
  await look.click();
  const words = await parts(page).verdict.textContent();
  await page.reload();
  const { run, verdict, replay, wrong: still } = parts(page);
  assert.equal(await verdict.textContent(), words);
  assert.equal(await still.locator("input").isChecked(), true);
  assert.equal(await replay.textContent(), "Replay");
  await assertShown(run);
  await page.context().close();
});

test("\"Ask me again\" takes the answer back", async () => {
  const { page, right, look, again, run, verdict, fieldset } = await visit();
  const before = await fieldset.evaluate((element) => element.outerHTML);
  await right.locator("input").check();
  await look.click();
  await again.click();
  assert.deepEqual(await stored(page), {});
  assert.equal(await verdict.textContent(), "");
  await assertHidden(run);
  assert.equal(await fieldset.locator("input:checked").count(), 0);
  const tidy = (/** @type {string} */ html) => html.replace(/ class=""/g, "");
  assert.equal(
    tidy(await fieldset.evaluate((element) => element.outerHTML)), tidy(before));
  await page.context().close();
});

test("a double click on Look does not ask again", async () => {
  const { page, right, look, verdict } = await visit();
  await right.locator("input").check();
  await look.dblclick();
  assert.match(await verdict.textContent() ?? "", /^Right/);
  await page.context().close();
});

test("of several questions on a listing, the last one shows the run", async () => {
  const { page: two } = await open(browser, `${book}index.html`);
  await two.route(`**/${CHAPTER}`, async (route) => {
    const response = await route.fetch();
    const html = await response.text();
    const found = new RegExp(
      `<fieldset[^>]*id="${ID}".*?</fieldset>`, "s").exec(html);
    assert.ok(found);
    const copy = found[0].replaceAll(ID, `${ID}-more`);
    const body = html.replace(found[0], found[0] + copy)
      .replaceAll(`data-until="${ID}`, `data-until="${ID} ${ID}-more`);
    await route.fulfill({ response, body });
  });
  await two.goto(book + CHAPTER);
  const { run, right, look, verdict } = parts(two);
  await right.locator("input").check();
  await look.click();
  assert.match(
    await verdict.textContent() ?? "", /^Right: .* One question more/);
  await assertHidden(run);
  await two.locator(`#${ID}-more [data-do=skip]`).click();
  await assertShown(run);
  await two.context().close();
});

const JUNK = {
  "no JSON": "{",
  "null": "null",
  "a number": "7",
  "a list": "[1, 2]",
  "another version": `{"version": 2, "answers": {"${ID}": null}}`,
  "answers that are none": '{"version": 1, "answers": 5}',
  "an answer that is none": `{"version": 1, "answers": {"${ID}": {"a": 1}}}`,
  "a choice that is no more":
    `{"version": 1, "answers": {"${ID}": "the day before"}}`,
};

for (const [name, junk] of Object.entries(JUNK)) {
  test(`with ${name} in the storage, the question is open`, async () => {
    const { page, run, right, look, verdict, faults } =
      await visit({ storage: { "workbook-answers": junk } });
    await assertHidden(run);
    assert.equal(await page.locator("#mdbook-sidebar .progress").count(), 0);
    await right.locator("input").check();
    await look.click();
    assert.match(await verdict.textContent() ?? "", /^Right/);
    assert.ok(ID in await stored(page));
    assert.deepEqual(faults, []);
    await page.context().close();
  });
}

for (const [name, fault] of Object.entries({
  "is full": () => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  },
  "is forbidden": () => {
    Object.defineProperty(window, "localStorage", {
      get() { throw new DOMException("no", "SecurityError"); },
    });
  },
})) {
  test(`where the storage ${name}, answers last as long as the page`, async () => {
    const context = await browser.newContext();
    await context.addInitScript(fault);
    const page = await context.newPage();
    /** @type {string[]} */
    const faults = [];
    page.on("pageerror", (error) => faults.push(error.message));
    await page.goto(book + CHAPTER);
    const { right, look, verdict, run } = parts(page);
    await right.locator("input").check();
    await look.click();
    assert.match(await verdict.textContent() ?? "", /^Right/);
    await assertShown(run);
    assert.match(
      await page.locator("#mdbook-sidebar .progress").first().textContent() ?? "",
      /1\/\d/);
    assert.deepEqual(faults, []);
    await context.close();
  });
}

test("progress stands in the contents, for eyes and ears", async () => {
  const { page } = await visit();
  const link = page.locator(`#mdbook-sidebar a[href$="${CHAPTER}"]`);
  assert.equal(await link.locator(".progress").count(), 0);
  const all = IDS.length;
  for (const [i, id] of IDS.entries()) {
    const fieldset = page.locator(`#${id}`);
    await fieldset.locator("input").first().check();
    await fieldset.locator("[data-do=answer]").click();
    const done = i + 1;
    const sign = done === all ? "✓ " : "";
    assert.equal(await link.locator(".progress").textContent(),
      ` ${sign}${done}/${all}, ${done} of ${all} predictions answered`);
  }
  // On another page too.
  await page.goto(`${book}claims.html`);
  const there = page.locator(`#mdbook-sidebar a[href$="${CHAPTER}"] .progress`);
  assert.match(await there.textContent() ?? "", new RegExp(`✓ ${all}/${all}`));
  assert.equal(await page.locator("#mdbook-sidebar .progress").count(), 1);
  await page.context().close();
});

test("a link to a listing shows its caption, and the question", async () => {
  const { page, listing } = await visit();
  const id = await listing.getAttribute("id");
  await page.context().close();
  const { page: linked } = await open(browser, `${book}${CHAPTER}#${id}`);
  await settled(linked);
  const top = await linked.locator(`#${id} header`).evaluate(
    (header) => header.getBoundingClientRect().top);
  assert.ok(top >= 0 && top < 300, `its caption is at ${top}`);
  assert.equal(await linked.locator(`#${ID}`).isVisible(), true);
  await linked.context().close();
});

test("a link to the pair shows both sides", async () => {
  const { page } = await open(
    browser, `${book}${CHAPTER}#breakfast-pair`, { answers: allSkipped() });
  await settled(page);
  const top = await page.locator("#breakfast-pair").evaluate(
    (pair) => pair.getBoundingClientRect().top);
  assert.ok(top >= 0 && top < 300, `the pair is at ${top}`);
  for (const side of await page.locator("#breakfast-pair .side").all()) {
    assert.equal(await side.isVisible(), true);
  }
  await page.context().close();
});

test("a link into a hidden run shows it, as if passed over", async () => {
  const { page, run } = await visit();
  await run.evaluate((element) => {
    element.querySelectorAll("li")[0].id = "inside";
    location.hash = "#inside";
  });
  await page.waitForFunction(() => !document.querySelector(
    ".run:has(#inside)[hidden]"));
  await assertShown(run);
  assert.deepEqual(await stored(page), { [ID]: null });
  await page.context().close();
});
