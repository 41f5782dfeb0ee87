// What the page's scripts share, and what mdBook's own put on the window.
interface Window {
  /** replay.js: plays a listing, as if its button had been pressed. */
  workbook_replay?: { play(section: Element): void };
  /** race.js: where the ways of a pair run together, and what differs. */
  workbook_race?: {
    stage(pair: Element): Stage | undefined;
    verdict(runs: RaceRun[]): string;
  };
  /** The search scripts in their order, each as it is reached from this page. */
  workbook_search?: string[];
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
  /** Begins anew: nothing was printed yet. */
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

// mdBook's, from the page's own head.
declare const path_to_root: string;
