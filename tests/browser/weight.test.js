// What a first visit costs, and that search costs nothing until it is used.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { CHAPTER, site } from "./book.js";
import { launch, open, settled } from "./browser.js";
import { serve } from "./serve.js";

const browser = await launch();
const book = await serve();

/** kB are 1000 bytes. */
const MOST_BYTES = 170_000;
const MOST_REQUESTS = 12;
const MOST_SEARCH = 150_000;

/** Where the book introduces what is searched for. */
const FIRST = {
  "semaphore permit": /ch10-/,
  "kettle": /ch02-/,
  "join handle": /ch0[14]-/,
  "retry-after": /ch12-/,
  "deadline": /ch13-/,
  "backpressure": /ch16-/,
};

test("a first visit to a chapter with two pairs is light", async (t) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const network = await context.newCDPSession(page);
  await network.send("Network.enable");
  /** @type {Map<string, { url: string, bytes: number }>} */
  const requests = new Map();
  network.on("Network.requestWillBeSent", ({ requestId, request }) => {
    if (/^(data|blob):/.test(request.url)) return;
    requests.set(requestId, { url: request.url, bytes: 0 });
  });
  network.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const request = requests.get(requestId);
    if (request) request.bytes = encodedDataLength;
  });
  await page.goto(book + CHAPTER, { waitUntil: "networkidle" });
  const pairs = await page.locator(".pair").count();
  assert.ok(pairs >= 2, `${pairs} pairs`);
  const all = [...requests.values()];
  const bytes = all.reduce((sum, request) => sum + request.bytes, 0);
  const external = all.filter(({ url }) => !url.startsWith(book));
  for (const { url, bytes: size } of all) {
    t.diagnostic(`${String(size).padStart(7)}  ${url.slice(book.length)}`);
  }
  t.diagnostic(`first visit: ${(bytes / 1000).toFixed(1)} kB in ` +
    `${all.length} requests, ${external.length} external`);
  assert.ok(all.every((request) => request.bytes > 0), "all have arrived");
  assert.deepEqual(external, []);
  assert.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
  assert.ok(all.length <= MOST_REQUESTS, `${all.length} requests`);
  await context.close();
});

/** @param {import("playwright-core").Page} page */
function loadedForSearch(page) {
  /** @type {string[]} */
  const urls = [];
  page.on("request", (request) => {
    if (/search/.test(request.url())) urls.push(request.url());
  });
  return urls;
}

test("nothing of the search is loaded until it is used", async (t) => {
  const { page, faults } = await open(browser, `${book}index.html`);
  const urls = loadedForSearch(page);
  await page.goto(book + CHAPTER, { waitUntil: "networkidle" });
  assert.deepEqual(urls, []);
  await page.locator("#mdbook-search-toggle").click();
  await page.locator("#mdbook-searchbar").fill("kettle");
  await page.locator("#mdbook-searchresults li").first().waitFor();
  assert.equal(urls.length, 1, urls.join("\n"));
  const index = readFileSync(join(site, new URL(urls[0]).pathname));
  const bytes = gzipSync(index).length;
  t.diagnostic(`index: ${index.length} bytes, ${bytes} compressed`);
  assert.ok(bytes <= MOST_SEARCH, `${bytes} bytes`);
  assert.doesNotMatch(index.toString(), /"(Copy|Replay|Look|Skip)\b/);
  assert.deepEqual(faults, []);
  await page.context().close();
});

/** @param {string} words */
async function searched(words) {
  const { page } = await open(browser, book + CHAPTER);
  await page.keyboard.press("/");
  await page.keyboard.type(words);
  await page.locator("#mdbook-searchresults li").first().waitFor();
  return page;
}

for (const [words, first] of Object.entries(FIRST)) {
  test(`"${words}" finds first the section that introduces it`, async () => {
    const page = await searched(words);
    const link = page.locator("#mdbook-searchresults a").first();
    assert.match(await link.getAttribute("href") ?? "", first);
    await page.context().close();
  });
}

test("what no section has is said to be nowhere", async () => {
  const { page } = await open(browser, book + CHAPTER);
  await page.keyboard.press("/");
  await page.keyboard.type("xylophone");
  await page.getByText('No section has "xylophone".').waitFor();
  assert.equal(await page.locator("#mdbook-searchresults li").count(), 0);
  await page.context().close();
});

test("a search for \"kettle\" leads to its chapter", async () => {
  const page = await searched("kettle");
  await page.locator("#mdbook-searchresults a[href*=ch02]").first().click();
  await page.waitForURL(/ch02-.*highlight=kettle/);
  await page.locator("main mark").first().waitFor();
  await page.context().close();
});

test("Enter opens the first result, Escape closes the search", async () => {
  const page = await searched("kettle");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#mdbook-searchbar").isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement?.id),
    "mdbook-search-toggle");
  await page.keyboard.press("/");
  await page.keyboard.press("Enter");
  await page.waitForURL(/highlight=kettle/);
  await page.context().close();
});

