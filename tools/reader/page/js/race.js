// @ts-check
// A live race: the ways of a pair, as the reader has them, run at once on one
// axis with one playhead. Each is shown from its own start on: one that has to
// be compiled first is waited for, and no other has a lead.

import { button, element, say, sentence, still } from "./dom.js";
import { ask, order, silent } from "./server.js";
import { grow } from "./timeline.js";

/** @typedef {import("./listing.js").Listing} Listing */

const figure = workbook_figure;

/** One way's run in a race. */
class Runner {
  /**
   * @param {Listing} listing
   * @param {number} index its place on the stage
   * @param {Stage} stage
   */
  constructor(listing, index, stage) {
    this.listing = listing;
    this.index = index;
    this.stage = stage;
    const { name } = stage.ways[index];
    this.way = listing.edited() ? `edited ${name}` : name;
    /** What is still to be shown, and when. @type {[number, any][]} */
    this.queue = [];
    /** @type {string[]} */
    this.lines = [];
    this.ready = false;
    /** @type {number | undefined} */
    this.number = undefined;
    /** Seconds, and how it ended, once that was shown. */
    this.took = 0;
    this.ending = "";
    /** Why it did not run, or not to its end. */
    this.why = "";
  }

  get over() {
    return this.why !== "" || this.ending !== "";
  }

  /**
   * Has it run by the server. It is ready as soon as it prints, or can't.
   * @param {AbortSignal} signal
   * @param {() => void} ready
   */
  async run(signal, ready) {
    try {
      await order("/api/run", this.listing.wanted(), signal, (event) => {
        const last = this.hear(event);
        if (this.ready || last) ready();
        return last;
      });
    } catch (error) {
      this.why ||= signal.aborted ? "stopped." : silent("not run", error);
      ready();
    }
  }

  /**
   * @param {any} event
   * @returns {boolean} whether it is the last
   */
  hear(event) {
    const at = this.queue.at(-1)?.[0] ?? 0;
    switch (event.event) {
      case "accepted":
        this.number = event.run;
        return false;
      case "building":
        this.stage.clock(this.index, "compiling …");
        return false;
      case "started":
        this.ready = true;
        return false;
      case "line":
        this.queue.push([event.at, event]);
        return false;
      case "timeline":
        this.queue.push([at, event]);
        return false;
      case "ended":
        if (event.took === null) this.why = event.why;
        else this.queue.push([event.took, event]);
        return true;
      case "refused":
      case "cut":
        this.why = event.why;
        return true;
    }
    return false;
  }

  /**
   * Shows it as it is so many seconds after its start.
   * @param {number} seconds
   */
  show(seconds) {
    while (this.queue.length > 0 && this.queue[0][0] <= seconds) {
      this.take(this.queue.splice(0, 1)[0][1]);
    }
    if (this.over) return;
    const svg = this.stage.svgs()[this.index];
    if (svg) grow(svg, seconds);
    this.stage.clock(this.index, still.matches
      ? figure(Math.floor(seconds), 0) : figure(seconds, 1));
  }

  /** @param {any} event */
  take(event) {
    const { stage, index } = this;
    if (event.event === "line") {
      this.lines.push(event.text);
      stage.print(index, event.at, event.text);
    } else if (event.event === "timeline") {
      const drawn = element("div", "");
      drawn.innerHTML = event.svg; // the server's own, every name escaped
      const svg = drawn.querySelector("svg");
      if (svg) stage.draw(index, svg);
    } else {
      this.took = event.took;
      this.ending = told(event);
      stage.clock(index, figure(event.took, 2));
      stage.ways[index].picture.classList.remove("running");
    }
  }
}

/**
 * How a run ended, in words.
 * @param {{ how: string, took: number }} end
 */
function told({ how, took }) {
  const after = `after ${figure(took)}`;
  if (how === "exit 0") return `ended ${after}`;
  if (how === "exit 101") return `panicked ${after}`;
  if (how === "killed") return `had not ended ${after}, and was stopped`;
  return `ended ${after} (${how})`;
}

