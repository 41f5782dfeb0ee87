// @ts-check
// The race at the beginning of the book: what two programs printed when they
// were recorded, at the speed at which they printed it. Where the page can run
// programs, `workbook_hook.live` runs them in its place.
(() => {
  "use strict";

  const hook = document.querySelector(".hook");
  if (!hook) return;

  const figure = workbook_figure;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const scale = Number(hook.getAttribute("data-scale"));
  const button = hook.querySelector("[data-do=hook]");
  const said = hook.querySelector(".said");
  const ratio = said?.getAttribute("data-ratio") ?? "";


  /** @type {(element: Element, name: string) => number} */
  const number = (element, name) => Number(element.getAttribute(name));

  /** The ways, as they were recorded. */
  const sides = [...hook.querySelectorAll("[data-took]")].map((way) => ({
    way,
    name: way.querySelector(".way")?.lastChild?.textContent?.trim() ?? "",
    clock: way.querySelector(".clock"),
    calls: [...way.querySelectorAll(".call")],
    took: number(way, "data-took"),
  }));

  /** @param {typeof sides[number]} side @returns {HookRun} */
  const recorded = ({ took, calls }) => ({
    since: performance.now(),
    took,
    calls: calls.map((call) =>
      [number(call, "data-begin"), number(call, "data-end")]),
  });

  /**
   * Draws a way as it is so many seconds into a run; what is seen depends on
   * the moment alone.
   * @param {typeof sides[number]} side
   * @param {HookRun} run
   * @param {number} now
   */
  function draw({ way, clock, calls }, { calls: times, took }, now) {
    const over = now >= took;
    const seconds = Math.min(now, took);
    for (const [place, call] of calls.entries()) {
      const [begin, end] = times[place];
      const from = Math.min(begin, scale);
      const to = Math.min(Math.max(from, Math.min(end, seconds)), scale);
      const shown = begin <= seconds ? to - from : 0;
      /** @type {HTMLElement} */ (call).style.left = `${(100 * from) / scale}%`;
      /** @type {HTMLElement} */ (call).style.width =
        `${(100 * shown) / scale}%`;
    }
    way.classList.toggle("racing", !over);
    const end = /** @type {HTMLElement | null} */ (way.querySelector(".end"));
    if (end) end.style.left = `${(100 * Math.min(seconds, scale)) / scale}%`;
    if (!clock) return;
    clock.textContent = over ? figure(took)
      : figure(still.matches ? Math.floor(seconds) : seconds, 1);
  }

  /** @type {HookRun[] | undefined} */
  let racing;

  /** @param {HookRun} run */
  const seconds = ({ since }) =>
    Math.max(0, (performance.now() - since) / 1000);

  /** @param {HookRun[]} runs */
  function tick(runs) {
    if (racing !== runs) return;
    for (const [place, run] of runs.entries()) {
      draw(sides[place], run, seconds(run));
    }
    if (runs.every((run) => seconds(run) >= run.took)) return end(runs);
    if (still.matches) setTimeout(() => tick(runs), 500);
    else requestAnimationFrame(() => tick(runs));
  }

  /** @param {HookRun[]} runs */
  function end(runs) {
    stop();
    if (!said) return;
    if (!runs.every(({ live }) => live === runs[0].live)) return;
    const [slow, fast] = runs.map(({ took }) => took);
    const times = runs.every(({ live }) => live)
      ? `${(slow / fast).toFixed(1)}×` : ratio;
    said.textContent = runs.map(({ took }, place) =>
      `${sides[place].name} ${figure(took)}`).join(", ") +
      `: ${times}, with the same call on the same thread.`;
    said.textContent = said.textContent.replace(/^./, (it) => it.toUpperCase());
  }

  function stop() {
    window.workbook_hook?.stop?.();
    racing = undefined;
    if (button) button.textContent = "Race them again";
    for (const side of sides) draw(side, recorded(side), Infinity);
  }

  window.workbook_hook = {
    recorded: () => sides.map(recorded),
    names: sides.map(({ way }) => way.getAttribute("data-listing") ?? ""),
    words: sides.map(({ calls }) => calls.map((call) => [
      call.getAttribute("data-begins") ?? "",
      call.getAttribute("data-ends") ?? "",
    ])),
    say: (words) => { if (said) said.textContent = words; },
  };

  button?.addEventListener("click", () => {
    if (racing) return stop();
    const runs = window.workbook_hook?.live?.() ??
      window.workbook_hook?.recorded() ?? [];
    racing = runs;
    button.textContent = "Stop";
    if (said && !runs.some(({ live }) => live)) {
      said.textContent = "Two recorded runs, at the speed at which they ran.";
    }
    tick(runs);
  });
})();
