// @ts-check
// Loads mdBook's search when the reader first searches. Its scripts and index
// weigh more than a chapter, and most visits never search.
//
// Once they are there, every further click and key is theirs: the listeners
// below are gone by then.
(() => {
  "use strict";

  const scripts = window.workbook_search;
  const toggle = document.getElementById("mdbook-search-toggle");
  const wrapper = document.getElementById("mdbook-search-wrapper");
  const form = document.getElementById("mdbook-searchbar-outer");
  const bar = document.getElementById("mdbook-searchbar");
  // A book built by plain mdBook has loaded its search already.
  if (!scripts || !toggle || !wrapper || !form) return;
  if (!(bar instanceof HTMLInputElement)) return;

  /**
   * @param {string} url
   * @returns {Promise<void>} settles once it has run, or could not be loaded
   */
  function load(url) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = url; // a tag, since nothing else is loaded from file://
      script.onload = () => resolve();
      script.onerror = () => reject(new Error(`${url} could not be loaded`));
      document.head.append(script);
    });
  }

  let loading = false;

  async function loadAll() {
    loading = true;
    try {
      // One after the other: the last one needs the others.
      for (const url of scripts ?? []) await load(url);
    } catch {
      loading = false; // the reader may try again
      tellOfFailure();
      return;
    }
    toggle?.removeEventListener("click", onClick);
    document.removeEventListener("keydown", onKey);
  }

  function tellOfFailure() {
    form?.classList.remove("searching");
    const header = document.getElementById("mdbook-searchresults-header");
    document.getElementById("mdbook-searchresults-outer")
      ?.classList.remove("hidden");
    if (header) header.textContent = "The search could not be loaded.";
  }

  /** Opens the box at once, so that no key typed meanwhile is lost. */
  function openBox() {
    wrapper?.classList.remove("hidden");
    toggle?.setAttribute("aria-expanded", "true");
    form?.classList.add("searching");
    window.scrollTo(0, 0);
    /** @type {HTMLInputElement} */ (bar).focus();
  }

  async function openAndLoad() {
    openBox();
    if (loading) return;
    await loadAll();
    if (!loading) return;
    // mdBook's script has closed the box as it started. Its own click opens
    // it, loads the index and searches for what has been typed; it selects
    // that too, and the next key would replace it.
    if (wrapper?.classList.contains("hidden")) toggle?.click();
    const box = /** @type {HTMLInputElement} */ (bar);
    box.setSelectionRange(box.value.length, box.value.length);
  }

  function onClick() {
    openAndLoad();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const { altKey, ctrlKey, metaKey, shiftKey, key } = event;
    if (altKey || ctrlKey || metaKey || shiftKey) return;
    if (key !== "s" && key !== "/") return;
    const target = /** @type {Element} */ (event.composedPath()[0]);
    if (target.matches("input, select, textarea")) return;
    event.preventDefault(); // or the key would be typed into the box
    openAndLoad();
  }

  toggle.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  // Enter would send the form, and with it the reader, to the page anew.
  form.addEventListener("submit", (event) => event.preventDefault());

  // A page reached from a result, or by a link to a search.
  const asked = new URLSearchParams(location.search);
  if (asked.has("search") || asked.has("highlight")) loadAll();
})();
