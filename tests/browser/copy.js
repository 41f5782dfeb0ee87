// What a Copy button must give: the program as it is in its file.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./book.js";

/** A visit that may read what it has copied. */
export const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

/** @param {string} lesson */
function folderOf(lesson) {
  const listings = join(root, "listings");
  const found = readdirSync(listings).find(
    (chapter) => readdirSync(join(listings, chapter)).includes(lesson));
  assert.ok(found, `listings/*/${lesson}`);
  return join(listings, found);
}

/**
 * The program of a file, as a reader would type it: what is above its tests,
 * without the marks for excerpts.
 * @param {string} file "breakfast/src/wrong_way.rs"
 */
export function program(file) {
  const path = join(folderOf(file.split("/")[0]), file);
  const [above] = readFileSync(path, "utf8").split("#[cfg(test)]\nmod ");
  const lines = above.split("\n").filter(
    (line) => !/^\s*\/\/ ANCHOR(_END)?:/.test(line));
  return `${lines.join("\n").trimEnd()}\n`;
}
