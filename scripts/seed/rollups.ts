/** The rollups of rows written in bulk: what the triggers of `drizzle/0001` and `0005` add row by row, added by one statement each. */

const DIMENSIONS = `provider, model, coalesce(token_id, ''), coalesce(agent, ''), coalesce(campaign, '')`;

const SUMS = [
  ['requests', `sum(ending <> 'refused')`],
  ['refusals', `sum(ending = 'refused')`],
  ['input_tokens', 'sum(coalesce(input_tokens, 0))'],
  ['cache_read_tokens', 'sum(coalesce(cache_read_tokens, 0))'],
  ['cache_write_5m_tokens', 'sum(coalesce(cache_write_5m_tokens, 0))'],
  ['cache_write_1h_tokens', 'sum(coalesce(cache_write_1h_tokens, 0))'],
  ['output_tokens', 'sum(coalesce(output_tokens, 0))'],
  ['reasoning_tokens', 'sum(coalesce(reasoning_tokens, 0))'],
  ['counted_tokens', 'sum(counted_tokens)'],
  ['cost_nano_usd', 'sum(coalesce(cost_nano_usd, 0))'],
] as const;

const MONTH_SUMS = [
  ['tokens_committed', 'sum(counted_tokens)'],
  ['nano_usd_committed', 'sum(coalesce(cost_nano_usd, 0))'],
  ['requests', `sum(ending <> 'refused')`],
] as const;

const PROVIDER_SUMS = [
  ['requests', `sum(ending <> 'refused')`],
  ['refusals', `sum(ending = 'refused')`],
  ['broken', `sum(ending = 'broken')`],
  ['cancelled', `sum(ending = 'cancelled')`],
  ['expired', `sum(ending = 'expired')`],
  ['estimated', `sum(coalesce(grade, '') IN ('estimated', 'floor'))`],
  ['unpriced', `sum(coalesce(grade, '') = 'unpriced')`],
  [
    'prompt_tokens',
    'sum(coalesce(input_tokens, 0) + coalesce(cache_read_tokens, 0) + coalesce(cache_write_5m_tokens, 0) + coalesce(cache_write_1h_tokens, 0))',
  ],
  ['output_tokens', 'sum(coalesce(output_tokens, 0))'],
  ['cost_nano_usd', 'sum(coalesce(cost_nano_usd, 0))'],
  ['first_byte_ms', 'sum(coalesce(first_byte_ms, 0))'],
  ['first_bytes', 'sum(first_byte_ms IS NOT NULL)'],
  ['duration_ms', 'sum(coalesce(duration_ms, 0))'],
] as const;

/** Sums over the rows after row `?1`, added to what stands there: a month goes on for many days. */
function rollup(
  table: string,
  keys: string,
  values: string,
  sums: readonly (readonly [column: string, sum: string])[],
  only = '',
): string {
  const columns = sums.map(([column]) => column);
  const groups = keys.split(',').map((_, index) => index + 1);
  return `INSERT INTO ${table} (${keys}, ${columns.join(', ')})
    SELECT ${values}, ${sums.map(([, sum]) => sum).join(', ')}
    FROM llm_usage WHERE rowid > ?1 AND ending IS NOT NULL ${only} GROUP BY ${groups.join(', ')}
    ON CONFLICT DO UPDATE SET ${columns.map((column) => `${column} = ${column} + excluded.${column}`).join(', ')}`;
}

const DIMENSION_KEYS = 'provider, model, token_id, agent, campaign';

