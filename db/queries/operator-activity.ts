/** The figures of one UTC day, all customers', that the rules of suspicious activity are held against: from the counters per day alone. */
import type { InStatement, Row } from '@libsql/client';
import { numberOf, textOf } from './row';

/** The spend of customers whose day cost at least `least`, and what the days from `since` to the day before cost them. */
export function daySpendStatement(day: string, since: string, least: number): InStatement {
  return {
    sql: `SELECT today.user_id, today.cost, u.created_at,
  (SELECT coalesce(sum(b.cost_nano_usd), 0) FROM usage_days b
   WHERE b.user_id = today.user_id AND b.day >= :since AND b.day < :day) AS before
FROM (SELECT user_id, sum(cost_nano_usd) AS cost FROM usage_days WHERE day = :day GROUP BY user_id HAVING cost >= :least) today
JOIN users u ON u.id = today.user_id ORDER BY today.cost DESC, today.user_id`,
    args: { day, since, least },
  };
}

/** Customers with at least `least` refusals that day, and their calls that were let through. */
export function dayRefusalsStatement(day: string, least: number): InStatement {
  return {
    sql: `SELECT today.user_id, today.refusals,
  (SELECT coalesce(sum(d.requests), 0) FROM usage_days d WHERE d.user_id = today.user_id AND d.day = :day) AS requests
FROM (SELECT user_id, sum(refusals) AS refusals FROM refusal_days WHERE day = :day
  GROUP BY user_id HAVING sum(refusals) >= :least) today
ORDER BY today.refusals DESC, today.user_id`,
    args: { day, least },
  };
}

/**
 * Tokens used that day and on none from `since` to the day before, though earlier: with the day of that earlier use.
 * A token younger than `since` can't have been silent so long.
 */
export function returnedTokensStatement(day: string, since: string): InStatement {
  return {
    sql: `SELECT user_id, token_id, requests, last_day FROM (
  SELECT today.user_id, today.token_id, today.requests, (
    SELECT e.day FROM usage_days e WHERE e.user_id = today.user_id AND e.day < :since AND e.token_id = today.token_id
    ORDER BY e.day DESC LIMIT 1) AS last_day
  FROM (SELECT user_id, token_id, sum(requests) AS requests FROM usage_days
        WHERE day = :day AND token_id <> '' GROUP BY user_id, token_id) today
  JOIN gateway_tokens t ON t.id = today.token_id
  WHERE t.created_at < unixepoch(:since) * 1000 AND today.requests > 0 AND NOT EXISTS (
    SELECT 1 FROM usage_days b
    WHERE b.user_id = today.user_id AND b.day >= :since AND b.day < :day AND b.token_id = today.token_id)
) WHERE last_day IS NOT NULL ORDER BY last_day, user_id, token_id`,
    args: { day, since },
  };
}

/** Models with more than `share` of a customer's day, where that cost at least `least` and the model is new to a customer who is not. */
export function newModelsStatement(day: string, least: number, share: number): InStatement {
  return {
    sql: `SELECT today.user_id, today.model, today.cost, today.day_cost FROM (
  SELECT user_id, model, sum(cost_nano_usd) AS cost, sum(sum(cost_nano_usd)) OVER (PARTITION BY user_id) AS day_cost
  FROM usage_days WHERE day = :day GROUP BY user_id, model) today
WHERE today.day_cost >= :least AND today.cost > today.day_cost * :share
  AND EXISTS (SELECT 1 FROM usage_days a WHERE a.user_id = today.user_id AND a.day < :day)
  AND NOT EXISTS (SELECT 1 FROM usage_days b WHERE b.user_id = today.user_id AND b.day < :day AND b.model = today.model)
ORDER BY today.cost DESC, today.user_id`,
    args: { day, least, share },
  };
}

/** Customers for whom at least `least` tokens were made between two instants, milliseconds since the epoch. */
export function newTokensStatement(fromMs: number, toMs: number, least: number): InStatement {
  return {
    sql: `SELECT user_id, count(*) AS tokens FROM audit_log
WHERE at >= :from AND at < :to AND action = 'token.create' AND user_id IS NOT NULL
GROUP BY user_id HAVING count(*) >= :least ORDER BY tokens DESC, user_id`,
    args: { from: fromMs, to: toMs, least },
  };
}

/** The names of customers, for lists of ids. */
export function customerNamesStatement(ids: readonly string[]): InStatement {
  return {
    sql: 'SELECT id, coalesce(name, id) AS name FROM users WHERE id IN (SELECT value FROM json_each(:ids))',
    args: { ids: JSON.stringify(ids) },
  };
}

const user = (row: Row) => textOf(row['user_id']);

export const activityRow = {
  spend: (row: Row) => ({
    user: user(row),
    nanoUsd: numberOf(row['cost']),
    beforeNanoUsd: numberOf(row['before']),
    createdAt: numberOf(row['created_at']),
  }),
  refusals: (row: Row) => ({
    user: user(row),
    refusals: numberOf(row['refusals']),
    requests: numberOf(row['requests']),
  }),
  token: (row: Row) => ({
    user: user(row),
    token: textOf(row['token_id']),
    requests: numberOf(row['requests']),
    lastDay: textOf(row['last_day']),
  }),
  model: (row: Row) => ({
    user: user(row),
    model: textOf(row['model']),
    nanoUsd: numberOf(row['cost']),
    dayNanoUsd: numberOf(row['day_cost']),
  }),
  newTokens: (row: Row) => ({ user: user(row), tokens: numberOf(row['tokens']) }),
  name: (row: Row) => ({ id: textOf(row['id']), name: textOf(row['name']) }),
};
