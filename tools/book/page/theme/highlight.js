// In place of highlight.js: code is highlighted when the book is built.
// mdBook's book.js calls these two.
window.hljs = { configure() {}, highlightBlock() {} };

// book.js, which comes next, sets an empty handler for «unload». Browsers are
// about to drop that event, warn of it, and keep no page with such a handler
// ready for the way back. So it is not set; chrome.js sees to the way back.
Object.defineProperty(window, "onunload", { configurable: true, set() {} });