/** `?1`: the row after which they begin. Sessions are written with their calls. */
export const DAY_ROLLUPS: readonly string[] = [
  rollup(
    'usage_slots',
    `user_id, slot, ${DIMENSION_KEYS}`,
    `user_id, timestamp / 900 * 900, ${DIMENSIONS}`,
    SUMS,
  ),
  rollup(
    'usage_days',
    `user_id, day, ${DIMENSION_KEYS}`,
    `user_id, date(timestamp, 'unixepoch'), ${DIMENSIONS}`,
    SUMS,
  ),
  rollup('usage_months', 'user_id, month', 'user_id, month', MONTH_SUMS),
  rollup('token_months', 'token_id, month', 'token_id, month', MONTH_SUMS, 'AND token_id IS NOT NULL'),
  rollup(
    'provider_hours',
    'hour, provider, model',
    'timestamp / 3600 * 3600, provider, model',
    PROVIDER_SUMS,
  ),
  rollup(
    'refusal_days',
    'day, user_id, reason',
    `date(timestamp, 'unixepoch'), user_id, coalesce(error_code, 'unknown')`,
    [['refusals', 'count(*)']],
    `AND ending = 'refused'`,
  ),
];

/**
 * Events of calls that a cap stopped, the first one of a month and cap, as their trigger writes them, after row `?1`.
 * All are told already: nothing is to be sent of a seeded past.
 */
export const BLOCKED_EVENTS = `INSERT INTO events (id, type, user_id, key, facts, created_at, next_attempt_at, delivered_at)
  SELECT 'evt_' || lower(hex(user_id || month || cap)), 'usage.blocked', user_id,
    'blocked/' || user_id || '/' || month || '/' || cap || '/' || cap_limit,
    json_object('month', month, 'plan', plan, 'cap', cap, 'limit', cap_limit, 'used', used), at, at, at
  FROM (
    SELECT c.user_id, c.month, p.plan, min(c.started_at) AS at,
      CASE c.error_code WHEN 'monthly_tokens_used_up' THEN 'tokens' ELSE 'cost' END AS cap,
      CASE c.error_code WHEN 'monthly_tokens_used_up' THEN p.monthly_tokens ELSE p.monthly_cost_cents * 10000000 END AS cap_limit,
      CASE c.error_code WHEN 'monthly_tokens_used_up' THEN m.tokens_committed ELSE m.nano_usd_committed END AS used
    FROM llm_usage c JOIN users u ON u.id = c.user_id JOIN plan_limits p ON p.plan = u.plan
    LEFT JOIN usage_months m ON m.user_id = c.user_id AND m.month = c.month
    WHERE c.rowid > ?1 AND c.error_code IN ('monthly_tokens_used_up', 'monthly_cost_used_up')
    GROUP BY c.user_id, c.month, c.error_code
  ) WHERE cap_limit IS NOT NULL ON CONFLICT (key) DO NOTHING`;

/** Threshold events of a month (`?1`), as the counters' trigger writes them one by one, made and told at `?2`. */
export const THRESHOLD_EVENTS = `INSERT INTO events (id, type, user_id, key, facts, created_at, next_attempt_at, delivered_at)
  SELECT 'evt_' || lower(hex(user_id || cap || threshold)), 'usage.threshold_reached', user_id,
    'threshold/' || user_id || '/' || month || '/' || cap || '/' || threshold || '/' || cap_limit,
    json_object('month', month, 'plan', plan, 'cap', cap, 'threshold', threshold, 'limit', cap_limit, 'used', used), ?2, ?2, ?2
  FROM (
    SELECT m.user_id, m.month, p.plan, 'tokens' AS cap, p.monthly_tokens AS cap_limit, m.tokens_committed AS used
    FROM usage_months m JOIN users u ON u.id = m.user_id JOIN plan_limits p ON p.plan = u.plan WHERE m.month = ?1
    UNION ALL
    SELECT m.user_id, m.month, p.plan, 'cost', p.monthly_cost_cents * 10000000, m.nano_usd_committed
    FROM usage_months m JOIN users u ON u.id = m.user_id JOIN plan_limits p ON p.plan = u.plan WHERE m.month = ?1
  ) JOIN (SELECT 80 AS threshold UNION ALL SELECT 95 UNION ALL SELECT 100)
  WHERE cap_limit > 0 AND used * 100 >= cap_limit * threshold
  ON CONFLICT (key) DO NOTHING`;
