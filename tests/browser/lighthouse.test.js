// Lighthouse on a chapter, as a phone and as a desk see it.

import lighthouse, { desktopConfig } from "lighthouse";
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { CHAPTER } from "./book.js";
import { launch } from "./browser.js";
import { serve } from "./serve.js";

/** A port that nothing listens on. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  assert.ok(address && typeof address === "object");
  return address.port;
}

const port = await freePort();
await launch([`--remote-debugging-port=${port}`]);
const book = await serve("/", true);

const CATEGORIES = ["accessibility", "best-practices", "performance"];

/** What each must reach, of a hundred. */
const LEAST = { accessibility: 100, "best-practices": 100, performance: 95 };

const FORMS = { "a phone": undefined, "a desk": desktopConfig };

/** @param {import("lighthouse").Result} report */
function failed({ audits, categories }) {
  return Object.values(categories)
    .flatMap(({ auditRefs }) => auditRefs)
    .filter(({ weight, id }) => weight > 0 && (audits[id].score ?? 1) < 0.9)
    .map(({ id }) => `${id}: ${audits[id].title} ${audits[id].displayValue ?? ""}`);
}

for (const [form, config] of Object.entries(FORMS)) {
  test(`Lighthouse is content, as ${form}`, async (t) => {
    const run = await lighthouse(
      book + CHAPTER, { port, onlyCategories: CATEGORIES, logLevel: "error" },
      config);
    assert.ok(run, "Lighthouse ran");
    const { categories, lighthouseVersion } = run.lhr;
    const scores = Object.fromEntries(CATEGORIES.map(
      (id) => [id, Math.round(100 * (categories[id].score ?? 0))]));
    const text = CATEGORIES.map((id) => `${id} ${scores[id]}`).join(", ");
    t.diagnostic(`Lighthouse ${lighthouseVersion}, ${form}: ${text}`);
    const faults = failed(run.lhr).join("\n");
    for (const [id, least] of Object.entries(LEAST)) {
      assert.ok(scores[id] >= least, `${id}: ${scores[id]}\n${faults}`);
    }
  });
}
