/** What a page of figures shows, read as its reader would: names with their figures, and tables cell by cell. */
import type { Locator, Page } from 'playwright';

/** A list of names and figures; where a figure has a note, the note is left out. */
export function namedFigures(section: Locator): Promise<Record<string, string>> {
  return section
    .locator('dl > div')
    .evaluateAll((parts) =>
      Object.fromEntries(
        parts.map((part) => [
          part.querySelector('dt')?.textContent ?? '',
          part.querySelector('dd')?.textContent ?? '',
        ]),
      ),
    );
}

/** Rows of cells, the heads of rows with them, in the order they stand in. */
export function tableRows(table: Locator, rows = 'tbody tr'): Promise<string[][]> {
  return table
    .locator(rows)
    .evaluateAll((all) =>
      all.map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent)),
    );
}

export const card = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('region', { name, exact: true });

/** By its caption, also while it is folded away. */
export const table = (page: Page, caption: RegExp): Locator =>
  page.locator('table', { has: page.locator('caption', { hasText: caption }) });
