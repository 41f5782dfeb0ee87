// @ts-check
// What the reader has edited, kept by this browser; also after Reset, until
// the next edit, so that it can be undone.

/** @typedef {"edit" | "reset"} State */

/** @type {(id: string, state: State) => string} */
const key = (id, state) => `workbook-${state}:${id}`;

/**
 * @typedef {object} Edit
 * @property {string[]} texts of the program, and of its tests
 * @property {string} of the listing that was edited
 */

/**
 * @param {string} id
 * @param {State} [state]
 * @returns {Edit | undefined}
 */
export function load(id, state = "edit") {
  try {
    const saved = JSON.parse(localStorage.getItem(key(id, state)) ?? "null");
    const { texts, of } = saved ?? {};
    const sound = Array.isArray(texts) && typeof of === "string" &&
      texts.every((text) => typeof text === "string");
    return sound ? { texts, of } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} id
 * @param {Edit | undefined} edit undefined forgets it
 * @param {State} [state]
 */
export function save(id, edit, state = "edit") {
  try {
    if (edit) localStorage.setItem(key(id, state), JSON.stringify(edit));
    else localStorage.removeItem(key(id, state));
  } catch {
    // A browser that keeps nothing still edits.
  }
}
