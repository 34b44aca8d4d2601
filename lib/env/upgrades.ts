/** Settings of what happens near a cap: the operator's webhook, and Stripe. */
import { z } from 'zod';

export interface UpgradeSettings {
  /** Where events go; `null`: they are kept for the pages alone. */
  readonly webhook: {
    readonly url: string;
    /** The key that deliveries are signed with, in base64. */
    readonly secret: string;
  } | null;
  readonly stripe: {
    readonly secretKey: string;
    readonly webhookSecret: string;
    /** Stripe's own where `null`. */
    readonly apiUrl: string | null;
    /** The plan of customers whose subscription ended; `null` leaves them on theirs. */
    readonly fallbackPlan: string | null;
  } | null;
  readonly problems: readonly string[];
}

type Source = Readonly<Record<string, string | undefined>>;

/** The least that Standard Webhooks asks for: 24 bytes, in base64. */
const SHORTEST_SECRET = 32;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const set = (source: Source, name: string): string | undefined => {
  const value = source[name]?.trim();
  return value === '' ? undefined : value;
};

const isWebUrl = (text: string): boolean => z.url({ protocol: /^https?$/ }).safeParse(text).success;

function readWebhook(source: Source, problems: string[]): UpgradeSettings['webhook'] {
  const url = set(source, 'TOLLGATE_WEBHOOK_URL');
  const secret = set(source, 'TOLLGATE_WEBHOOK_SECRET')?.replace(/^whsec_/, '');
  if ((url === undefined) !== (secret === undefined))
    problems.push('TOLLGATE_WEBHOOK_URL and TOLLGATE_WEBHOOK_SECRET must be set together');
  if (url !== undefined && !isWebUrl(url))
    problems.push('TOLLGATE_WEBHOOK_URL: must be an http or https URL');
  if (secret !== undefined && (secret.length < SHORTEST_SECRET || !BASE64.test(secret)))
    problems.push('TOLLGATE_WEBHOOK_SECRET: must be whsec_ and 24 bytes or more in base64');
  return url === undefined || secret === undefined ? null : { url, secret };
}

function readStripe(source: Source, problems: string[]): UpgradeSettings['stripe'] {
  const secretKey = set(source, 'STRIPE_SECRET_KEY');
  const webhookSecret = set(source, 'STRIPE_WEBHOOK_SECRET');
  const apiUrl = set(source, 'STRIPE_API_URL');
  if ((secretKey === undefined) !== (webhookSecret === undefined))
    problems.push('STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET must be set together');
  if (apiUrl !== undefined && !isWebUrl(apiUrl))
    problems.push('STRIPE_API_URL: must be an http or https URL');
  if (secretKey === undefined || webhookSecret === undefined) return null;
  const fallbackPlan = set(source, 'STRIPE_FALLBACK_PLAN') ?? null;
  return { secretKey, webhookSecret, apiUrl: apiUrl ?? null, fallbackPlan };
}

/** Problems name variables, never values. */
export function readUpgrades(source: Source): UpgradeSettings {
  const problems: string[] = [];
  return { webhook: readWebhook(source, problems), stripe: readStripe(source, problems), problems };
}
