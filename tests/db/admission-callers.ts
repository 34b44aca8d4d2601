/** Callers of their own plan, and admissions of any size by them, straight on the store. */
import { createPlan } from '@/lib/account/create-plan';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { UNKNOWN_USAGE } from '@/lib/domain/usage';
import type { AdmissionResult, Identity, Principal } from '@/lib/gateway/ports';
import { type Harness, principalOf, START_MS } from '@/tests/db/account/harness';

export const HOLD_MS = 60_000;

let made = 0;

export interface Caller {
  readonly user: string;
  readonly plan: string;
  readonly tokenId: string;
  readonly principal: Principal;
  readonly identity: Identity;
}

export async function newCaller(
  harness: Harness,
  limits: { tokens: number | null; cents: number | null },
  ofToken: Readonly<Record<string, unknown>> = {},
): Promise<Caller> {
  const name = `caller-${(made += 1)}`;
  const { account } = harness;
  await createPlan(account, {
    plan: name,
    monthly_tokens: limits.tokens,
    monthly_cost_cents: limits.cents,
    rate_limit_rpm: 100,
    rate_limit_tpm: 100_000,
  });
  await createUser(account, { id: name, plan: name });
  return newToken(harness, { user: name, plan: name }, ofToken);
}

/** A token of a customer there is, e.g. a sibling. */
export async function newToken(
  { account, store }: Harness,
  { user, plan }: Pick<Caller, 'user' | 'plan'>,
  ofToken: Readonly<Record<string, unknown>> = {},
): Promise<Caller> {
  const { id, token } = await createToken(account, { user, name: 'test', ...ofToken });
  const principal = principalOf(token);
  const identity = await store.findIdentity(principal);
  if (identity === null) throw new Error('the caller was not found');
  return { user, plan, tokenId: id, principal, identity };
}

export interface Asked {
  readonly prompt: number;
  readonly promptNano: number;
  readonly output: number;
  readonly floor: number;
  readonly rate: number;
}

export const MODEST: Asked = { prompt: 100, promptNano: 300_000, output: 50, floor: 1, rate: 15_000_000_000 };

export function admit(
  harness: Harness,
  caller: Caller,
  asked: Asked,
  id: string,
  nowMs: number,
): Promise<AdmissionResult> {
  const { principal, identity } = caller;
  return harness.store.admit({
    id,
    userId: caller.user,
    tokenId: caller.tokenId,
    agent: null,
    campaign: null,
    session: null,
    clientRequestId: null,
    startedAtMs: nowMs,
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    endpoint: 'messages',
    stream: false,
    promptTokens: asked.prompt,
    promptNanoUsd: asked.promptNano,
    outputTokens: asked.output,
    minOutputTokens: asked.floor,
    outputNanoUsdPerMillion: asked.rate,
    holdExpiresAtMs: nowMs + HOLD_MS,
    identity,
    principal,
  });
}

/** Settles an admitted call with what it counted and cost. */
export function settleAs({ store }: Harness, id: string, tokens: number, nanoUsd: number): Promise<void> {
  return store.settle({
    id,
    tokenId: null,
    ending: 'complete',
    grade: 'exact',
    status: 200,
    usage: { ...UNKNOWN_USAGE, inputTokens: tokens },
    countedTokens: tokens,
    costNanoUsd: nanoUsd,
    priceVersion: null,
    usageRaw: null,
    reportedModel: null,
    upstreamRequestId: null,
    answerId: null,
    errorCode: null,
    attempts: 1,
    firstByteMs: 1,
    durationMs: 2,
  });
}

/** What output costs in the hold, rounded up. */
export const outputNano = (output: number, rate: number): number => Math.ceil((output * rate) / 1_000_000);

/** Counters of one month, as admissions see them. */
export interface Figures {
  readonly tokensUsed: number;
  readonly tokensHeld: number;
  readonly costUsedNanoUsd: number;
  readonly costHeldNanoUsd: number;
}

const COUNTERS = {
  user: 'SELECT * FROM usage_months WHERE user_id = ? AND month = ?',
  token: 'SELECT * FROM token_months WHERE token_id = ? AND month = ?',
};

/** The counters of a customer or of a token in the month the tests run in. */
export async function monthOf({ database }: Harness, whose: 'user' | 'token', id: string): Promise<Figures> {
  const month = new Date(START_MS).toISOString().slice(0, 7);
  const { rows } = await database.client.execute({ sql: COUNTERS[whose], args: [id, month] });
  const figure = (name: string) => Number(rows[0]?.[name] ?? 0);
  return {
    tokensUsed: figure('tokens_committed'),
    tokensHeld: figure('tokens_held'),
    costUsedNanoUsd: figure('nano_usd_committed'),
    costHeldNanoUsd: figure('nano_usd_held'),
  };
}
