/** Service tiers and latency-optimised inference: what they are asked for with, and how answers report them. */
import type { Premium, UsagePart } from '@/lib/domain/usage';
import { isRecord, type JsonRecord } from '@/lib/wire/bodies/record';

const TIER_HEADER = 'x-amzn-bedrock-service-tier';
const LATENCY_HEADER = 'x-amzn-bedrock-performanceconfig-latency';

/** What a call or an answer says of its tier and latency; Converse says it in the body, InvokeModel in headers. */
export function servedAs(body: JsonRecord | null, headers: Headers): readonly Premium[] {
  const { serviceTier, performanceConfig } = body ?? {};
  const tier = isRecord(serviceTier) ? serviceTier['type'] : headers.get(TIER_HEADER);
  const latency = isRecord(performanceConfig) ? performanceConfig['latency'] : headers.get(LATENCY_HEADER);
  const premiums: Premium[] = [];
  if (tier === 'priority' || tier === 'flex') premiums.push(tier);
  if (latency === 'optimized') premiums.push('fast');
  return premiums;
}

/** For holds: a call that asks for flex may be served, and billed, as standard. */
export function askedAs(body: JsonRecord | null, headers: Headers): readonly Premium[] {
  return servedAs(body, headers).filter((premium) => premium !== 'flex');
}

/** Adds what an answer was served as to its shares. */
export function withTiers(parts: readonly UsagePart[], tiers: readonly Premium[]): readonly UsagePart[] {
  if (tiers.length === 0) return parts;
  return parts.map((part) => ({ ...part, premiums: [...(part.premiums ?? []), ...tiers] }));
}
