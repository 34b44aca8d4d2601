/** Reads what the database keeps of calls, past every cache, and proves that its books agree. */
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
  FROM usage_days WHERE user_id = :user
UNION ALL SELECT 'slots', sum(counted_tokens), sum(cost_nano_usd), sum(requests)
  FROM usage_slots WHERE user_id = :user`;

/** Per token and month; a caller without a token (a JWT) has no such book. */
const TOKEN_MONTHS = {
  rows: `SELECT token_id || ' ' || month AS name, sum(counted_tokens) AS tokens, sum(coalesce(cost_nano_usd, 0)) AS nano,
      sum(ending <> 'refused') AS requests, 0 AS held
    FROM llm_usage WHERE user_id = :user AND token_id IS NOT NULL GROUP BY 1 ORDER BY 1`,
  book: `SELECT token_id || ' ' || month AS name, tokens_committed AS tokens, nano_usd_committed AS nano, requests,
      tokens_held + nano_usd_held AS held
    FROM token_months WHERE token_id IN (SELECT id FROM gateway_tokens WHERE user_id = :user) ORDER BY 1`,
};

const REFUSALS = {
  rows: `SELECT date(timestamp, 'unixepoch') || ' ' || coalesce(error_code, 'unknown') AS name, count(*) AS refusals
    FROM llm_usage WHERE user_id = :user AND ending = 'refused' GROUP BY 1 ORDER BY 1`,
  book: `SELECT day || ' ' || reason AS name, refusals FROM refusal_days WHERE user_id = :user ORDER BY 1`,
};

/** Kept of all customers together, so compared so; calls that still run are in neither. */
const HOURS = {
  rows: `SELECT (timestamp / 3600 * 3600) || ' ' || provider || ' ' || model AS name,
      sum(ending <> 'refused') AS requests, sum(ending = 'refused') AS refusals, sum(ending = 'broken') AS broken,
      sum(ending = 'cancelled') AS cancelled, sum(ending = 'expired') AS expired, sum(coalesce(output_tokens, 0)) AS output,
      sum(coalesce(cost_nano_usd, 0)) AS nano
    FROM llm_usage WHERE ending IS NOT NULL GROUP BY 1 ORDER BY 1`,
  book: `SELECT hour || ' ' || provider || ' ' || model AS name,
      requests, refusals, broken, cancelled, expired, output_tokens AS output, cost_nano_usd AS nano
    FROM provider_hours ORDER BY 1`,
};

/** What a token was given of its predecessor's month when it was rotated: in its book, and in no row of its own. */
export interface Carried {
  readonly tokenId: string;
  readonly tokens: number;
  readonly nanoUsd: number;
}

/**
 * Waits until nothing of a customer is open, then proves: nothing held, and rows = months = days = quarters of an hour
 * = months of tokens = days of refusals = hours of providers.
 */
export async function expectSettledBooks(
  client: Client,
  user: string,
  carried: readonly Carried[] = [],
): Promise<Books> {
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
  await expectDetailedBooks(client, user, carried);
  return books;
}

async function expectDetailedBooks(client: Client, user: string, carried: readonly Carried[]): Promise<void> {
  // One read transaction: other customers' calls may go on meanwhile.
  const results = await client.batch(
    [TOKEN_MONTHS, REFUSALS, HOURS].flatMap(({ rows, book }) =>
      [rows, book].map((sql) => ({ sql, args: sql.includes(':user') ? { user } : {} })),
    ),
    'read',
  );
  const [tokenRows, tokenBook, ...others] = results.map(({ rows }) => rows.map((row) => ({ ...row })));
  const own = tokenBook?.map((line) => lessCarried(line, carried)).filter(isUsed);
  expect({ tokenMonths: own }).toEqual({ tokenMonths: tokenRows?.filter(isUsed) });
  for (let at = 0; at < others.length; at += 2) expect(others[at + 1]).toEqual(others[at]);
}

type Line = Readonly<Record<string, unknown>>;

function lessCarried(line: Line, carried: readonly Carried[]): Line {
  const given = carried.find(({ tokenId }) => String(line['name']).startsWith(`${tokenId} `));
  if (given === undefined) return line;
  return {
    ...line,
    tokens: Number(line['tokens']) - given.tokens,
    nano: Number(line['nano']) - given.nanoUsd,
  };
}

/** A token that was only refused, or took over from another and was never used, has a book of zeros or no rows. */
const isUsed = ({ tokens, nano, requests, held }: Line): boolean =>
  [tokens, nano, requests, held].some((figure) => Number(figure) !== 0);

function plain(figures: Record<string, unknown>): Record<string, number> {
  const named = ['tokens', 'nano', 'requests'] as const;
  return Object.fromEntries(named.map((name) => [name, Number(figures[name] ?? 0)]));
}
