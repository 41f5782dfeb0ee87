// @ts-check
// Keeps a page as new as the book: loads it again once it has changed, and says
// so where the book can't be built. Served with the pages by `cargo run` alone;
// see serve/reload.rs for what it is told.
(() => {
  "use strict";

  const meta = document.querySelector("meta[name=workbook-page]");
  const hash = meta?.getAttribute("content");
  if (!hash) return;

  const bar = document.createElement("p");
  bar.className = "build-fault";
  bar.setAttribute("role", "alert");

  const page = new URLSearchParams({ path: location.pathname, hash });
  const socket = new WebSocket(`ws://${location.host}/__livereload?${page}`);
  socket.addEventListener("message", ({ data }) => {
    const news = JSON.parse(data);
    switch (news.event) {
      case "changed":
        socket.close();
        location.reload();
        break;
      case "fault":
        bar.textContent =
          `The book can't be built, so this page may be old.\n${news.why}`;
        document.body.prepend(bar);
        break;
      case "sound":
        bar.remove();
    }
  });
  window.addEventListener("pagehide", () => socket.close());
})();
