// The server that `cargo run` starts, and a listing as its pages run it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { root } from "./book.js";
import { menu } from "./browser.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Locator} Locator */

/**
 * How long the first build of a listing may take, and a run of one, in
 * milliseconds.
 */
export const LONG = 120_000;

/**
 * Starts the server, until the tests of this file are over.
 * @param {string} [workbook] the folder of the workbook that it serves
 * @returns the address of the book, with a slash at its end, its key, and what
 * a browser keeps that was shown the key
 */
export async function started(workbook = root) {
  const server = spawn("cargo",
    ["run", "--quiet", "--", "--no-open", "--port", "0", "--root", workbook],
    { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  after(async () => {
    server.kill("SIGINT");
    await once(server, "exit");
  });
  for await (const line of createInterface(server.stdout)) {
    const found = /(http:\/\/[\d.]+:(\d+)\/)\?key=(\w+)/.exec(line);
    if (!found) continue;
    const [, book, port, key] = found;
    const sameSite = /** @type {const} */ ("Strict");
    const cookie = { name: `workbook-${port}`, value: key, sameSite, path: "/",
      domain: "127.0.0.1", httpOnly: true, secure: false, expires: -1 };
    return { book, key, storageState: { cookies: [cookie], origins: [] } };
  }
  throw new Error("the server has not started");
}

/**
 * What a listing has while it is run and edited.
 * @param {Page} page
 * @param {string} id
 */
export function parts(page, id) {
  const listing = page.locator(`#${id}`);
  /** @param {string} what */
  const press = (what) => listing.locator(`header [data-do=${what}]`);
  /** @param {string} what */
  const inMenu = (what) => ({
    click: async () => {
      await menu(listing);
      await press(what).click();
    },
  });
  return {
    listing,
    run: press("run"),
    check: inMenu("check"),
    edit: press("edit"),
    reset: inMenu("reset"),
    undo: press("undo"),
    area: listing.locator("pre.program textarea"),
    verdict: listing.locator(".live .verdict > p").first(),
    live: listing.locator(".live"),
  };
}

/**
 * Edits what is in a text area.
 * @param {Locator} area
 * @param {(text: string) => string} edit
 */
export async function change(area, edit) {
  const text = await area.inputValue();
  if (edit(text) === text) throw new Error("the change is none");
  await area.fill(edit(text));
}

/**
 * Waits until something is said.
 * @param {Locator} locator
 * @param {RegExp} words
 */
export async function says(locator, words) {
  try {
    await locator.filter({ hasText: words }).waitFor({ timeout: LONG });
  } catch {
    const instead = (await locator.allTextContents()).join("\n");
    throw new Error(`it does not say ${words}, but "${instead}"`);
  }
}

/**
 * Runs a listing and returns what is said of it.
 * @param {Page} page
 * @param {string} id
 */
export async function told(page, id) {
  const { run, verdict } = parts(page, id);
  await run.click();
  await verdict.waitFor({ timeout: LONG });
  return await verdict.textContent() ?? "";
}
