/** The situations in which every SDK's error is looked at, and what makes each of them. */
import { expect } from 'vitest';
import type { CustomerOptions } from '@/tests/support/gateway';
import type { ProgramOutcome } from '@/tests/support/client-program';
import type { RefusingBench, UpstreamName } from '@/tests/support/refusing-bench';

export type SdkSituation =
  | 'strange key'
  | 'revoked token'
  | 'suspended account'
  | 'unknown model'
  | 'model outside the plan'
  | 'used-up tokens'
  | 'used-up money'
  | 'too large'
  | "provider's 400"
  | 'refused operator key'
  | 'unreachable provider';

interface Arrangement {
  readonly name: SdkSituation;
  readonly customer?: CustomerOptions;
  /** Management call before the test's. */
  readonly close?: (user: string, tokenId: string) => string;
  readonly token?: string;
  readonly model?: string;
  readonly prompt?: string;
  readonly status?: number;
  readonly unreachable?: true;
  /** What the user reads, at the least. */
  readonly text: string | ((model: string) => string);
}

export const MAX_BODY_BYTES = 20_000;

export const SDK_SITUATIONS: readonly Arrangement[] = [
  { name: 'strange key', token: 'sk-of-somebody', text: 'The API key sent is not a gateway token.' },
  {
    name: 'revoked token',
    close: (_user, tokenId) => `/api/admin/tokens/${tokenId}/revoke`,
    text: 'The gateway token was revoked.',
  },
  {
    name: 'suspended account',
    close: (user) => `/api/admin/users/${user}/suspend`,
    text: 'This account is suspended. Ask your operator.',
  },
  { name: 'unknown model', model: 'nonesuch-9', text: 'model: nonesuch-9 is not known to this gateway' },
  {
    name: 'model outside the plan',
    customer: { plan: { models: ['claude-haiku-5-5'] } },
    text: (model) => `does not include the model ${model}`,
  },
  {
    name: 'used-up tokens',
    customer: { plan: { monthly_tokens: 1 } },
    text: 'limit 1 tokens · used 0 tokens · remaining 1 tokens · resets 20',
  },
  {
    name: 'used-up money',
    customer: { plan: { monthly_cost_cents: 0 } },
    text: 'monthly spend limit reached · limit $0.00 · used $0.00 · remaining $0.00 · resets 20',
  },
  { name: 'too large', prompt: 'x'.repeat(MAX_BODY_BYTES), text: `larger than the ${MAX_BODY_BYTES} bytes` },
  { name: "provider's 400", status: 400, text: '' },
  { name: 'refused operator key', status: 403, text: 'Tell the operator; your token is fine.' },
  { name: 'unreachable provider', unreachable: true, text: 'could not be reached' },
];

/** Error class, status and requests that a program is to end with in each situation. */
export type Ends = readonly [errorClass: string, status: number, requests: number];

export interface SdkCase {
  readonly upstream: UpstreamName;
  readonly model: string;
  readonly run: (job: SdkJob) => Promise<ProgramOutcome>;
}

export interface SdkJob {
  readonly token: string;
  readonly model: string;
  readonly prompt?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Brings a situation about, runs a program in it, and expects its end and that the user can read why. */
export async function expectEnd(
  bench: RefusingBench,
  situation: Arrangement,
  { upstream, model, run }: SdkCase,
  ends: Readonly<Record<SdkSituation, Ends>>,
): Promise<void> {
  const { name, customer, close, status, unreachable, prompt, text } = situation;
  const { user, token, tokenId } = await bench.gateway.customer(customer);
  if (close !== undefined) await bench.gateway.admin('POST', close(user, tokenId));
  if (status !== undefined) bench.script(upstream, { status });
  if (unreachable === true) await bench.upstreams[upstream].refuse();
  const { error, requests } = await run({
    token: situation.token ?? token,
    model: situation.model ?? model,
    ...(prompt === undefined ? {} : { prompt }),
  });
  if (unreachable === true) await bench.upstreams[upstream].accept();
  expect([error?.class, error?.status, requests]).toEqual(ends[name]);
  expect(error?.message).toContain(typeof text === 'string' ? text : text(model));
}

/** A customer whose minute is overdrawn: at so many tokens a second it admits a small call after a second or two. */
export async function overdrawn(
  bench: RefusingBench,
  { upstream, model, run }: SdkCase,
  usage: (tokens: number) => unknown,
): Promise<{ readonly user: string; readonly token: string }> {
  const customer = await bench.gateway.customer({ plan: { rate_limit_tpm: MINUTE_TOKENS } });
  bench.script(upstream, { body: JSON.stringify(usage(MINUTE_TOKENS + OVERDRAWN_TOKENS)) });
  const { error } = await run({ token: customer.token, model });
  expect(error).toBeUndefined();
  const { body } = await bench.gateway.admin('GET', `/api/admin/requests?user=${customer.user}`);
  const [row] = body['data'] as readonly { readonly id: string }[];
  await bench.gateway.settledRow(row?.id ?? '');
  bench.upstreams[upstream].script();
  return customer;
}

/** A thousand a second come back. */
const MINUTE_TOKENS = 60_000;
const OVERDRAWN_TOKENS = 1_500;