test("what is typed while the search is loading is searched for", async () => {
  const { page } = await open(browser, book + CHAPTER);
  /** @type {(value?: unknown) => void} */
  let typed = () => {};
  const half = new Promise((resolve) => { typed = resolve; });
  await page.route(/searchindex/, async (route) => {
    await half;
    await route.continue();
  });
  await page.keyboard.press("s");
  await page.keyboard.type("ket");
  typed();
  await page.waitForFunction(() => "workbook_index" in window);
  await page.locator("#mdbook-searchresults li").first().waitFor();
  await page.keyboard.type("tle");
  assert.equal(await page.locator("#mdbook-searchbar").inputValue(), "kettle");
  await page.getByText(/sections? with "kettle"/).waitFor();
  await page.context().close();
});

test("each click opens or closes, once", async () => {
  const { page } = await open(browser, book + CHAPTER);
  const bar = page.locator("#mdbook-searchbar");
  const toggle = page.locator("#mdbook-search-toggle");
  for (const shown of [true, false, true, false]) {
    await toggle.click();
    await bar.waitFor({ state: shown ? "visible" : "hidden" });
    assert.equal(await toggle.getAttribute("aria-expanded"), String(shown));
    if (shown) assert.equal(
      await bar.evaluate((it) => it === document.activeElement), true);
  }
  await page.context().close();
});

test("a search moves nothing of the page", async () => {
  const { page } = await open(browser, book + CHAPTER);
  await page.evaluate(() => window.scrollTo(0, 1000));
  await page.keyboard.press("/");
  await page.keyboard.type("kettle");
  await page.locator("#mdbook-searchresults li").first().waitFor();
  assert.equal(await page.locator("#mdbook-searchbar").isVisible(), true);
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => window.scrollY), 1000);
  await page.context().close();
});

test("an address with ?search= searches at once", async () => {
  const { page } = await open(browser, `${book + CHAPTER}?search=kettle`);
  await page.locator("#mdbook-searchresults li").first().waitFor();
  assert.equal(await page.locator("#mdbook-searchbar").inputValue(), "kettle");
  await page.context().close();
});

test("with Ctrl, S is the browser's", async () => {
  const { page } = await open(browser, book + CHAPTER);
  const urls = loadedForSearch(page);
  await page.keyboard.press("Control+s");
  await settled(page);
  // What is loaded has a script in the head from the key on.
  assert.equal(await page.locator("head script[src*=search]").count(), 0);
  assert.deepEqual(urls, []);
  await page.context().close();
});

test("a search that cannot be loaded says so, and can be tried again", async () => {
  const { page } = await open(browser, book + CHAPTER);
  await page.route(/searchindex/, (route) => route.abort());
  await page.keyboard.press("s");
  await page.getByText("The search could not be loaded.").waitFor();
  await page.unroute(/searchindex/);
  await page.keyboard.type("kettle");
  await page.locator("#mdbook-searchresults li").first().waitFor();
  await page.context().close();
});
