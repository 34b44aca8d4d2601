/** A customer's usage report, as a schema of what its verb answers. */
import { z } from 'zod';
import { capsView } from './cap-views';
import { count, countOrNull, instantOrNull, instantView, textOrNull } from './views';

const figureFields = {
  requests: count.describe('Calls that were let through and have ended.'),
  refusals: count,
  input_tokens: count.describe('Without cache reads and writes.'),
  cache_read_tokens: count,
  cache_write_5m_tokens: count,
  cache_write_1h_tokens: count,
  output_tokens: count.describe('Reasoning included.'),
  reasoning_tokens: count,
  counted_tokens: count.describe('Tokens counted against the month.'),
  cost_nano_usd: count,
};

const reportFigures = z.strictObject(figureFields);
export type ReportFigures = z.infer<typeof reportFigures>;

const stackPart = z.strictObject({
  model: textOrNull.describe('null: all models that are not in `stack`.'),
  provider: textOrNull,
  requests: count,
  counted_tokens: count,
  cost_nano_usd: count,
});

const bucketFields = {
  starts_at: instantView,
  ends_at: instantView.describe('Not included.'),
  ...figureFields,
  models: z.array(stackPart).describe('Its parts, in the order of `stack`; those without calls left out.'),
};

const reportHour = z.strictObject(bucketFields);
export type ReportHour = z.infer<typeof reportHour>;

const reportDay = z.strictObject({ day: z.iso.date(), ...bucketFields });
export type ReportDay = z.infer<typeof reportDay>;

/** Lines of one kind, dearest first, and what those that are left out come to. */
const breakdown = <T extends z.ZodRawShape>(name: T) =>
  z.strictObject({
    lines: z.array(z.strictObject({ ...name, ...figureFields })).describe('Dearest first.'),
    rest: z
      .strictObject({ lines: count, ...figureFields })
      .nullable()
      .describe('All further lines together; null: there are none.'),
  });

const minuteWindow = z.strictObject({ limit: count, remaining: countOrNull, resets_at: instantOrNull });

export const RANGES = ['today', '7d', '30d', 'month', 'custom'] as const;
export type Range = (typeof RANGES)[number];

export const reportView = z.strictObject({
  user: z.string(),
  plan: z.string(),
  range: z.enum(RANGES),
  time_zone: z.string().describe('Whose days these are.'),
  from: z.iso.date(),
  to: z.iso.date().describe('Included.'),
  starts_at: instantView,
  ends_at: instantView.describe('Not included; may lie ahead.'),
  generated_at: instantView,
  caps: capsView.describe('This month in UTC, as the caps are checked, whatever the range.'),
  minute: z.strictObject({ requests: minuteWindow, tokens: minuteWindow }),
  count_cache_reads: z.boolean().describe('Whether cache reads count against the month.'),
  running: count.describe('Calls under way now.'),
  today: z.strictObject({ day: z.iso.date(), requests: count, refusals: count }),
  totals: reportFigures,
  previous: z
    .strictObject({ starts_at: instantView, ends_at: instantView, ...figureFields })
    .describe('The span of the same length before, as far into it as this one has come.'),
  stack: z
    .array(z.strictObject({ model: z.string(), provider: z.string() }))
    .describe('The dearest models, which days and hours are split by.'),
  days: z.array(reportDay).describe('Every day of the range that has begun.'),
  hours: z.array(reportHour).nullable().describe('Of a range of one day; else null.'),
  models: breakdown({
    model: textOrNull.describe('null: refused before it was known.'),
    provider: textOrNull,
  }),
  agents: breakdown({ agent: textOrNull.describe('null: none was named.') }),
  campaigns: breakdown({ campaign: textOrNull.describe('null: none was named.') }),
  tokens: breakdown({
    token_id: textOrNull.describe('null: the caller had a signed token (JWT).'),
    name: textOrNull,
    hint: textOrNull,
    state: z.enum(['active', 'expired', 'revoked', 'unknown']).nullable(),
  }),
});

export type ReportView = z.infer<typeof reportView>;

export const pulseView = z.strictObject({
  version: z.string().describe('Changes when the report would.'),
  running: count,
  at: instantView,
});
export type PulseView = z.infer<typeof pulseView>;
