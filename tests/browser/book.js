// The built book: where it is, its pages, and what they ask.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

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
  const name = readdirSync(site).find((it) => /^predictions-/.test(it));
  assert.ok(name, "there is no predictions-*.js");
  const found = /workbook_predictions=(\{.*?\});/s.exec(
    readFileSync(join(site, name), "utf8"));
  assert.ok(found, `${name} has no predictions`);
  /** @type {[string, string[]][]} */
  const all = Object.entries(JSON.parse(found[1]));
  return Object.fromEntries(all.map(([page, ids]) =>
    [`${page}.html`, ids.map((id) => `predict-${id}`)]));
}

/** Answers, as they are stored, that hide no run: each question passed over. */
export function allSkipped() {
  const ids = Object.values(predictions()).flat();
  return Object.fromEntries(ids.map((id) => [id, null]));
}
