/** Callers of their own plan, and admissions of any size by them, straight on the store. */
import { createPlan } from '@/lib/account/create-plan';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import type { AdmissionResult, Identity, Principal } from '@/lib/gateway/ports';
import { type Harness, principalOf } from '@/tests/db/account/harness';

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
  const { id, token } = await createToken(account, { user: name, name: 'test' });
  const principal = principalOf(token);
  const identity = await harness.store.findIdentity(principal);
  if (identity === null) throw new Error('the caller was not found');
  return { user: name, plan: name, tokenId: id, principal, identity };
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
