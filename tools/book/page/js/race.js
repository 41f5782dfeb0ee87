// @ts-check
// The ways of a lesson below each other on one axis, with one playhead, their
// lines side by side; and in words what differs when they have run. Recorded
// runs are raced by replay.js, live ones by the reader's race.js.
(() => {
  "use strict";

  const figure = workbook_figure;
  const chart = workbook_chart;

  /** A quotation is not longer than that, in characters. */
  const LONGEST = 60;

  /**
   * A way on the stage.
   * @typedef {object} Way
   * @property {HTMLElement} section its listing
   * @property {string} name "wrong way"
   * @property {HTMLElement} picture where its chart is
   * @property {HTMLElement} clock
   * @property {HTMLOListElement} lines what it prints
   */

  /**
   * A run, when it is over.
   * @typedef {object} Run
   * @property {string} way "wrong way", "edited wrong way"
   * @property {number} took seconds
   * @property {string} ending "ended after 9.0 s"
   * @property {string[]} lines
   */

  /**
   * @param {string} tag
   * @param {string} name its class
   * @param {...(Node | string)} children
   */
  function element(tag, name, ...children) {
    const made = document.createElement(tag);
    made.className = name;
    made.append(...children);
    return made;
  }

  class Stage {
    /** @param {HTMLElement} place */
    constructor(place) {
      this.place = place;
      const ids = place.dataset.of?.split(" ") ?? [];
      const found = ids.map((id) => document.getElementById(id));
      this.ways = found.flatMap((it) => it instanceof HTMLElement
        ? [way(it)] : []);
      this.playhead = element("div", "playhead");
      this.playhead.hidden = true;
      this.charts = element("div", "charts",
        ...this.ways.map(({ picture }) => picture), this.playhead);
      this.lines = element("div", "prints",
        ...this.ways.map(({ lines }) => lines));
      this.lines.hidden = true;
      this.result = element("p", "result");
      place.replaceChildren(this.charts, this.lines, this.result);
      this.scale = 1;
      /** How long the axis is at least, for a run that is longer than others. */
      this.ahead = 0;
      this.recorded();
    }

    /** The charts of the recorded runs, and all that they printed. */
    recorded() {
      for (const [index, { section }] of this.ways.entries()) {
        const svg = section.querySelector(".run svg.chart");
        if (svg) this.draw(index, svg, false);
        this.clock(index, figure(Number(section.dataset.took)));
      }
      this.fit();
    }

    /**
     * @param {number} index
     * @param {Element} svg
     * @param {boolean} [fits] whether the axis is made to fit, too
     */
    draw(index, svg, fits = true) {
      const { picture } = this.ways[index];
      picture.querySelector("svg.chart")?.remove();
      picture.append(chart.copy(svg, "-pair"));
      if (fits) this.fit();
    }

    /** Puts all charts on one axis. */
    fit() {
      const all = this.svgs();
      if (all.length === 0) return;
      const { scale, gutter } = chart.stack(all, this.ahead);
      this.scale = scale;
      this.charts.style.setProperty("--gutter", `${gutter}px`);
    }

    /** @returns {SVGElement[]} */
    svgs() {
      return [...this.charts.querySelectorAll("svg")].filter(
        (svg) => svg.matches(".chart"));
    }

    /**
     * @param {number} index
     * @param {string} text
     */
    clock(index, text) {
      this.ways[index].clock.textContent = text;
    }

    /**
     * Puts the playhead to a moment; at Infinity there is none.
     * @param {number} seconds
     */
    at(seconds) {
      this.playhead.hidden = seconds === Infinity;
      if (this.playhead.hidden) {
        this.ahead = 0;
        return this.fit();
      }
      if (seconds > this.scale) {
        this.ahead = seconds * 1.2;
        this.fit();
      }
      this.playhead.style.setProperty("--at", String(seconds / this.scale));
    }

    /** Begins again: nothing was printed yet. */
    begin() {
      this.lines.hidden = false;
      this.result.textContent = "";
      for (const { lines } of this.ways) lines.replaceChildren();
    }

    /**
     * Takes a line, and keeps the newest in sight.
     * @param {number} index
     * @param {number} at seconds
     * @param {string} text
     * @param {string} [tag] of what is not printed, but said of the run
     */
    print(index, at, text, tag = "code") {
      const { lines } = this.ways[index];
      const line = element("li", "", element("span", "at", at.toFixed(2)), " ",
        element(tag, "", text));
      line.dataset.at = String(at);
      lines.append(line);
      lines.scrollTop = lines.scrollHeight;
    }
  }

  /**
   * @param {HTMLElement} section
   * @returns {Way}
   */
  function way(section) {
    const kind = /(\w+)-way/.exec(section.className)?.[1] ?? "";
    const sign = section.querySelector(".way [aria-hidden]")?.textContent;
    const name = `${kind} way`;
    const title = element("span", "way", `${sign ?? ""} ${name}`);
    const clock = element("span", "clock");
    const picture = element("div", `side ${kind}-way`,
      element("p", "head", title, clock));
    picture.dataset.of = section.id;
    const lines = /** @type {HTMLOListElement} */ (
      element("ol", `printed ${kind}-way`));
    lines.setAttribute("aria-label", `What the ${name} prints, by seconds`);
    lines.tabIndex = 0;
    return { section, name, picture, clock, lines };
  }

  /** @type {WeakMap<Element, Stage>} */
  const stages = new WeakMap();

  /**
   * The stage of a pair, made when it is first needed.
   * @param {Element} pair
   */
  function stage(pair) {
    const place = pair.querySelector(".stage");
    if (!(place instanceof HTMLElement)) return undefined;
    const made = stages.get(place) ?? new Stage(place);
    stages.set(place, made);
    return made;
  }

  // What differs, in words

  /** @type {(text: string) => string} */
  const masked = (text) => text.replace(/\d[\d.]*/g, "#");

  /** @type {(text: string) => string} */
  const quoted = (text) => text.length > LONGEST
    ? `"${text.slice(0, LONGEST).trim()}…"` : `"${text}"`;

  /**
   * The lines of `some` that are not among `others`, or only with other figures.
   * @param {string[]} some
   * @param {string[]} others
   */
  function only(some, others) {
    const exact = [...others];
    const left = some.filter((text) => {
      const at = exact.indexOf(text);
      if (at >= 0) exact.splice(at, 1);
      return at < 0;
    });
    const like = exact.map(masked);
    return left.filter((text) => {
      const at = like.indexOf(masked(text));
      if (at >= 0) like.splice(at, 1);
      return at < 0;
    });
  }

  /**
   * What a program itself prints: no blank lines, and not what rustc's own code
   * tells of a panic that ended it.
   * @param {Run} run
   */
  function said({ lines, ending }) {
    const panic = ending.startsWith("panicked")
      ? lines.findIndex((text) => /^thread '.*panicked at/.test(text)) : -1;
    const own = panic < 0 ? lines : lines.slice(0, panic);
    return own.filter((text) => text.trim() !== "");
  }

  /** @type {(run: Run, lines: string[]) => string[]} */
  const alone = ({ way }, [first, ...more]) => first === undefined ? [] : [
    `only the ${way} prints ${quoted(first)}` +
      (more.length > 0 ? ` and ${more.length} more` : "")];

  /**
   * What two runs print that differs.
   * @param {Run} a
   * @param {Run} b
   */
  function differs(a, b) {
    const [one, other] = [said(a), said(b)];
    const told = [...alone(a, only(one, other)), ...alone(b, only(other, one))];
    if (told.length > 0) {
      const words = told.join("; ");
      return `${words[0].toUpperCase()}${words.slice(1)}.`;
    }
    if (one.join("\n") === other.join("\n")) {
      return "Both print the same lines in the same order.";
    }
    const at = one.findIndex(
      (text, index) => masked(text) !== masked(other[index]));
    const numbers = one.findIndex((text, index) => text !== other[index]);
    const same = [...one].sort().join("\n") === [...other].sort().join("\n");
    if (at < 0 && !same) return "They print the same lines, except for figures.";
    const place = at < 0 ? numbers : at;
    return `The same lines in another order: line ${place + 1} is ` +
      `${quoted(one[place])} in the ${a.way}, ` +
      `${quoted(other[place])} in the ${b.way}.`;
  }

  /**
   * How a run ended. An assertion is about the original, and says nothing of
   * what the reader has made of it.
   * @param {Run} run
   */
  function ended({ way, ending, lines }) {
    const asserted = way.startsWith("edited") && ending.startsWith("panicked") &&
      lines.some((text) => /^assertion /.test(text));
    const about = asserted ? ": its assertion is about the original" : "";
    return `The ${way} ${ending}${about}.`;
  }

  /**
   * Who won, by how much. To be over first is no victory for a wrong way, or
   * where one panicked or was killed: then it is told how each ended.
   * @param {Run[]} runs
   */
  function winner(runs) {
    const order = [...runs].sort((a, b) => a.took - b.took);
    const figures = order.map((run) => figure(run.took));
    const all = order.every(({ ending }) => /^ended after \S+\ss$/.test(ending));
    const [first, next, ...others] = figures;
    if (all && new Set(figures).size === 1) {
      return `A draw: each took ${first}.`;
    }
    if (!all || first === next || order[0].way.endsWith("wrong way")) {
      return order.map(ended).join(" ");
    }
    const by = figure(parseFloat(next) - parseFloat(first));
    const against = [next, ...others].join(" and ");
    return `The ${order[0].way} won by ${by}: ${first} against ${against}.`;
  }

  /** @type {(runs: Run[]) => string} */
  const verdict = (runs) => `${winner(runs)} ` +
    differs(runs[0], runs[runs.length - 1]);

  // Charts are copied shortly before they come into sight: not while the page
  // is being loaded. A pair that waits for an answer comes into sight later.
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      const pair = isIntersecting && target.closest(".pair");
      if (!pair) continue;
      near.unobserve(target);
      stage(pair);
    }
  }, { rootMargin: "100%" });
  for (const place of document.querySelectorAll(".pair > .stage")) {
    near.observe(place);
  }

  window.workbook_race = { stage, verdict };
})();
