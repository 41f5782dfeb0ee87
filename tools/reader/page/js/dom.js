// @ts-check
// Elements, what a screen reader is told, and what motion the reader wants.

/** Whether the reader wants no motion. */
export const still = window.matchMedia("(prefers-reduced-motion: reduce)");

/**
 * @param {string} tag
 * @param {string} name its class
 * @param {...(Node | string)} children
 */
export function element(tag, name, ...children) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
}

/** @type {(label: string, press: (event: MouseEvent) => void) => HTMLButtonElement} */
export function button(label, press) {
  const made = /** @type {HTMLButtonElement} */ (element("button", "", label));
  made.type = "button";
  made.addEventListener("click", press);
  return made;
}

/**
 * For the eye alone: a screen reader passes it over.
 * @param {HTMLElement} sign
 */
export function hidden(sign) {
  sign.setAttribute("aria-hidden", "true");
  return sign;
}

/** @param {Element} element */
export function scrollTo(element) {
  const behavior = still.matches ? "auto" : "smooth";
  element.scrollIntoView({ block: "nearest", behavior });
}

const status = element("p", "visually-hidden ran-status");
status.setAttribute("role", "status");
document.body.append(status);

/**
 * Tells it to a screen reader.
 * @param {string} text
 */
export function say(text) {
  status.textContent = text;
}

/**
 * With a capital letter and an end.
 * @param {string} text
 */
export const sentence = (text) => text && text[0].toUpperCase() +
  text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");

/**
 * Whether a click came by pointer, not from a key.
 * @param {MouseEvent} event
 */
export const byPointer = (event) => event.detail > 0;
