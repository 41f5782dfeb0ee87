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
  /** race.js: where the ways of a pair run together, and what differs. */
  workbook_race?: {
    stage(pair: Element): Stage | undefined;
    verdict(runs: RaceRun[]): string;
  };
}

/** A run, when it is over. */
interface RaceRun {
  /** "wrong way", "edited wrong way" */
  way: string;
  /** Seconds. */
  took: number;
  /** "ended after 9.0 s" */
  ending: string;
  lines: string[];
}

/** The ways of a pair on one axis. */
interface Stage {
  ways: {
    section: HTMLElement;
    name: string;
    picture: HTMLElement;
    clock: HTMLElement;
    lines: HTMLOListElement;
  }[];
  result: HTMLElement;
  /** Shows the recorded runs. */
  recorded(): void;
  /** Begins again: nothing was printed yet. */
  begin(): void;
  draw(index: number, svg: Element, fits?: boolean): void;
  clock(index: number, text: string): void;
  print(index: number, at: number, text: string, tag?: string): void;
  /** Puts the playhead to a moment; at Infinity there is none. */
  at(seconds: number): void;
  svgs(): SVGElement[];
}

/** chart.js: charts on one axis, and as they were at a moment. */
declare var workbook_chart: {
  copy(svg: Element, suffix: string): SVGElement;
  grow(svg: Element, seconds: number): void;
  scaleOf(svg: Element): number;
  stack(svgs: SVGElement[], least?: number): { scale: number, gutter: number };
};

/** figure.js: a time in words. */
declare var workbook_figure: (seconds: number, digits?: number) => string;

/** program.js: the whole text of a program's code. */
declare var workbook_program: (code: Element) => string;

/** menu.js: keeps what is played or run in sight below its program. */
declare var workbook_in_sight: (stage: Element) => void;

// mdBook's, from the page's own head.
declare const path_to_root: string;
