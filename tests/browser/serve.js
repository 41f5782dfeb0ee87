// A web server for the built book, as simple as a host may be.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after } from "node:test";
import { gzipSync } from "node:zlib";
import { site } from "./book.js";

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
    try {
      await send(response, fileOf(path, prefix), compressed);
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

/**
 * The file of the book that a path names.
 * @param {string} path
 * @param {string} prefix
 */
function fileOf(path, prefix) {
  const file = join(site, path.slice(prefix.length) || "index.html");
  if (!path.startsWith(prefix) || !file.startsWith(site)) throw path;
  return file;
}

/**
 * @param {import("node:http").ServerResponse} response
 * @param {string} file
 * @param {boolean} compressed
 */
async function send(response, file, compressed) {
  const text = await readFile(file);
  const body = compressed ? gzipSync(text) : text;
  response.writeHead(200, {
    ...(compressed ? { "Content-Encoding": "gzip" } : {}),
    "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
    "Content-Length": body.length,
  });
  response.end(body);
}
