// What the suites share: the built book, a server for it, and Chromium.

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { after } from "node:test";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContextOptions} ContextOptions */

/** mdBook's five themes. */
export const THEMES = ["light", "rust", "coal", "navy", "ayu"];

/** The widths at which a page is looked at, in CSS pixels. */
export const WIDTHS = [1280, 360];

/** The chapter that the suites look at where one is enough: two pairs. */
export const CHAPTER = "ch01-two-kitchens.html";

/** The workbook's own folder. */
export const root = resolve(fileURLToPath(import.meta.url), "../../..");

/** The folder of the built book. */
export const site = builtSite();

function builtSite() {
  const named = process.env.WORKBOOK_SITE;
  const how = "build the book with `cargo run -- build --out DIR` and say " +
    "WORKBOOK_SITE=DIR";
  if (!named) throw new Error(`WORKBOOK_SITE is not set: ${how}`);
  if (!existsSync(join(named, "toc.html"))) {
    throw new Error(`WORKBOOK_SITE=${named}: there is no built book: ${how}`);
  }
  return resolve(named);
}

/** The pages of the book, as the sidebar's links end. */
export const pages = readdirSync(site)
  .filter((name) => name.endsWith(".html"))
  .filter((name) => !["toc.html", "print.html", "404.html"].includes(name))
  .sort();

/** The pages with listings. */
export const chapters = pages.filter((name) => /^ch\d/.test(name));

/**
 * The ids of the predictions, by page, as the built book names them.
 * @returns {Record<string, string[]>}
 */
export function predictions() {
  const html = readFileSync(join(site, CHAPTER), "utf8");
  const found = /class="workbook-predictions"[^>]*>(.*?)<\/script>/s.exec(html);
  assert.ok(found, `${CHAPTER} has no .workbook-predictions`);
  return JSON.parse(found[1]);
}

/** Answers, as they are stored, that hide no run: each question passed over. */
export function allSkipped() {
  const ids = Object.values(predictions()).flat();
  return Object.fromEntries(ids.map((id) => [id, null]));
}

/** @type {Record<string, string>} */
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/**
 * Serves the book below a path. Nothing is compressed, so that what is
 * measured is what was built, unless that is asked for: `cargo run` and web
 * hosts do compress.
 * @param {string} [prefix] begins and ends with a slash
 * @param {boolean} [compressed]
 * @returns {Promise<string>} the address of the book, with a slash at its end
 */
export async function serve(prefix = "/", compressed = false) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = decodeURIComponent(pathname);
    const name = path.slice(prefix.length) || "index.html";
    const file = join(site, name);
    try {
      if (!path.startsWith(prefix) || !file.startsWith(site)) throw path;
      const text = await readFile(file);
      const body = compressed ? gzipSync(text) : text;
      const type = TYPES[extname(file)] ?? "application/octet-stream";
      response.writeHead(200, {
        ...(compressed ? { "Content-Encoding": "gzip" } : {}),
        "Content-Type": type,
        "Content-Length": body.length,
      });
      response.end(body);
    } catch {
      response.writeHead(404, { "Content-Type": "text/plain" });
      response.end(`no ${path}`);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => server.close());
  const address = server.address();
  assert.ok(address && typeof address === "object");
  return `http://127.0.0.1:${address.port}${prefix}`;
}

/** As this project starts Chromium: alone, without a word to anyone. */
export const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

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
 * A time as the book writes it: `9.0 s`.
 * @param {number} seconds
 */
export function figure(seconds) {
  const text = (Math.round(seconds * 20) / 20).toFixed(2);
  return `${text.replace(/0$/, "")}\u00a0s`;
}
