// @ts-check
// The text of a program: all of it, folded or not, without the words of the
// folds.
globalThis.workbook_program = (code) => {
  const whole = /** @type {Element} */ (code.cloneNode(true));
  for (const words of whole.querySelectorAll("summary")) words.remove();
  return whole.textContent ?? "";
};
