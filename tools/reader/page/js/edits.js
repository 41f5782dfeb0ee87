// @ts-check
// What the reader has edited, kept by this browser until Reset.

const KEY = "workbook-edit:";

/**
 * @typedef {object} Edit
 * @property {string[]} texts of the program, and of its tests
 * @property {string} of the listing that was edited
 */

/**
 * @param {string} id
 * @returns {Edit | undefined}
 */
export function load(id) {
  try {
    const saved = JSON.parse(localStorage.getItem(KEY + id) ?? "null");
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
 */
export function save(id, edit) {
  try {
    if (edit) localStorage.setItem(KEY + id, JSON.stringify(edit));
    else localStorage.removeItem(KEY + id);
  } catch {
    // A browser that keeps nothing still edits.
  }
}
