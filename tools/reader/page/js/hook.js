// @ts-check
// The race at the beginning of the book, of two programs that run now.

import { order } from "./server.js";

/**
 * What is known of a run that has not begun.
 * @param {HookRun} recorded
 * @returns {HookRun}
 */
const unknown = ({ calls }) => ({
  live: true,
  since: Infinity,
  took: Infinity,
  calls: calls.map(() => [Infinity, Infinity]),
});

/**
 * Takes what the server tells of a run.
 * @param {HookRun} run
 * @param {string[][]} words those that begin and end each call
 * @param {any} event
 * @returns {boolean} whether it is the last
 */
function hear(run, words, event) {
  switch (event.event) {
    case "started":
      run.since = performance.now();
      return false;
    case "line":
      for (const [place, [begins, ends]] of words.entries()) {
        if (event.text.includes(begins)) run.calls[place][0] = event.at;
        if (ends && event.text.includes(ends)) run.calls[place][1] = event.at;
      }
      return false;
    case "ended":
      run.took = event.took ?? 0;
      return true;
    case "refused":
    case "cut":
      throw new Error(event.why);
  }
  return false;
}

/** Makes the race one of programs that run now. */
export function live() {
  const hook = window.workbook_hook;
  if (!hook) return;
  hook.say("Both run on your own machine, now. Nothing here is an animation: " +
    "every bar is a line that a program printed.");
  hook.live = () => {
    const recorded = hook.recorded();
    const over = new AbortController();
    const runs = recorded.map(unknown);
    hook.stop = () => over.abort();
    for (const [place, run] of runs.entries()) {
      const wanted = { listing: hook.names[place] };
      order("/api/run", wanted, over.signal,
        (event) => hear(run, hook.words[place], event),
      ).catch((error) => {
        if (over.signal.aborted) return;
        const why = error instanceof Error ? error.message : error;
        hook.say(`A recording is shown, since it was not run: ${why}`);
        Object.assign(run, recorded[place],
          { live: false, since: performance.now() });
      });
    }
    return runs;
  };
}
