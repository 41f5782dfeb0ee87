// What the suites share: Chromium, a visit to a page, and what is done on it.

import { existsSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { after } from "node:test";
import { chromium } from "playwright-core";
import "../../tools/book/page/js/figure.js";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("playwright-core").Locator} Locator */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContextOptions} ContextOptions */

/** A time as the page writes it. */
export const figure = globalThis.workbook_figure;

/** mdBook's five themes. */
export const THEMES = ["light", "rust", "coal", "navy", "ayu"];

/** The widths at which a page is looked at, in CSS pixels. */
export const WIDTHS = [1280, 360];

/** As this project starts Chromium: alone, without a word to anyone. */
export const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Lets others go first, for a file that only looks: what run.test.js times
 * beside it would be late.
 */
export function giveWay() {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
}

/** @param {string[]} [flags] more of them */
export async function launch(flags = []) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error(
      `${executablePath} is missing: apt-get install chromium, or say where ` +
      "it is by CHROMIUM=PATH");
  }
  const browser = await chromium.launch({
    executablePath,
    args: [...FLAGS, ...flags],
  });
  after(() => browser.close());
  return browser;
}

/**
 * @typedef {object} Visit
 * @property {number} [width]
 * @property {number} [height]
 * @property {string} [theme]
 * @property {Record<string, string | null>} [answers]
 * @property {Record<string, string>} [storage] raw entries of localStorage
 * @property {ContextOptions} [context]
 */

/**
 * Opens a page as a new visitor does, or one who has been here before. What
 * goes wrong on it is gathered in `faults`: errors in the console, requests
 * that fail, and requests to any other place.
 * @param {Browser} browser
 * @param {string} url
 * @param {Visit} [visit]
 */
export async function open(browser, url, visit = {}) {
  const context = await browser.newContext({
    viewport: { width: visit.width ?? 1280, height: visit.height ?? 900 },
    ...visit.context,
  });
  const storage = { ...visit.storage };
  if (visit.theme) storage["mdbook-theme"] = visit.theme;
  if (visit.answers) {
    storage["workbook-answers"] =
      JSON.stringify({ version: 1, answers: visit.answers });
  }
  context.setDefaultTimeout(10_000); // what is missing is told of soon
  await context.addInitScript(remember, storage);
  const page = await context.newPage();
  const faults = watch(page, url);
  await page.goto(url);
  return { page, context, faults };
}

/**
 * Runs in the page. Only once: a page that is loaded again finds what it has
 * stored itself.
 * @param {Record<string, string>} storage
 */
function remember(storage) {
  if (sessionStorage.getItem("remembered")) return;
  sessionStorage.setItem("remembered", "yes");
  for (const [key, value] of Object.entries(storage)) {
    localStorage.setItem(key, value);
  }
}

/**
 * Gathers what goes wrong on a page.
 * @param {Page} page
 * @param {string} home
 */
function watch(page, home) {
  /** @type {string[]} */
  const faults = [];
  const { protocol, host } = new URL(home);
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => {
    const error = request.failure()?.errorText;
    // Whoever turns the page breaks off what was still being loaded.
    if (error === "net::ERR_ABORTED") return;
    faults.push(`failed: ${request.url()} ${error}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) {
      faults.push(`${response.status()}: ${response.url()}`);
    }
  });
  page.on("request", (request) => {
    const to = new URL(request.url());
    if (to.protocol === "data:" || to.protocol === "blob:") return;
    if (to.protocol !== protocol || to.host !== host) {
      faults.push(`external: ${request.url()}`);
    }
  });
  return faults;
}

/**
 * Opens every folded part of the page.
 * @param {Page} page
 */
export async function unfold(page) {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) {
      details.open = true;
    }
  });
}

/**
 * Passes over every open question, as if another tab had: every run is shown.
 * @param {Page} page
 * @param {Record<string, string | null>} answers
 */
export async function pass(page, answers) {
  await page.evaluate((stored) => {
    localStorage.setItem("workbook-answers", stored);
    window.dispatchEvent(new StorageEvent("storage", { key: null }));
  }, JSON.stringify({ version: 1, answers }));
}

/**
 * Chooses a theme as the menu does, open or not.
 * @param {Page} page
 * @param {string} theme
 */
export async function choose(page, theme) {
  await page.evaluate(
    (id) => document.getElementById(id)?.click(), `mdbook-theme-${theme}`);
}

/**
 * Waits until nothing moves any more: a motion that has begun is over, and
 * what observes sizes has been told.
 * @param {Page} page
 */
export async function settled(page) {
  await page.evaluate(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    await frame();
    const moving = document.getAnimations().map(({ finished }) => finished);
    await Promise.allSettled(moving);
    await frame();
  });
}

/**
 * Opens the menu of a listing.
 * @param {Locator} listing
 */
export async function menu(listing) {
  const it = listing.locator("header .menu");
  if (await it.getAttribute("open") === null) await it.locator("summary").click();
}
