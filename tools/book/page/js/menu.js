// @ts-check
// The menu of a listing, and the place where its run stays in sight.
(() => {
  "use strict";

  /** @param {Element} [but] */
  function close(but) {
    for (const menu of document.querySelectorAll(".menu[open]")) {
      if (menu === but) continue;
      const inside = menu.contains(document.activeElement);
      menu.removeAttribute("open");
      if (inside) menu.querySelector("summary")?.focus();
    }
  }

  /** What is said on the button itself is read before the menu closes. */
  const STAYS = "[data-do=copy], [data-do=copy-command], select";

  /**
   * A replay's button, with its speed, is in the header while it says Stop.
   * @param {HTMLElement} button
   */
  function leave(button) {
    const played = button.closest(".menu .played");
    const menu = played?.parentElement;
    const tools = button.closest("header")?.querySelector(".tools");
    if (!played || !menu || !tools) return;
    const label = button.textContent;
    const next = played.nextSibling;
    tools.append(played);
    button.focus();
    const observer = new MutationObserver(() => {
      if (button.textContent !== label) return;
      observer.disconnect();
      menu.insertBefore(played, next);
    });
    observer.observe(button, { childList: true, characterData: true });
  }

  const unpin = document.createElement("button");
  unpin.type = "button";
  unpin.className = "unpin";
  unpin.textContent = "Unpin";
  unpin.title = "Back to its place below the program";
  unpin.addEventListener("click", () => letGo());

  function letGo() {
    unpin.remove();
    document.querySelector(".in-sight")?.classList.remove("in-sight");
  }

  globalThis.workbook_in_sight = (stage) => {
    if (stage.classList.contains("in-sight")) return;
    letGo();
    stage.classList.add("in-sight");
    stage.append(unpin);
  };

  document.addEventListener("click", ({ target }) => {
    const pressed = /** @type {Element} */ (target);
    const menu = pressed.closest(".menu") ?? undefined;
    const button = pressed.closest("button");
    const done = button && menu?.contains(button) && !button.matches(STAYS);
    if (button?.matches(".listing > header [data-do=replay]")) {
      const stage = button.closest(".listing")?.querySelector(".run");
      if (stage && !stage.hasAttribute("hidden")) {
        globalThis.workbook_in_sight(stage);
      }
      leave(button);
    }
    close(done ? undefined : menu);
  }, { capture: true });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (document.querySelector(".menu[open]")) close();
    else if (!event.defaultPrevented) letGo();
  });
})();
