// @ts-check
// Mends what keeps people with a keyboard or a screen reader from using
// mdBook's own controls, without a template of ours that would age beside
// mdBook's. Each function names the fault it mends. What can be mended without
// a script is in theme/header.hbs and in the style sheet.
(() => {
  "use strict";

  /** @param {string} id */
  const byId = (id) => document.getElementById(`mdbook-${id}`);

  /** @type {(within: ParentNode, what: string) => HTMLElement[]} */
  const all = (within, what) => [...within.querySelectorAll(what)].filter(
    (element) => element instanceof HTMLElement);

  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  /**
   * Runs now, and whenever these attributes change.
   * @param {Node} node
   * @param {string[]} attributes
   * @param {() => void} run
   * @param {boolean} [within] also on what is inside
   */
  function follow(node, attributes, run, within = false) {
    run();
    new MutationObserver(run).observe(
      node, { attributeFilter: attributes, childList: within, subtree: within });
  }

  /**
   * The template can place the link only after the contents, with all their
   * links, which it is there to skip.
   */
  function skipLinkComesFirst() {
    const link = document.querySelector("a.skip-link");
    if (link) document.body.prepend(link);
  }

  /**
   * The button for the contents is a label: no key reaches it. A real button
   * takes its place and passes the click on.
   */
  function sidebarButton() {
    const label = byId("sidebar-toggle");
    const checkbox = byId("sidebar-toggle-anchor");
    if (!label || !(checkbox instanceof HTMLInputElement)) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = label.className;
    button.title = label.title;
    for (const name of ["aria-label", "aria-controls"]) {
      button.setAttribute(name, label.getAttribute(name) ?? "");
    }
    button.append(...label.childNodes);
    button.addEventListener("click", () => label.click());
    label.before(button);
    label.hidden = true;
    label.removeAttribute("id");
    button.id = "mdbook-sidebar-toggle";
    // A finger or the handle opens and closes the contents too, and forgets
    // the checkbox that the style sheet goes by.
    follow(document.documentElement, ["class"], () => {
      const seen = document.documentElement.classList.contains("sidebar-visible");
      const sidebar = byId("sidebar");
      checkbox.checked = seen;
      button.setAttribute("aria-expanded", String(seen));
      if (seen && sidebar) sidebar.style.display = "";
    });
  }

  /** The handle that widens the contents is for mice alone. */
  function sidebarHandle() {
    const handle = byId("sidebar-resize-handle");
    const sidebar = byId("sidebar");
    if (!handle || !sidebar) return;
    const [least, most] = [150, 600];
    handle.tabIndex = 0;
    const attributes = {
      role: "separator",
      "aria-label": "Width of the contents",
      "aria-orientation": "vertical",
      "aria-controls": sidebar.id,
      "aria-valuemin": String(least),
      "aria-valuemax": String(most),
    };
    for (const [name, value] of Object.entries(attributes)) {
      handle.setAttribute(name, value);
    }
    const tell = () => handle.setAttribute(
      "aria-valuenow", String(Math.round(sidebar.offsetWidth)));
    new ResizeObserver(tell).observe(sidebar);
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -20, ArrowRight: 20 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation(); // or mdBook turns the page
      const width = Math.min(most, Math.max(least, sidebar.offsetWidth + step));
      document.documentElement.style.setProperty(
        "--sidebar-target-width", `${width}px`);
    });
  }

  /** Nothing tells which page of the contents is this one but its colour. */
  function currentPage() {
    for (const link of all(document, "#mdbook-sidebar a.active")) {
      link.setAttribute("aria-current", "page");
    }
  }

  /** The chevrons that fold the contents are links to nowhere. */
  function foldToggles() {
    for (const toggle of all(document, "#mdbook-sidebar .chapter-fold-toggle")) {
      const item = toggle.closest("li");
      if (!item || toggle.getAttribute("role") === "button") continue;
      toggle.setAttribute("role", "button");
      toggle.tabIndex = 0;
      const of = item.querySelector("a:not(.chapter-fold-toggle)");
      toggle.setAttribute("aria-label", `Sections of ${of?.textContent}`);
      toggle.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        toggle.click();
      });
      follow(item, ["class"], () => toggle.setAttribute(
        "aria-expanded", String(item.classList.contains("expanded"))));
    }
  }

  /** The book's title is a second h1 on every page, and part of no landmark. */
  function menuBar() {
    byId("menu-bar")?.setAttribute("role", "banner");
    const title = document.querySelector(".menu-title");
    title?.setAttribute("role", "presentation");
    // Clicked, it scrolls smoothly to the top, whatever the reader has set.
    title?.addEventListener("click", (event) => {
      if (!still.matches) return;
      event.stopImmediatePropagation();
      window.scrollTo(0, 0);
    }, { capture: true });
  }

  /** Which theme is chosen is told by a sign that only the eye meets. */
  function themeMenu() {
    const menu = byId("theme-list");
    if (!menu) return;
    const themes = all(menu, "button.theme");
    for (const theme of themes) theme.setAttribute("role", "menuitemradio");
    follow(menu, ["class"], () => {
      for (const theme of themes) {
        const chosen = theme.classList.contains("theme-selected");
        theme.setAttribute("aria-checked", String(chosen));
      }
    }, true);
  }

  /** The links to the neighbours name keys that no keyboard has. */
  function neighbours() {
    for (const link of all(document, "a[aria-keyshortcuts]")) {
      const key = link.getAttribute("aria-keyshortcuts");
      if (key === "Left" || key === "Right") {
        link.setAttribute("aria-keyshortcuts", `Arrow${key}`);
      }
    }
  }

  /** The help on the keys opens without a word, and the focus stays behind. */
  function helpPopup() {
    const container = byId("help-container");
    const popup = byId("help-popup");
    const title = popup?.querySelector("h2");
    if (!container || !popup || !title) return;
    title.id = "mdbook-help-title";
    popup.setAttribute("role", "dialog");
    popup.setAttribute("aria-modal", "true");
    popup.setAttribute("aria-labelledby", title.id);
    popup.tabIndex = -1;
    /** @type {Element | null} */
    let before = null;
    follow(container, ["style"], () => {
      if (container.style.display === "flex") {
        if (!popup.contains(document.activeElement)) {
          before = document.activeElement;
        }
        popup.focus();
      } else if (before instanceof HTMLElement) {
        before.focus();
        before = null;
      }
    });
  }

  /**
   * What scrolls sideways is reached by the keyboard, and only that: a stop
   * for each block that shows all it has would be in the way. The arrow keys
   * scroll it, where mdBook would turn the page.
   */
  function scrollers() {
    /** @param {HTMLElement} element */
    const update = (element) => {
      const { overflowX } = getComputedStyle(element);
      const scrolls = /auto|scroll/.test(overflowX) &&
        element.scrollWidth > element.clientWidth;
      if (scrolls === element.hasAttribute("tabindex")) return;
      if (scrolls) {
        element.tabIndex = 0;
        element.setAttribute("role", "group");
        const what = element.matches("pre, code") ? "Code" : "Table";
        element.setAttribute("aria-label", `${what} that scrolls sideways`);
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) {
          element.removeAttribute(name);
        }
      }
    };
    const observer = new ResizeObserver((entries) => {
      for (const { target } of entries) {
        if (target instanceof HTMLElement) update(target);
      }
    });
    const scrollable = "main pre, main pre > code, main .table-wrapper";
    for (const element of all(document, scrollable)) observer.observe(element);
    document.addEventListener("keydown", (event) => {
      const target = /** @type {Element} */ (event.target);
      if (!/^Arrow(Left|Right)$/.test(event.key)) return;
      if (target.matches(scrollable)) event.stopImmediatePropagation();
    }, { capture: true });
  }

  /**
   * An arrow key turns the page, but not under the hands of someone who is in a
   * listing or at a button, and not while something runs. mdBook asks its
   * search whether that has the keyboard.
   */
  function arrowKeys() {
    const held = () => {
      const { activeElement: at } = document;
      const resting = at === null || at === document.body ||
        at.matches("main, a[rel=next], a[rel=prev]");
      return !resting || all(document, "main button").some(
        (button) => button.textContent === "Stop");
    };
    let key = "";
    document.addEventListener("keydown", (event) => { key = event.key; },
      { capture: true });
    Object.assign(window, { search: {
      hasFocus: () => /^Arrow/.test(key) && held(),
    } });
  }

  /**
   * On the way back a browser may show the page as it was left. Where a theme
   * was chosen or a prediction answered since, it is loaded anew. (mdBook
   * forbids such pages altogether: see theme/highlight.js.)
   */
  function wayBack() {
    const state = () => {
      try {
        return ["mdbook-theme", "workbook-answers"].map(
          (key) => localStorage.getItem(key)).join();
      } catch {
        return ""; // nothing is stored, so nothing has changed
      }
    };
    let left = "";
    window.addEventListener("pagehide", () => { left = state(); });
    window.addEventListener("pageshow", ({ persisted }) => {
      if (persisted && state() !== left) location.reload();
    });
  }

  skipLinkComesFirst();
  wayBack();
  arrowKeys();
  sidebarButton();
  sidebarHandle();
  currentPage();
  menuBar();
  themeMenu();
  neighbours();
  helpPopup();
  scrollers();
  // The contents of this very page join the sidebar only then.
  document.addEventListener("DOMContentLoaded", foldToggles);
})();
