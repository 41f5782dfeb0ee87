// @ts-check
// What is asked of the workbook's server, and what it answers.

const meta = document.querySelector("meta[name=workbook-token]");
const token = meta?.getAttribute("content") ?? "";

/**
 * @param {string} path
 * @param {object} order
 * @param {AbortSignal} [signal]
 */
export const ask = (path, order, signal) => fetch(path, {
  method: "POST",
  headers: { "Content-Type": "application/json", "workbook-token": token },
  body: JSON.stringify(order),
  signal,
});

/**
 * The events of an answer, each as soon as its line is there.
 * @param {Response} answer
 * @returns {AsyncGenerator<any>}
 */
async function* events(answer) {
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  while (reader) {
    const { done, value } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line) yield JSON.parse(line);
    if (done) return;
  }
}

/**
 * Asks for something, and hands on all that is answered.
 * @param {string} path
 * @param {object} order
 * @param {AbortSignal} signal
 * @param {(event: any) => boolean} hear tells whether an event is the last
 * @throws {Error} if the server does not answer, or breaks off
 */
export async function order(path, order, signal, hear) {
  let over = false;
  const answer = await ask(path, order, signal);
  for await (const event of events(answer)) over = hear(event) || over;
  if (!over) throw new Error("the server broke off");
}

/**
 * Why an order came to nothing.
 * @param {string} what "Not run"
 * @param {unknown} error
 */
export const silent = (what, error) => `${what}: the workbook's server does ` +
  `not answer (${error instanceof Error ? error.message : error}).`;