/** A pair that is raced. */
export class Race {
  /**
   * @param {HTMLElement} pair
   * @param {Listing[]} listings its ways
   */
  constructor(pair, listings) {
    this.pair = pair;
    this.listings = listings;
    this.button = button("Race live", () => this.press());
    this.button.dataset.do = "race-live";
    this.button.title = "Run all ways at once, as you have edited them";
    /** @type {Runner[]} */
    this.runners = [];
    /** @type {AbortController | undefined} */
    this.busy = undefined;
    const replay = pair.querySelector("[data-do=race]");
    if (replay) replay.textContent = "Replay";
    pair.querySelector("header .tools")?.prepend(this.button);
  }

  async press() {
    if (this.busy) return this.stop();
    const stage = window.workbook_race?.stage(this.pair);
    if (!stage) return;
    const { signal } = this.busy = new AbortController();
    const release = this.begin(stage);
    this.runners = this.listings.map((it, index) =>
      new Runner(it, index, stage));
    let waiting = this.runners.length;
    /** @type {Promise<void>} */
    const ready = new Promise((resolve) => {
      for (const runner of this.runners) {
        let was = false;
        runner.run(signal, () => {
          if (!was && (was = true) && (waiting -= 1) === 0) resolve();
        });
      }
    });
    await ready;
    await this.play(stage);
    this.busy = undefined;
    release();
    this.tell(stage);
  }

  /**
   * @param {Stage} stage
   * @returns {() => void} undoes it
   */
  begin(stage) {
    const others = [...this.pair.querySelectorAll("header .tools > *")].filter(
      (it) => it !== this.button);
    for (const other of others) other.toggleAttribute("disabled", true);
    this.button.textContent = "Stop";
    stage.begin();
    for (const [index, { picture }] of stage.ways.entries()) {
      picture.querySelector("svg")?.remove();
      picture.classList.add("running");
      stage.clock(index, "starting …");
    }
    say("Race: all ways run at once.");
    const behavior = still.matches ? "auto" : "smooth";
    const tall = this.pair.clientHeight > 0.9 * innerHeight;
    this.pair.scrollIntoView({ block: tall ? "start" : "nearest", behavior });
    return () => {
      this.button.textContent = "Race live";
      for (const other of others) other.toggleAttribute("disabled", false);
      for (const { picture } of stage.ways) picture.classList.remove("running");
      stage.at(Infinity);
    };
  }

  /**
   * Shows all that runs, on one clock, until the last is over.
   * @param {Stage} stage
   */
  async play(stage) {
    const start = performance.now();
    while (!this.runners.every((it) => it.over)) {
      if (this.runners.some((it) => it.why)) return this.stop();
      const seconds = (performance.now() - start) / 1000;
      for (const runner of this.runners) runner.show(seconds);
      stage.at(seconds);
      // A tab in the background gets no frames, but its timers run.
      await new Promise((resolve) => {
        setTimeout(resolve, still.matches ? 250 : 50);
        if (!still.matches) requestAnimationFrame(resolve);
      });
    }
  }

  /** Ends all that is under way. */
  async stop() {
    const under = this.runners.filter((it) => !it.over);
    for (const runner of under) runner.why ||= "stopped.";
    await Promise.all(under.map(async ({ number }) => {
      if (number === undefined) return this.busy?.abort();
      try {
        await ask("/api/stop", { run: number });
      } catch {
        this.busy?.abort();
      }
    }));
  }

  /**
   * Says what came of it.
   * @param {Stage} stage
   */
  tell(stage) {
    const failed = this.runners.filter(({ why }) => why);
    const words = failed.length === 0
      ? window.workbook_race?.verdict(this.runners) ?? ""
      : failed.every(({ why }) => why === "stopped.") ? "Stopped."
        : failed.filter(({ why }) => why !== "stopped.").map(
          ({ way, why }) => sentence(`No race: the ${way}: ${why}`)).join(" ");
    if (failed.length > 0) stage.recorded();
    stage.result.textContent = words;
    say(words);
  }
}

/**
 * Lets each pair on the page be raced whose ways can all be run.
 * @param {Listing[]} listings
 */
export function offerRaces(listings) {
  for (const pair of document.querySelectorAll(".pair:has(> .stage)")) {
    if (!(pair instanceof HTMLElement)) continue;
    const place = pair.querySelector(".stage")?.getAttribute("data-of");
    const ways = (place ?? "").split(" ").flatMap((id) =>
      listings.filter(({ section }) => section.id === id));
    if (ways.length > 1) new Race(pair, ways);
  }
}
