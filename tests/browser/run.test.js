// Run, Check, Stop and Edit, against the real server that `cargo run` starts.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { violations } from "./axe.js";
import { CHAPTER, allSkipped, chapters, site } from "./book.js";
import { THEMES, WIDTHS, choose, launch, menu, open, settled } from
  "./browser.js";
import { serve } from "./serve.js";
import { LONG, change, parts, says, started, told } from "./workbook.js";

/** @typedef {import("playwright-core").Page} Page */

const browser = await launch();
const { book, key, storageState } = await started();
const answers = allSkipped();

/** @param {string} page @param {import("./browser.js").Visit} [options] */
const visit = (page, options = {}) => open(browser, book + page,
  { answers, ...options, context: { storageState, ...options.context } });

test("run, change 4 to 1, run, reset, race", async () => {
  const { page, faults } = await visit(CHAPTER);
  const { listing, edit, reset, area } =
    parts(page, "breakfast-wrong-way");
  const original = await listing.locator("pre.program code").textContent();
  await runsAsRecorded(page);
  await edit.click();
  await change(area, (text) => text.replace("from_secs(4)", "from_secs(1)"));
  // Told neutrally: the assertion is not about what the reader has written.
  // Late by a twentieth of a second, it is run again, as the sweep below does.
  let said = "";
  for (let tried = 0; tried < 3 && !/ 6\.0\ss/.test(said); tried += 1) {
    said = await told(page, "breakfast-wrong-way");
  }
  assert.match(said, new RegExp("^It took 6\\.0\\ss instead of 9\\.0\\ss; the " +
    "assertion was about the original: three waits.*left: 6, right: 9"));
  // What is edited stays, until it is reset.
  await page.reload();
  assert.match(await area.inputValue(), /from_secs\(1\)/);
  await reset.click();
  assert.equal(await area.count(), 0);
  assert.equal(await listing.locator("pre.program code").textContent(), original);
  await page.reload();
  assert.equal(await area.count(), 0);
  const race = page.locator("#breakfast-pair [data-do=race]");
  await page.locator("#breakfast-pair .speed").selectOption("4");
  await race.click();
  await says(page.locator("#breakfast-pair .result"), /right way won/);
  assert.deepEqual(faults, []);
  await page.context().close();
});

/**
 * Runs breakfast's wrong way as it is, and looks on.
 * @param {Page} page
 */
async function runsAsRecorded(page) {
  const { run, verdict, live } = parts(page, "breakfast-wrong-way");
  await run.click();
  await live.locator(".bar").first().waitFor({ timeout: LONG });
  assert.equal(await run.textContent(), "Stop");
  const width = async () => parseFloat(
    await live.locator(".bar").first().getAttribute("width") ?? "");
  const before = await width();
  await page.waitForTimeout(1000);
  const grown = await width() - before;
  assert.ok(grown > 5 && grown < 25, `a bar grew by ${grown} % in a second`);
  assert.equal(await live.locator(".printed li").count(), 1);
  await says(verdict, /^✓ Claim met: it did as recorded/);
  assert.equal(await live.locator(".printed li").count(), 7);
  assert.match(await live.locator(".measured").textContent() ?? "",
    /Measured 9\.\d\d\ss, recorded 9\.\d\d\ss\./);
  assert.equal(await live.locator(".bar.unfinished").count(), 0);
}

test("what rustc says is marked in the text, and told below it", async () => {
  const { page, faults } = await visit(CHAPTER);
  const { listing, run, edit, area, live, verdict } =
    parts(page, "breakfast-right-way");
  await edit.click();
  await change(area, (text) => `${text}\nfn wrong() -> u8 {\n    "no"\n}\n`);
  const lines = (await area.inputValue()).split("\n");
  const line = lines.indexOf('    "no"') + 1;
  await run.click();
  await says(verdict, /^Rustc refuses it with 1 error: fix it first\.$/);
  const problem = live.locator(".problems li.level-error");
  assert.match(await problem.textContent() ?? "", /error\[E0308\]: mismatched/);
  const mark = listing.locator("pre.program .marks .level-error");
  assert.equal(await mark.count(), 1);
  const { at, wanted } = await listing.evaluate(markAndWord);
  for (const [index, place] of at.entries()) {
    assert.ok(Math.abs(place - wanted[index]) <= 6, `${at} and ${wanted}`);
  }
  await problem.getByRole("button", { name: `Line ${line}` }).click();
  const selected = await area.evaluate((element) => {
    const { selectionStart, selectionEnd, value } =
      /** @type {HTMLTextAreaElement} */ (element);
    return value.slice(selectionStart, selectionEnd);
  });
  assert.equal(selected, '    "no"');
  // A line above moves it; a change of its own line ends it.
  await area.press("Control+Home");
  await page.keyboard.type("// above\n");
  assert.equal(await mark.evaluate(
    (element) => element.style.getPropertyValue("--line")), String(line));
  assert.deepEqual(faults, []);
  await page.context().close();
});

