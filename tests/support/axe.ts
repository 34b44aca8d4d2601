/** Runs axe-core's rules in a page. Its source is evaluated by the debugger, so that the page's policy need not let it in. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright';

const SOURCE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** WCAG 2.2 AA and what it stands on, and axe's own advice. */
const RULES: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
};

/** What colours alone can get wrong: all there is to ask of a page whose other scheme passed every rule. */
const COLOUR_RULES: RunOptions = {
  runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
};

/** What is wrong, in words that find it. */
export async function accessibilityFaults(
  page: Page,
  asked: 'everything' | 'colours' = 'everything',
): Promise<readonly string[]> {
  await page.evaluate(await readFile(SOURCE, 'utf8'));
  const { violations } = await page.evaluate(
    (rules) =>
      (globalThis as unknown as { axe: { run: (options: RunOptions) => Promise<AxeResults> } }).axe.run(
        rules,
      ),
    asked === 'everything' ? RULES : COLOUR_RULES,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`),
  );
}
