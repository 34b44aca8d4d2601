/** Reads what the database keeps of calls, past every cache, and proves that its three books agree. */
import { expect } from 'vitest';
import type { Client } from '@libsql/client';

/** How long background settlements may take before a test counts as failed. */
const SETTLE_DEADLINE_MS = 30_000;

export interface Books {
  readonly rows: number;
  readonly open: number;
  readonly tokensCommitted: number;
  readonly tokensHeld: number;
  readonly nanoUsdCommitted: number;
  readonly nanoUsdHeld: number;
}

const BOOKS = `SELECT
  (SELECT count(*) FROM llm_usage WHERE user_id = :user AND ending IS NOT 'refused') AS rows,
  (SELECT count(*) FROM llm_usage WHERE user_id = :user AND ending IS NULL) AS open,
  coalesce(sum(tokens_committed), 0) AS tokens_committed, coalesce(sum(tokens_held), 0) AS tokens_held,
  coalesce(sum(nano_usd_committed), 0) AS nano_usd_committed, coalesce(sum(nano_usd_held), 0) AS nano_usd_held
FROM usage_months WHERE user_id = :user`;

/** What the month's counters say of one customer. */
export async function readBooks(client: Client, user: string): Promise<Books> {
  const { rows } = await client.execute({ sql: BOOKS, args: { user } });
  const row = rows[0];
  const figure = (name: string) => Number(row?.[name]);
  return {
    rows: figure('rows'),
    open: figure('open'),
    tokensCommitted: figure('tokens_committed'),
    tokensHeld: figure('tokens_held'),
    nanoUsdCommitted: figure('nano_usd_committed'),
    nanoUsdHeld: figure('nano_usd_held'),
  };
}

const SUMS = `SELECT 'rows' AS book, sum(counted_tokens) AS tokens, sum(coalesce(cost_nano_usd, 0)) AS nano,
    sum(ending <> 'refused') AS requests
  FROM llm_usage WHERE user_id = :user AND ending IS NOT NULL
UNION ALL SELECT 'months', sum(tokens_committed), sum(nano_usd_committed), sum(requests)
  FROM usage_months WHERE user_id = :user
UNION ALL SELECT 'days', sum(counted_tokens), sum(cost_nano_usd), sum(requests)
  FROM usage_days WHERE user_id = :user`;

/** Waits until nothing of a customer is open, then proves: nothing held, and rows = months = days. */
export async function expectSettledBooks(client: Client, user: string): Promise<Books> {
  const untilMs = Date.now() + SETTLE_DEADLINE_MS;
  let books = await readBooks(client, user);
  while (books.open > 0 && Date.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    books = await readBooks(client, user);
  }
  expect(books).toMatchObject({ open: 0, tokensHeld: 0, nanoUsdHeld: 0 });
  const { rows } = await client.execute({ sql: SUMS, args: { user } });
  const [fromRows, ...others] = rows.map(({ book, ...figures }) => ({
    book,
    figures: plain(figures),
  }));
  for (const { book, figures } of others)
    expect({ book, figures }).toEqual({ book, figures: fromRows?.figures });
  return books;
}

function plain(figures: Record<string, unknown>): Record<string, number> {
  const named = ['tokens', 'nano', 'requests'] as const;
  return Object.fromEntries(named.map((name) => [name, Number(figures[name] ?? 0)]));
}
