// What is done in Firefox: a visit to a page, and what a reader does on it. It
// is driven over WebDriver BiDi, which Firefox speaks by itself.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after } from "node:test";
import puppeteer from "puppeteer-core";

/** @typedef {import("puppeteer-core").Browser} Browser */
/** @typedef {import("puppeteer-core").Page} Page */

/** What is missing is told of soon; in milliseconds. */
const SOON = 10_000;

export async function launch() {
  const executablePath = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
  if (!existsSync(executablePath)) {
    throw new Error(
      `${executablePath} is missing: apt-get install firefox-esr, or say ` +
      "where it is by FIREFOX=PATH");
  }
  const browser = await puppeteer.launch(
    { browser: "firefox", executablePath, timeout: 60_000 });
  const ended = (/** @type {number} */ code, /** @type {string} */ signal) =>
    console.error(`Firefox has ended by itself: ${signal ?? code}`);
  browser.process()?.once("exit", ended);
  after(async () => {
    browser.process()?.off("exit", ended);
    await browser.close();
  });
  return browser;
}

/**
 * @typedef {object} Visit
 * @property {Record<string, string | null>} [answers]
 * @property {import("puppeteer-core").CookieData[]} [cookies]
 */

/**
 * Opens a page as a new visitor does, or one who has been here before. What
 * goes wrong on it is gathered in `faults`.
 * @param {Browser} browser
 * @param {string} url
 * @param {Visit} [visit]
 */
export async function open(browser, url, visit = {}) {
  const context = await browser.createBrowserContext();
  if (visit.cookies) await context.setCookie(...visit.cookies);
  const page = await context.newPage();
  page.setDefaultTimeout(SOON);
  await page.setViewport({ width: 1280, height: 900 });
  if (visit.answers) await page.evaluateOnNewDocument(remember, visit.answers);
  const faults = watch(page);
  await page.goto(url, { timeout: 60_000 });
  return { page, context, faults };
}

/**
 * Runs in the page, before its own scripts.
 * @param {Record<string, string | null>} answers
 */
function remember(answers) {
  if (location.protocol !== "http:") return;
  localStorage.setItem(
    "workbook-answers", JSON.stringify({ version: 1, answers }));
}

/** @param {Page} page */
function watch(page) {
  /** @type {string[]} */
  const faults = [];
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) {
      faults.push(`console: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => faults.push(`error: ${error}`));
  page.on("response", (response) => {
    if (response.status() >= 400) {
      faults.push(`${response.status()}: ${response.url()}`);
    }
  });
  return faults;
}

/**
 * Presses what can be pressed, with the mouse.
 * @param {Page} page
 * @param {string} selector
 */
export async function press(page, selector) {
  await page.locator(selector).click();
}

/**
 * Presses what is in the menu of a listing.
 * @param {Page} page
 * @param {string} listing
 * @param {string} what
 */
export async function inMenu(page, listing, what) {
  await press(page, `${listing} header .menu summary`);
  await press(page, `${listing} header [data-do=${what}]`);
}

/**
 * The words of the first element of this kind.
 * @param {Page} page
 * @param {string} selector
 * @returns {Promise<string>}
 */
export function text(page, selector) {
  return page.$eval(selector, (it) => it.textContent ?? "");
}

/**
 * Whether there is such an element, to be seen.
 * @param {Page} page
 * @param {string} selector
 */
export function isSeen(page, selector) {
  return page.$$eval(selector, (all) => all.some((it) => it.checkVisibility(
    { contentVisibilityAuto: true, visibilityProperty: true })));
}

/**
 * Waits until the first element of this kind says something; no space of it
 * need be one that does not break.
 * @param {Page} page
 * @param {string} selector
 * @param {RegExp} words
 * @param {number} [timeout] milliseconds
 */
export async function says(page, selector, words, timeout = SOON) {
  try {
    await page.waitForFunction(
      (selector, source) => new RegExp(source).test(document
        .querySelector(selector)?.textContent?.replaceAll("\u00a0", " ") ?? ""),
      { timeout, polling: 50 }, selector, words.source);
  } catch (error) {
    const instead = await page.$$eval(
      selector, (all) => all.map((it) => it.textContent).join("\n"));
    throw new Error(`it does not say ${words}, but "${instead}"`,
      { cause: error });
  }
  return (await text(page, selector)).replaceAll("\u00a0", " ");
}

/**
 * Edits a program as a reader does, with the keys: what is selected is typed
 * over.
 * @param {Page} page
 * @param {string} listing
 * @param {string} old
 * @param {string} typed
 */
export async function typeOver(page, listing, old, typed) {
  const area = `${listing} pre.program textarea`;
  await page.$eval(area, (it, old) => {
    const area = /** @type {HTMLTextAreaElement} */ (it);
    const at = area.value.indexOf(old);
    if (at < 0) throw new Error(`no ${old}`);
    area.focus();
    area.setSelectionRange(at, at + old.length);
  }, old);
  await page.keyboard.type(typed);
  assert.match(await value(page, area), new RegExp(typed.replace(/\W/g, "\\$&")));
}

/**
 * @param {Page} page
 * @param {string} area
 */
export function value(page, area) {
  return page.$eval(
    area, (it) => /** @type {HTMLTextAreaElement} */ (it).value);
}
