/** What the management API answers with, as schemas: calls, sessions and usage. Tests hold every answer against them. */
import { z } from 'zod';
import type { RequestLineView, RequestView } from './present';
import type { SessionTreeView } from './get-session';
import type { SessionView } from './present-session';
import type { UsageView } from './read-usage';
import type { SweepView } from './sweep-calls';
import type { UserMonthView } from './usage-by-user';
import { count, countOrNull, instantOrNull, instantView, textOrNull } from './views';

const ending = z
  .enum(['complete', 'cancelled', 'broken', 'refused', 'expired'])
  .nullable()
  .describe(
    'null while it runs; `cancelled`: the caller left; `broken`: the provider failed; `expired`: settled by the sweep.',
  );

const grade = z
  .enum(['exact', 'drained', 'estimated', 'floor', 'unpriced'])
  .nullable()
  .describe('How sure the figures are; `floor`: at least this much.');

const requestFields = {
  id: z.string().describe('As in the header x-request-id.'),
  user_id: z.string(),
  token_id: textOrNull,
  agent: textOrNull,
  campaign: textOrNull,
  session: textOrNull,
  session_parent: textOrNull,
  session_source: textOrNull.describe('How the session was recognised.'),
  client_request_id: textOrNull.describe('The id the client gave the request.'),
  provider: z.string(),
  model: z.string(),
  reported_model: textOrNull.describe('The model the provider says it used.'),
  endpoint: z.string(),
  stream: z.boolean(),
  status: z.int().nullable(),
  ending,
  grade,
  error_code: textOrNull,
  input_tokens: countOrNull.describe('Without cache reads and writes; null when unknown, as all of these.'),
  cache_read_tokens: countOrNull,
  cache_write_5m_tokens: countOrNull,
  cache_write_1h_tokens: countOrNull,
  output_tokens: countOrNull.describe('Reasoning included.'),
  reasoning_tokens: countOrNull,
  web_search_requests: countOrNull,
  counted_tokens: count.describe('Tokens counted against the month.'),
  cost_nano_usd: countOrNull.describe('Nano-dollars (1e-9 $); null when unpriced.'),
  cost_millicents: countOrNull,
  price_version: textOrNull,
  hold_tokens: count,
  hold_nano_usd: count,
  hold_output_tokens: count,
  hold_prompt_nano_usd: count,
  hold_expires_at: instantOrNull,
  month: z.string(),
  month_tokens_before: countOrNull,
  month_nano_usd_before: countOrNull,
  owner: textOrNull.describe('The process that runs it.'),
  upstream_request_id: textOrNull.describe('The provider’s own request id.'),
  answer_id: textOrNull.describe('Id under which the provider keeps the answer.'),
  attempts: count,
  started_at: instantView,
  first_byte_ms: countOrNull,
  duration_ms: countOrNull,
  settled_at: instantOrNull,
};

export const requestLineView = z.strictObject(requestFields) satisfies z.ZodType<RequestLineView>;

export const requestView = z.strictObject({
  ...requestFields,
  usage_raw: z.unknown().describe('The provider’s own usage object, as it came; null when none came.'),
}) satisfies z.ZodType<RequestView>;

const figures = {
  requests: count,
  refusals: count,
  input_tokens: count,
  cache_read_tokens: count,
  cache_write_5m_tokens: count,
  cache_write_1h_tokens: count,
  output_tokens: count,
  reasoning_tokens: count,
  counted_tokens: count,
  cost_nano_usd: count,
};

const monthFields = {
  tokens: z.strictObject({ limit: countOrNull, used: count, held: count, remaining: countOrNull }),
  cost: z.strictObject({
    limit_nano_usd: countOrNull,
    used_nano_usd: count,
    held_nano_usd: count,
    remaining_nano_usd: countOrNull,
  }),
};

const minuteWindow = z.strictObject({
  limit: count,
  remaining: countOrNull,
  resets_at: instantOrNull,
});

export const usageView = z.strictObject({
  user: z.string(),
  plan: z.string(),
  month: z
    .strictObject({ ...monthFields, resets_at: instantView })
    .describe('Against the plan; `held` is the worst case of running calls, null is no cap.'),
  minute: z.strictObject({ requests: minuteWindow, tokens: minuteWindow }),
  days: z.array(z.strictObject({ day: z.iso.date(), ...figures })),
  models: z.array(z.strictObject({ model: z.string(), provider: z.string(), ...figures })),
  from: z.iso.date(),
  to: z.iso.date(),
}) satisfies z.ZodType<UsageView>;

export const userMonthView = z.strictObject({
  user: z.string(),
  name: textOrNull,
  plan: z.string(),
  suspended: z.boolean(),
  month: z.string(),
  requests: count.describe('Calls that were let through.'),
  ...monthFields,
}) satisfies z.ZodType<UserMonthView>;

const sessionFields = {
  key: z.string().describe('The client’s own id, or a fingerprint of the conversation’s start.'),
  parent: textOrNull.describe('The session that started this one.'),
  source: z.string().describe('How it was recognised.'),
  user_id: z.string(),
  token_id: textOrNull.describe('The token of its latest call.'),
  token_name: textOrNull.describe('What that token is called now.'),
  agent: textOrNull,
  campaign: textOrNull,
  first_at: instantView,
  last_at: instantView,
  ended_at: instantOrNull,
  running: count,
  requests: count,
  refusals: count,
  input_tokens: count,
  cache_read_tokens: count,
  cache_write_tokens: count,
  output_tokens: count,
  reasoning_tokens: count,
  counted_tokens: count,
  cost_nano_usd: count,
  last_model: textOrNull,
  last_ending: ending,
};

export const sessionView = z.strictObject(sessionFields) satisfies z.ZodType<SessionView>;

export const sessionTreeView = z.strictObject({
  ...sessionFields,
  below: z
    .array(sessionView)
    .describe('The sessions it started, such as sub-agents, and what those started.'),
  total: z
    .strictObject({
      requests: count,
      refusals: count,
      input_tokens: count,
      cache_read_tokens: count,
      cache_write_tokens: count,
      output_tokens: count,
      cost_nano_usd: count,
    })
    .describe('Its own figures and those of everything below it.'),
}) satisfies z.ZodType<SessionTreeView>;

export const sweepView = z.strictObject({
  expired: count,
  ids: z.array(z.string()).readonly().describe('Request ids of the calls that were settled now.'),
}) satisfies z.ZodType<SweepView>;
