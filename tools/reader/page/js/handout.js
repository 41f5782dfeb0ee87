// @ts-check
// A chapter as a handout to print.

import { button, element, say, sentence } from "./dom.js";
import { order, silent } from "./server.js";

/** Where a chapter's handout is offered, and what came of it. */
export class Handout {
  /** @param {string} chapter */
  constructor(chapter) {
    this.chapter = chapter;
    /** @type {AbortController | undefined} */
    this.busy = undefined;
    this.button = button("Handout (PDF)", () => this.press());
    this.button.title = "Print this chapter";
    this.news = element("span", "news");
    this.whole = element("p", "handout", this.button, " ", this.news);
  }

  async press() {
    if (this.busy) return this.busy.abort();
    const { signal } = this.busy = new AbortController();
    this.button.textContent = "Stop";
    this.news.textContent = "Printing …";
    say("Printing.");
    try {
      await order("/api/handout", { chapter: this.chapter }, signal,
        (event) => this.hear(event));
    } catch (error) {
      this.tell(signal.aborted ? "Stopped." : silent("Not printed", error));
    }
    this.busy = undefined;
    this.button.textContent = "Handout (PDF)";
  }

  /**
   * @param {any} event
   * @returns {boolean} whether it is the last
   */
  hear(event) {
    switch (event.event) {
      case "progress":
        this.news.textContent = /^(Compiling|Downloading|Downloaded)/
          .test(event.text)
          ? `${event.text} … (the first time takes minutes)` : event.text;
        return false;
      case "printed": {
        const link = element("a", "", event.file);
        link.setAttribute("href", event.href);
        this.news.replaceChildren("Printed: ", link);
        say("The handout is printed.");
        return true;
      }
      case "refused":
      case "cut":
        this.tell(sentence(event.why));
        return true;
    }
    return false;
  }

  /** @param {string} text */
  tell(text) {
    this.news.textContent = text;
    say(text);
  }
}
