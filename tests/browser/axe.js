// What axe finds on a page: no rule is switched off, best practices included.

import { AxeBuilder } from "@axe-core/playwright";

/**
 * Only what is violated is told in full: to put the rest in words took twice
 * as long as to look. No page of the book has a frame of another site, so all
 * of it is looked at in the page itself.
 * @param {import("playwright-core").Page} page
 * @returns {Promise<string[]>} one a fault: its rule, its place, what to do
 */
export async function violations(page) {
  const { violations: found } = await new AxeBuilder({ page })
    .options({ resultTypes: ["violations"] }).setLegacyMode().analyze();
  return found.flatMap(({ id, help, nodes }) => nodes.map(
    ({ target, failureSummary }) =>
      `${id}: ${help}\n  ${target.join(" ")}\n  ${failureSummary}`));
}
