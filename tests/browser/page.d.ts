/** One way of the race: what is known of its run so far, in seconds. */
interface HookRun {
  /** When it began, as performance.now() has it. */
  since: number;
  /** Infinity until it is over. */
  took: number;
  /** From when to when each call was under way; Infinity for not yet. */
  calls: number[][];
  live?: boolean;
}

/** search.rs: what the search knows of the book. */
interface SearchIndex {
  /** Path and title of each page. */
  pages: [string, string][];
  /**
   * Page, id, heading, words, names in code, terms that are introduced, and
   * words that wait for an answer: they are found, and not shown.
   */
  sections: [number, string, string, string, string, string, string][];
}

// What the page's scripts share, and what mdBook's own put on the window.
interface Window {
  /** replay.js: plays a listing, as if its button had been pressed. */
  workbook_replay?: { play(section: Element): void };
  /** answers.js: what the reader said, by the id of a question. */
  workbook_answers?: {
    said(id: string): string | null | undefined;
    any(): boolean;
    settled(id: string): boolean;
    /** Undefined takes it back. */
    remember(id: string, said: string | null | undefined): void;
    follow(run: () => void): void;
  };
  /** hook.js: the race at the beginning of the book. */
  workbook_hook?: {
    recorded(): HookRun[];
    /** The listings of its ways, and the words that begin and end each call. */
    names: string[];
    words: string[][][];
    say(words: string): void;
    /** The reader's: runs the programs. */
    live?(): HookRun[];
    stop?(): void;
  };
  /** The ids of what each chapter asks, without "predict-". */
  workbook_predictions_file?: string;
  workbook_predictions?: Record<string, string[]>;
  /** The script with the index of the search, as it is reached from this page. */
  workbook_search?: string;
  workbook_index?: SearchIndex;
  /** find.js: comes with the index. */
  workbook_find?: {
    results(book: SearchIndex, typed: string):
      { count: number; items: HTMLElement[] };
    highlight(within: Element, words: string): void;
  };
}

/** figure.js: a time in words. */
declare var workbook_figure: (seconds: number, digits?: number) => string;

// mdBook's, from the page's own head.
declare const path_to_root: string;
