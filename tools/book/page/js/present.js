// @ts-check
// One pair, large, side by side, for a room: P shows it, the arrows turn to the
// next, Escape ends it.
(() => {
  "use strict";

  /**
   * The listings of the page, by their lessons.
   * @returns {Element[][]}
   */
  function lessons() {
    /** @type {Map<string, Element[]>} */
    const found = new Map();
    for (const section of document.querySelectorAll("main .listing")) {
      const [name] = (section.getAttribute("data-listing") ?? "").split("/");
      found.set(name, [...found.get(name) ?? [], section]);
    }
    return [...found.values()];
  }

  /** @type {(tag: string, name: string) => HTMLElement} */
  function made(tag, name) {
    const element = document.createElement(tag);
    element.className = name;
    return element;
  }

  /** @type {(label: string, press: () => void) => HTMLButtonElement} */
  function button(label, press) {
    const it = document.createElement("button");
    it.type = "button";
    it.textContent = label;
    it.addEventListener("click", press);
    return it;
  }

  /** @type {Element[][]} */
  let all = [];
  let at = 0;

  const dialog = document.createElement("dialog");
  dialog.className = "present";
  const title = document.createElement("h2");
  const ways = made("div", "ways");
  const back = button("← Previous", () => turn(-1));
  const next = button("Next →", () => turn(1));
  const end = button("Close", () => dialog.close());
  const head = made("header", "");
  head.append(title, back, next, end);
  dialog.append(head, ways);

  /**
   * A copy of what is looked at, without what is named twice or sealed.
   * @param {Element} section
   */
  function shown(section) {
    const way = made("article", section.className);
    /** @type {(string | null)[]} */
    const parts = ["header > .way", "pre.program"];
    if (!section.querySelector(":scope > .outcome > .run[hidden]")) {
      parts.push(".run > figure.timeline > svg");
    }
    for (const part of parts) {
      const copy = section.querySelector(String(part))?.cloneNode(true);
      if (!(copy instanceof Element)) continue;
      for (const named of [copy, ...copy.querySelectorAll("[id]")]) {
        named.removeAttribute("id");
      }
      // What is being edited is shown as it is, without its text area.
      copy.querySelector("textarea")?.remove();
      way.append(copy);
    }
    return way;
  }

  function show() {
    const sections = all[at];
    const [name] = (sections[0].getAttribute("data-listing") ?? "").split("/");
    title.textContent = `${name} (${at + 1} of ${all.length})`;
    ways.replaceChildren(...sections.map(shown));
    const lines = [...ways.querySelectorAll("pre.program > code > [data-n]")]
      .flatMap((part) => (part.textContent ?? "").split("\n"));
    const columns = Math.max(40, ...lines.map((line) => line.length));
    dialog.style.setProperty("--columns", String(columns));
    dialog.style.setProperty("--ways", String(sections.length));
    dialog.setAttribute("aria-label", `Both ways of ${name}`);
    back.disabled = at === 0;
    next.disabled = at === all.length - 1;
    dialog.scrollTop = 0;
  }

  /** @param {number} by */
  function turn(by) {
    if (!all[at + by]) return;
    at += by;
    show();
  }

  /** @param {Element} [section] the listing to begin with */
  function open(section) {
    all = lessons();
    if (!all.length || dialog.open) return;
    const passed = all.filter(([first]) =>
      first.getBoundingClientRect().top < window.innerHeight / 2).length;
    const own = all.findIndex((it) => section && it.includes(section));
    at = own < 0 ? Math.max(0, passed - 1) : own;
    if (!dialog.isConnected) document.body.append(dialog);
    show();
    dialog.showModal();
  }

  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation(); // or mdBook turns the page
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) turn(by);
    if (event.key === "p") dialog.close();
  });

  // What was looked at is back in sight, wherever one has turned to.
  dialog.addEventListener("close", () =>
    all[at]?.[0].scrollIntoView({ block: "start", behavior: "auto" }));

  document.addEventListener("keydown", (event) => {
    const { target, key, ctrlKey, metaKey, altKey } = event;
    const typing = target instanceof Element &&
      target.matches("input, textarea, select");
    if (key === "p" && !typing && !ctrlKey && !metaKey && !altKey) open();
  });

  document.addEventListener("click", ({ target }) => {
    const press = /** @type {Element} */ (target).closest("[data-do=present]");
    if (press) open(press.closest(".listing") ?? undefined);
  });

  const help = document.querySelector("#mdbook-help-popup > div");
  const key = document.createElement("kbd");
  key.textContent = "p";
  const line = document.createElement("p");
  line.append("Press ", key, " to show one pair, large");
  if (document.querySelector("main .listing")) help?.append(line);
})();