/**
 * Runs in the page: where the mark is, and where its word.
 * @param {Element} section
 */
function markAndWord(section) {
  const code = /** @type {Element} */ (section.querySelector("pre.program code"));
  const mark = /** @type {Element} */ (
    section.querySelector("pre.program .marks .level-error"));
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  const word = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.textContent?.includes('"no"')) word.selectNodeContents(node);
  }
  const place = (/** @type {Element | Range} */ of) => {
    const { left, right, bottom } = of.getBoundingClientRect();
    return [left, right, bottom].map(Math.round);
  };
  return { at: place(mark), wanted: place(word) };
}

test("a listing's tests are told in words, edited or not", async () => {
  const { page, faults } = await visit(CHAPTER);
  const { listing, check, edit, live, verdict } =
    parts(page, "breakfast-right-way");
  await check.click();
  await says(verdict, /^✓ Claim met: /);
  assert.ok(await live.locator(".tests li.pass").count() > 0);
  await edit.click();
  await listing.locator(".claims summary").click();
  const area = listing.locator(".claims textarea");
  await change(area, (text) => text.replace("from_secs(4)", "from_secs(3)"));
  await check.click();
  await says(verdict, /^✗ Claim not met: 1 of \d+ tests? failed/);
  assert.match(await live.locator(".tests .why").textContent() ?? "", /left: 4s/);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("both ways run at once, another lesson has to wait, Stop ends one",
  async () => {
    const { page, faults } = await visit(CHAPTER);
    const wrong = parts(page, "breakfast-wrong-way");
    const right = parts(page, "breakfast-right-way");
    const third = await otherLesson(page);
    await wrong.run.click();
    await wrong.live.locator(".printed li").first().waitFor({ timeout: LONG });
    await right.run.click();
    await right.live.locator(".printed li").first().waitFor({ timeout: LONG });
    await third.run.click();
    await says(third.verdict,
      /^Not run: This page has breakfast\/wrong_way under way: wait for its end/);
    await wrong.run.click();
    await says(wrong.verdict, /^It was stopped\.$/);
    assert.equal(await wrong.run.textContent(), "Run");
    // The other went on.
    await says(right.verdict, /^✓ Claim met/);
    // The refusal is the browser's own line in its console.
    assert.deepEqual(faults.filter((fault) => !/409/.test(fault)), []);
    await page.context().close();
  });

/**
 * A listing of the page that is of another lesson than breakfast.
 * @param {Page} page
 */
async function otherLesson(page) {
  const others = page.locator(".listing:not([id^=breakfast-])");
  return parts(page, await others.first().getAttribute("id") ?? "");
}

test("the editor is the keyboard's", async () => {
  const { page, faults } = await visit(CHAPTER);
  const { edit, area, listing, run, verdict } = parts(page, "breakfast-right-way");
  await edit.press("Enter");
  await page.waitForFunction(() => document.activeElement?.matches("textarea"));
  const before = await area.inputValue();
  await area.press("Control+Home");
  await page.keyboard.press("ArrowLeft"); // else mdBook turns the page
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("s");
  await page.keyboard.press("/");
  assert.ok(page.url().endsWith(CHAPTER));
  assert.equal(await page.locator("#mdbook-searchbar").isVisible(), false);
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  await area.fill(before);
  await area.press("Control+End");
  await page.keyboard.type("\nfn more() {");
  await page.keyboard.press("Enter");
  await page.keyboard.type("todo!()");
  await page.keyboard.press("Enter");
  assert.ok((await area.inputValue()).endsWith(
    "fn more() {\n    todo!()\n    "));
  // What is seen is what is typed, in colours.
  const code = listing.locator("pre.program code");
  await code.locator("var", { hasText: "todo" }).waitFor();
  assert.equal(await code.textContent(), `${await area.inputValue()}\n`);
  await page.keyboard.press("Control+z");
  assert.ok((await area.inputValue()).endsWith("todo!()"));
  await page.keyboard.type("\n}");
  await page.keyboard.press("Control+Enter");
  await says(verdict, /^✓ Claim met/);
  assert.equal(await run.textContent(), "Run");
  // Tab leaves.
  await area.focus();
  await page.keyboard.press("Tab");
  assert.equal(await area.evaluate((it) => it === document.activeElement), false);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("a line that has only begun is shown, and the newest stay in sight",
  async () => {
    const { page, faults } = await visit(CHAPTER);
    const { edit, area, run, live, verdict } = parts(page, "breakfast-wrong-way");
    await edit.click();
    await change(area, () => STREAM);
    await run.click();
    const lines = live.locator(".printed li");
    const begun = live.locator(".printed li.begun code");
    await begun.waitFor({ timeout: LONG });
    assert.equal(await lines.count(), 1);
    await says(begun, /^One by one$/);
    assert.equal(await lines.count(), 1, "it grows in its place");
    await says(lines.last(), /\bline 99$/);
    assert.equal(await begun.count(), 0);
    const inSight = await lines.last().evaluate((line) => {
      const { top, bottom } = line.getBoundingClientRect();
      const list = /** @type {Element} */ (line.parentElement);
      const box = list.getBoundingClientRect();
      return list.scrollHeight > list.clientHeight &&
        top >= box.top - 1 && bottom <= box.bottom + 1;
    });
    assert.ok(inSight, "the list is scrolled to its newest line");
    await says(verdict, /^It took 1\.\d+\ss instead of 9\.0\ss; it printed other/);
    assert.deepEqual(faults, []);
    await page.context().close();
  });

/** A program that prints as a model does, in colour, and then much. */
const STREAM = `use std::io::Write;
fn main() {
    let pause = || std::thread::sleep(std::time::Duration::from_millis(400));
    for token in ["\\x1b[32mOne", " by", " one\\x1b[0m"] {
        print!("{token}");
        std::io::stdout().flush().unwrap();
        pause();
    }
    println!();
    for line in 0..100 {
        println!("line {line}");
    }
    pause();
}
`;

test("Edit keeps the place, and has the caret in the first line in sight", async () => {
  const { page, faults } = await visit(CHAPTER, { height: 700 });
  const { listing, edit, area } = parts(page, "breakfast-right-way");
  await edit.evaluate(() => window.scrollTo({ top: 0, behavior: "instant" }));
  const top = (/** @type {string} */ words) => listing.evaluate(placeOf, words);
  await listing.locator("pre.program").evaluate((it) => {
    window.scrollBy({ top: it.getBoundingClientRect().top + 150,
      behavior: "instant" });
  });
  const before = await top("fn fry_eggs");
  await edit.click();
  await page.waitForTimeout(300);
  const moved = await top("fn fry_eggs") - before;
  assert.ok(Math.abs(moved) <= 2, `the text moved by ${moved} px`);
  const { line, focused } = await area.evaluate((it) => {
    const { value, selectionStart } = /** @type {HTMLTextAreaElement} */ (it);
    return { line: value.slice(0, selectionStart).split("\n").length,
      focused: it === document.activeElement };
  });
  assert.ok(focused && line > 1 && line < 20, `the caret is in line ${line}`);
  assert.deepEqual(faults, []);
  await page.context().close();
});

/**
 * Runs in the page: where a line of a program is on the screen.
 * @param {Element} section
 * @param {string} words
 */
function placeOf(section, words) {
  const code = /** @type {Element} */ (section.querySelector("pre.program code"));
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  let text = "";
  const nodes = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    nodes.push({ node, from: text.length });
    text += node.textContent;
  }
  const at = text.indexOf(words);
  const { node, from } = /** @type {{ node: Node, from: number }} */ (
    nodes.filter((it) => it.from <= at).at(-1));
  const range = document.createRange();
  range.setStart(node, at - from);
  range.setEnd(node, at - from + 1);
  return range.getBoundingClientRect().top;
}

test("Reset can be undone, also by another visit", async () => {
  const { page, faults } = await visit(CHAPTER);
  const { edit, area, reset, undo } = parts(page, "breakfast-right-way");
  assert.equal(await undo.isVisible(), false);
  await edit.click();
  await change(area, (text) => `${text}// mine\n`);
  await reset.click();
  assert.equal(await area.count(), 0);
  await undo.click();
  assert.match(await area.inputValue(), /\/\/ mine\n$/);
  await reset.click();
  await page.reload();
  await undo.click();
  assert.match(await area.inputValue(), /\/\/ mine\n$/);
  assert.equal(await undo.isVisible(), false);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("Tab indents for who came by pointer, and leaves after Escape", async () => {
  const { page, faults } = await visit(CHAPTER);
  const { edit, area } = parts(page, "breakfast-right-way");
  await edit.click();
  await area.fill("fn a() {\nb();\n}\n");
  const select = (/** @type {number} */ from, /** @type {number} */ to) =>
    area.evaluate((it, [from, to]) => /** @type {HTMLTextAreaElement} */ (it)
      .setSelectionRange(from, to), [from, to]);
  await select(9, 9);
  await page.keyboard.press("Tab");
  assert.equal(await area.inputValue(), "fn a() {\n    b();\n}\n");
  await page.keyboard.press("Shift+Tab");
  assert.equal(await area.inputValue(), "fn a() {\nb();\n}\n");
  await select(0, 13);
  await page.keyboard.press("Tab");
  assert.equal(await area.inputValue(), "    fn a() {\n    b();\n}\n");
  await page.keyboard.press("Control+z");
  assert.equal(await area.inputValue(), "fn a() {\nb();\n}\n");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.equal(await area.inputValue(), "fn a() {\nb();\n}\n");
  assert.equal(await area.evaluate((it) => it === document.activeElement), false);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("a double click on Run runs, and what runs can be stopped", async () => {
  const { page, faults } = await visit(CHAPTER);
  const { run, live, verdict } = parts(page, "breakfast-wrong-way");
  await run.dblclick();
  await live.locator(".printed li").first().waitFor({ timeout: LONG });
  assert.equal(await run.textContent(), "Stop");
  assert.equal(await run.getAttribute("aria-label"),
    "Stop breakfast, wrong way");
  await page.waitForTimeout(600);
  await run.click();
  await says(verdict, /^It was stopped\.$/);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("Replay is in the menu, and its Stop is in the header", async () => {
  const { page, faults } = await visit(CHAPTER);
  const { listing } = parts(page, "breakfast-wrong-way");
  const replay = listing.locator("header [data-do=replay]");
  assert.equal(await replay.isVisible(), false);
  for (const round of [1, 2]) {
    await menu(listing);
    await listing.locator("header .speed").selectOption("4");
    await replay.click();
    assert.equal(await replay.textContent(), "Stop");
    assert.ok(await replay.isVisible(), "it can be stopped");
    assert.equal(await listing.locator("header .clock").count(), 1);
    if (round === 2) await replay.click();
    // Nine seconds, four times as fast.
    await replay.filter({ hasText: "Replay" }).waitFor(
      { state: "attached", timeout: 6000 });
    assert.equal(await replay.isVisible(), false);
  }
  assert.deepEqual(faults, []);
  await page.context().close();
});

for (const [width, height] of [[1280, 800], [360, 740]]) {
  test(`after Run lines and bars are in sight, ${width} px`, async () => {
    const { page, faults } = await visit(CHAPTER, { width, height });
    const { listing, run, live } = parts(page, "breakfast-wrong-way");
    await run.click();
    await live.locator(".bar").first().waitFor({ timeout: LONG });
    await page.waitForTimeout(500);
    for (const what of ["header [data-do=run]", "pre.program [data-n]",
      ".printed li", ".live .bar"]) {
      const seen = await listing.locator(what).evaluateAll((all) =>
        all.some((it) => {
          const { top, bottom } = it.getBoundingClientRect();
          return bottom > 0 && bottom <= innerHeight || (top > 0 &&
            top < innerHeight / 2);
        }));
      assert.ok(seen, `${what} is in sight`);
    }
    await run.click();
    assert.deepEqual(faults, []);
    await page.context().close();
  });
}

test("a run that hangs is over when its page is left", async () => {
  const { page } = await visit(CHAPTER);
  const { edit, area, run, live } = parts(page, "breakfast-wrong-way");
  await edit.click();
  await change(area, () =>
    'fn main() { println!("{}", std::process::id()); loop {} }');
  await run.click();
  const line = live.locator(".printed code").first();
  await line.waitFor({ timeout: LONG });
  const pid = Number(await line.textContent());
  process.kill(pid, 0); // it is there
  await page.context().close();
  const gone = () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  };
  for (let wait = 0; wait < 100 && !gone(); wait += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.ok(gone(), "the process is gone");
});

test("a server that is gone is told of", async () => {
  const { page } = await visit(CHAPTER);
  const { run, verdict } = parts(page, "breakfast-right-way");
  await page.route("**/api/run", (route) => route.abort());
  await run.click();
  await says(verdict, /^Not run: the workbook's server does not answer/);
  assert.equal(await run.textContent(), "Run");
  await page.context().close();
});

test("a chapter is printed when its page asks for it", async () => {
  const { page, faults } = await visit(CHAPTER);
  const handout = page.locator("p.handout");
  await handout.getByRole("button").click();
  assert.equal(await handout.getByRole("button").textContent(), "Stop");
  const link = handout.getByRole("link");
  // The first build of the printing press takes minutes.
  await link.waitFor({ timeout: 600_000 });
  const href = await link.getAttribute("href") ?? "";
  assert.equal(href, "/handouts/ch01-two-kitchens.pdf");
  const pdf = await page.request.get(book.slice(0, -1) + href);
  assert.equal(pdf.headers()["content-type"], "application/pdf");
  assert.equal((await pdf.body()).subarray(0, 5).toString(), "%PDF-");
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("a browser runs listings once it was shown the key", async () => {
  const { page, faults } = await visit(CHAPTER,
    { context: { storageState: undefined } });
  const runs = page.locator("[data-do=run]");
  const note = page.locator(".how-to-run");
  assert.match(await note.textContent() ?? "",
    /^You can read here.* open the address that cargo run printed/);
  assert.equal(await runs.count(), 0);
  assert.deepEqual(faults, []);
  // As from the file that the reader's browser is opened on.
  const next = `${book}${CHAPTER}?key=${key}`;
  await page.goto("about:blank");
  await page.setContent(`<meta http-equiv="refresh" content="0; url=${next}">`);
  await runs.first().waitFor();
  assert.equal(page.url(), book + CHAPTER);
  assert.equal(await page.evaluate(() => document.referrer), "");
  await page.context().close();
});

test("on a static host nothing is offered that is not there", async () => {
  const address = await serve();
  const { page, faults } = await open(browser, address + CHAPTER, { answers });
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.reload({ waitUntil: "networkidle" });
  assert.equal(await page.locator(
    ":is([data-do=run], [data-do=check], [data-do=edit])").count(), 0);
  assert.match(await page.locator(".how-to-run").textContent() ?? "",
    /^To run and edit these listings/);
  assert.equal(await page.locator(".handout button").count(), 0);
  assert.deepEqual(asked.filter((url) => /\/(api|run)\//.test(url)), []);
  assert.deepEqual(faults, []);
  await page.context().close();
  const { page: served } = await visit(CHAPTER);
  assert.match(await served.locator(".how-to-run").textContent() ?? "",
    /this is no sandbox/);
  await served.context().close();
});

for (const width of WIDTHS) {
  test(`what runs is accessible, ${width} px`, async (t) => {
    // One run, looked at in theme after theme.
    const { page } = await visit(CHAPTER,
      { width, context: { reducedMotion: "reduce" } });
    const { listing, edit, area, run, check, verdict } =
      parts(page, "breakfast-right-way");
    await check.click();
    await says(verdict, /Claim met/);
    await edit.click();
    await listing.locator(".claims summary").click();
    await change(area, (text) => `${text}\nfn unused() { let a = 1; }\n`);
    await run.click();
    await says(verdict, /Claim met/);
    for (const theme of THEMES) {
      await t.test(theme, () => assertSound(page, theme));
    }
    await page.context().close();
  });
}

/** @param {Page} page @param {string} theme */
async function assertSound(page, theme) {
  await choose(page, theme);
  await settled(page);
  assert.deepEqual(await violations(page), []);
  const wide = await page.evaluate(() =>
    document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `the page is ${wide} px too wide`);
}

test("every listing runs from its page and meets its claim", async (t) => {
  /** @type {{ chapter: string, id: string }[]} */
  const late = [];
  const rest = longestFirst();
  /** As many as the server lets run at a time, one page a chapter. */
  await Promise.all(Array.from({ length: MOST_RUNS }, async () => {
    for (let next = rest.shift(); next; next = rest.shift()) {
      const chapter = next;
      for (const id of await allTold(chapter, t)) late.push({ chapter, id });
    }
  }));
  // Beside three others and their compilers a run may be late. A program that
  // is wrong is wrong by itself, too, and each time.
  const wrong = [];
  for (const { chapter, id } of late) {
    const words = await toldAgain(chapter, id);
    if (!met(words)) wrong.push(`${id}: ${words}`);
  }
  assert.deepEqual(wrong, []);
});

/** How many runs the server takes at a time, of all pages: see slots.rs. */
const MOST_RUNS = 4;

/** The chapters; first the one whose listings take longest, one by one. */
function longestFirst() {
  const seconds = Object.fromEntries(chapters.map((name) => {
    const html = readFileSync(join(site, name), "utf8");
    const all = [...html.matchAll(/data-took="([\d.]+)"/g)];
    return [name, all.reduce((sum, [, took]) => sum + Number(took), 0)];
  }));
  return [...chapters].sort((a, b) => seconds[b] - seconds[a]);
}

/**
 * Runs all listings of a chapter, one after the other.
 * @param {string} chapter
 * @param {import("node:test").TestContext} t
 * @returns {Promise<string[]>} the ids of those that did not meet their claim
 */
async function allTold(chapter, t) {
  // Four pages that draw each frame would keep the programs from their time.
  const { page, faults } =
    await visit(chapter, { context: { reducedMotion: "reduce" } });
  const late = [];
  for (const listing of await page.locator(".listing").all()) {
    const id = await listing.getAttribute("id") ?? "";
    if (met(await told(page, id))) t.diagnostic(id);
    else late.push(id);
  }
  assert.deepEqual(faults, []);
  await page.context().close();
  return late;
}

/**
 * Runs a listing by itself, up to three times until it meets its claim.
 * @param {string} chapter
 * @param {string} id
 */
async function toldAgain(chapter, id) {
  let words = "";
  for (let tried = 0; tried < 3 && !met(words); tried += 1) {
    const { page } = await visit(chapter);
    words = await told(page, id);
    await page.context().close();
  }
  return words;
}

/** @param {string} words */
function met(words) {
  return words.startsWith("✓ Claim met");
}

test("the first line is on the page soon after the click", async (t) => {
  const { page } = await visit(CHAPTER);
  const { run, live, verdict } = parts(page, "breakfast-wrong-way");
  await run.click();
  await live.locator(".printed li").first().waitFor({ timeout: LONG });
  await run.click();
  await says(verdict, /stopped/);
  const times = [];
  for (let round = 0; round < 10; round += 1) {
    times.push(await run.evaluate(firstLine));
    await run.click();
    await says(verdict, /stopped/);
  }
  times.sort((a, b) => a - b);
  const median = (times[4] + times[5]) / 2;
  t.diagnostic(`click to first line: median ${median.toFixed(0)} ms, ` +
    `worst ${times[9].toFixed(0)} ms`);
  // No figure of a test: only that it is not compiled anew each time.
  assert.ok(median < 2000, `${median} ms`);
  await page.context().close();
});

/**
 * Runs in the page: milliseconds from the click to the first line in sight.
 * @param {Element} button
 * @returns {Promise<number>}
 */
function firstLine(button) {
  return new Promise((resolve) => {
    const printed = /** @type {Element} */ (
      button.closest(".listing")?.querySelector(".printed"));
    const start = performance.now();
    const watch = new MutationObserver(() => {
      if (!printed.childElementCount) return;
      watch.disconnect();
      requestAnimationFrame(() => resolve(performance.now() - start));
    });
    watch.observe(printed, { childList: true });
    /** @type {HTMLElement} */ (button).click();
  });
}
