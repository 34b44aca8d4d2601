/** How often signing in may be tried: per address, and by everybody together. */
import type { Limiter, MinuteLimits } from '@/lib/gateway/ports';

/** A person mistypes a few times; a program that guesses is stopped. Ten at once, then one every six seconds. */
const FAILURES_PER_ADDRESS = 10;
/** In the limiter's buckets, which refill by whole tokens a second. */
const TOKENS_PER_TRY = 60;
/** Sign-ins that succeed cost no failure: an office behind one address may arrive at once. */
const TRIES_PER_ADDRESS = 60;
/** Of addresses that failed lately, together: more than any company's Monday morning. */
const TRIES_ALTOGETHER = 300;
/** Customers' ids hold no slash, so these never meet a customer's own minute. */
const KEY = 'sign-in/';
const EVERYBODY = `${KEY}*`;
/** A whole IPv6 address with brackets, zone and port; a proxy's header may hold anything. */
const LONGEST_ADDRESS = 80;
const UNKNOWN_ADDRESS = 'unknown';

const OF_ADDRESS: MinuteLimits = { rpm: TRIES_PER_ADDRESS, tpm: FAILURES_PER_ADDRESS * TOKENS_PER_TRY };
/** Tokens play no part in it, but the limiter wants a number. */
const OF_EVERYBODY: MinuteLimits = { rpm: TRIES_ALTOGETHER, tpm: 1 };

/** What counts as one address: of IPv6 the half that a provider gives to one line. */
export function addressKey(address: string | null): string {
  if (address === null || address === '') return UNKNOWN_ADDRESS;
  const plain = address
    .slice(0, LONGEST_ADDRESS)
    .toLowerCase()
    // Some proxies write the port too, which a caller has thousands of.
    .replace(/^\[([^\]]*)\](:\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/, '')
    .replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const network = [...before, ...zeros, ...after].slice(0, 4);
  return `${network.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}

export type Try =
  | { readonly kind: 'limited'; readonly retryAfterMs: number }
  /** `succeeded` takes it off the address's failures again. */
  | { readonly kind: 'allowed'; readonly succeeded: () => Promise<void> };

/** Takes one try. An outage of the limiter stops nobody: secrets are too long to guess. */
export async function takeTry(
  limiter: Pick<Limiter, 'take' | 'settle'>,
  address: string | null,
): Promise<Try> {
  const key = KEY + addressKey(address);
  const own = await limiter.take(key, OF_ADDRESS, TOKENS_PER_TRY);
  // Asked before everybody's, so that one address alone can't use that up.
  if (own.kind === 'refused') return { kind: 'limited', retryAfterMs: own.retryAfterMs };
  // An address that hasn't failed lately always has its try, or a few dozen machines could keep everybody out.
  const isFresh = own.kind === 'allowed' && own.state.tokens.remaining >= OF_ADDRESS.tpm - TOKENS_PER_TRY;
  const all = isFresh ? null : await limiter.take(EVERYBODY, OF_EVERYBODY, 0);
  if (all?.kind === 'refused') return { kind: 'limited', retryAfterMs: all.retryAfterMs };
  const charged = own.kind === 'allowed' ? own.chargedTokens : 0;
  return { kind: 'allowed', succeeded: () => limiter.settle(key, OF_ADDRESS, charged, 0) };
}
