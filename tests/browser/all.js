// The whole suite. Lighthouse judges how fast a page is, so it has the machine
// to itself; the other files run two at a time, the longest first. (The
// command line of `node --test` would start them by name.)

import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const ALONE = "lighthouse.test.js";
const LONGEST = "run.test.js";

/** As long as a file may take, in milliseconds. */
const timeout = 900_000;

const others = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith(".test.js") && ![ALONE, LONGEST].includes(name));

/**
 * Runs test files, tells how they went, and waits for their end.
 * @param {string[]} files
 * @param {number} concurrency
 */
async function all(files, concurrency) {
  const told = run({ files, concurrency, timeout });
  told.on("test:fail", () => { process.exitCode = 1; });
  for await (const text of told.compose(new spec())) process.stdout.write(text);
}

await all([ALONE], 1);
await all([LONGEST, ...others], Math.min(2, availableParallelism()));
