interface Window {
  /** What a test has seen of a replay: see firefox.test.js. */
  observed: { due: number[]; shown: number[]; grown: number };
}
