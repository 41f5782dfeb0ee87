// What the page's scripts share, and what mdBook's own put on the window.
interface Window {
  /** replay.js: plays a listing, as if its button had been pressed. */
  workbook_replay?: { play(section: Element): void };
  /** The search scripts in their order, each as it is reached from this page. */
  workbook_search?: string[];
}

/** figure.js: a time in words. */
declare var workbook_figure: (seconds: number, digits?: number) => string;

/** program.js: the whole text of a program's code. */
declare var workbook_program: (code: Element) => string;

/** menu.js: keeps what is played or run in sight below its program. */
declare var workbook_in_sight: (stage: Element) => void;

// mdBook's, from the page's own head.
declare const path_to_root: string;
