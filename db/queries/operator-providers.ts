/** How providers are doing, from the counters per hour: by provider, by model and over time. */
import type { InStatement, Row } from '@libsql/client';
import { numberOf, textOf } from './row';

/** Hours from `fromHour` to `toHour`, the latter not included; seconds since the epoch. */
export interface HourSpan {
  readonly fromHour: number;
  readonly toHour: number;
}

const SUMS = `sum(requests) AS requests, sum(refusals) AS refusals, sum(broken) AS broken, sum(cancelled) AS cancelled,
  sum(expired) AS expired, sum(estimated) AS estimated, sum(unpriced) AS unpriced, sum(prompt_tokens) AS prompt_tokens,
  sum(output_tokens) AS output_tokens, sum(cost_nano_usd) AS cost, sum(first_byte_ms) AS first_byte_ms,
  sum(first_bytes) AS first_bytes, sum(duration_ms) AS duration_ms`;

/** What a call that was refused before its provider was known is booked to is nobody's. */
const WITHIN = `FROM provider_hours WHERE hour >= :from AND hour < :to AND provider <> ''`;

const argsOf = ({ fromHour, toHour }: HourSpan) => ({ from: fromHour, to: toHour });

export function byProviderStatement(span: HourSpan): InStatement {
  return {
    sql: `SELECT provider, '' AS model, 0 AS at, ${SUMS} ${WITHIN} GROUP BY provider ORDER BY cost DESC, provider`,
    args: argsOf(span),
  };
}

/** The dearest models, at most `rows`. */
export function byProviderModelStatement(span: HourSpan, rows: number): InStatement {
  return {
    sql: `SELECT provider, model, 0 AS at, ${SUMS} ${WITHIN} AND model <> ''
GROUP BY provider, model ORDER BY cost DESC, requests DESC, provider, model LIMIT :rows`,
    args: { ...argsOf(span), rows },
  };
}

/** Steps of `stepSeconds` from the start of the span on, in order. */
export function byProviderStepStatement(span: HourSpan, stepSeconds: number): InStatement {
  return {
    sql: `SELECT provider, '' AS model, hour - (hour - :from) % :step AS at, ${SUMS} ${WITHIN}
GROUP BY provider, at ORDER BY at, provider`,
    args: { ...argsOf(span), step: stepSeconds },
  };
}

export function providerFiguresFromRow(row: Row) {
  return {
    provider: textOf(row['provider']),
    model: textOf(row['model']),
    /** Start of the step, seconds since the epoch. */
    at: numberOf(row['at']),
    requests: numberOf(row['requests']),
    refusals: numberOf(row['refusals']),
    broken: numberOf(row['broken']),
    cancelled: numberOf(row['cancelled']),
    expired: numberOf(row['expired']),
    estimated: numberOf(row['estimated']),
    unpriced: numberOf(row['unpriced']),
    promptTokens: numberOf(row['prompt_tokens']),
    outputTokens: numberOf(row['output_tokens']),
    costNanoUsd: numberOf(row['cost']),
    firstByteMs: numberOf(row['first_byte_ms']),
    firstBytes: numberOf(row['first_bytes']),
    durationMs: numberOf(row['duration_ms']),
  };
}

export type ProviderFigures = ReturnType<typeof providerFiguresFromRow>;

/** Models whose calls had no price, most calls first. */
export function unpricedModelsStatement({ fromHour, toHour }: HourSpan, rows: number): InStatement {
  return {
    sql: `SELECT provider, model, sum(unpriced) AS calls, max(hour) AS last_hour FROM provider_hours
WHERE hour >= :from AND hour < :to AND unpriced > 0 GROUP BY provider, model ORDER BY calls DESC, provider, model LIMIT :rows`,
    args: { from: fromHour, to: toHour, rows },
  };
}

export function unpricedModelFromRow(row: Row) {
  return {
    provider: textOf(row['provider']),
    model: textOf(row['model']),
    calls: numberOf(row['calls']),
    lastHour: numberOf(row['last_hour']),
  };
}
