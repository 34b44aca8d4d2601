/** A usage report of two days, three models and a caller who would run a spreadsheet's formulas. */
import { reportView, type ReportFigures, type ReportView } from '@/lib/account/report-views';

function figures(scale: number): ReportFigures {
  return {
    requests: scale,
    refusals: 0,
    input_tokens: 100 * scale,
    cache_read_tokens: 700 * scale,
    cache_write_5m_tokens: 30 * scale,
    cache_write_1h_tokens: 4 * scale,
    output_tokens: 20 * scale,
    reasoning_tokens: 5 * scale,
    counted_tokens: 154 * scale,
    cost_nano_usd: 1_000_003 * scale,
  };
}

const part = (model: string | null, scale: number) => ({
  model,
  provider: model === null ? null : 'anthropic',
  requests: scale,
  counted_tokens: 154 * scale,
  cost_nano_usd: 1_000_003 * scale,
});

function day(name: string, parts: readonly (readonly [string | null, number])[]): ReportView['days'][number] {
  const all = parts.reduce((sum, [, scale]) => sum + scale, 0);
  return {
    day: name,
    starts_at: `${name}T00:00:00.000Z`,
    ends_at: new Date(Date.parse(name) + 86_400_000).toISOString(),
    ...figures(all),
    models: parts.map(([model, scale]) => part(model, scale)),
  };
}

const cap = (name: 'tokens' | 'cost', limit: number, used: number): ReportView['caps']['tokens'] => ({
  cap: name,
  unit: name === 'tokens' ? 'tokens' : 'nano_usd',
  limit,
  used,
  held: 0,
  remaining: limit - used,
  percent: Math.floor((used * 100) / limit),
  level: used * 5 >= limit * 4 ? 'near' : 'none',
  threshold: used * 5 >= limit * 4 ? 80 : null,
  per_day: 0,
  projected: used,
  reaches_at: null,
  blocked_at: null,
  blocked_until: null,
  dismissed: [],
  prompt: used * 5 >= limit * 4 ? 80 : null,
});

/** It obeys the view's schema. */
export function sampleReport(): ReportView {
  const window = { limit: 20, remaining: 20, resets_at: null };
  return reportView.parse({
    user: 'acme',
    plan: 'starter',
    range: 'custom',
    time_zone: 'UTC',
    from: '2026-11-20',
    to: '2026-11-21',
    starts_at: '2026-11-20T00:00:00.000Z',
    ends_at: '2026-11-22T00:00:00.000Z',
    generated_at: '2026-11-21T12:00:00.000Z',
    caps: {
      user: 'acme',
      plan: 'starter',
      month: '2026-11',
      resets_at: '2026-12-01T00:00:00.000Z',
      tokens: cap('tokens', 1_000_000, 834_000),
      cost: cap('cost', 10_000_000_000, 5_000_000_000),
      upgrade: { url: null, checkout: false },
    },
    minute: { requests: window, tokens: window },
    count_cache_reads: false,
    running: 0,
    today: { day: '2026-11-21', requests: 4, refusals: 0 },
    totals: figures(10),
    previous: { starts_at: '2026-11-18T00:00:00.000Z', ends_at: '2026-11-20T00:00:00.000Z', ...figures(5) },
    stack: [
      { model: 'alpha', provider: 'anthropic' },
      { model: 'beta', provider: 'anthropic' },
    ],
    days: [
      day('2026-11-20', [
        ['alpha', 5],
        [null, 1],
      ]),
      day('2026-11-21', [
        ['alpha', 1],
        ['beta', 3],
      ]),
    ],
    hours: null,
    models: {
      lines: [
        { model: 'alpha', provider: 'anthropic', ...figures(6) },
        { model: 'beta', provider: 'anthropic', ...figures(3) },
        { model: 'gamma', provider: 'anthropic', ...figures(1) },
      ],
      rest: null,
    },
    agents: { lines: [{ agent: '=HYPERLINK("http://x","click")', ...figures(10) }], rest: null },
    campaigns: { lines: [{ campaign: null, ...figures(10) }], rest: null },
    tokens: {
      lines: [{ token_id: 'tok_1', name: 'laptop', hint: 'tg_1…', state: 'active', ...figures(10) }],
      rest: null,
    },
  });
}
