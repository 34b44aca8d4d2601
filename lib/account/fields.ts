/** The fields that inputs share, each with its limits and the reason in its message. */
import { z } from 'zod';
import { dayOf } from '@/lib/domain/month';
import { LONGEST_PLAN_NAME, LONGEST_USER_ID, PLAN_NAME, USER_ID } from '@/lib/domain/names';

/** Cap such that cents in nano-USD (× 1e7) stay exact in a double: nine million dollars a month. */
const MOST_CENTS = 900_000_000;
const LONGEST_ID = 128;
const LONGEST_NAME = 200;
const LONGEST_LIST = 500;
const DAY_MS = 86_400_000;

/** An id in a look-up: whatever was stored may be asked for. */
export const reference = z
  .string()
  .min(1, 'must not be empty')
  .max(LONGEST_ID * 2);

/** Beside an id: anybody else's is as if it weren't there. */
export const ownedBy = reference.optional().describe('Only where it is this customer’s.');

/** Sub-agents' keys are two ids of up to 200 characters. */
const LONGEST_SESSION_KEY = 512;

/** A session's key in a look-up: the client's word, whatever it holds. */
export const sessionKey = z.string().min(1, 'must not be empty').max(LONGEST_SESSION_KEY);

/** A customer id the operator chooses. It appears in paths, logs and limiter keys, so it holds no spaces or slashes. */
export const userId = z
  .string()
  .max(LONGEST_USER_ID)
  .regex(USER_ID, 'may hold letters, digits and . _ : @ | + -, and starts with a letter or digit');

export const planName = z
  .string()
  .max(LONGEST_PLAN_NAME)
  .regex(PLAN_NAME, 'may hold letters, digits and . _ -, and starts with a letter or digit');

/** One line of text without control characters: it is printed in tables and sent in headers. */
export const line = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(LONGEST_NAME)
  .regex(
    // Marks that turn the direction of writing make a name look like another.
    /^[^\p{Cc}\p{Zl}\p{Zp}\u200E\u200F\u202A-\u202E\u2066-\u2069]*$/u,
    'must be one line without control characters',
  );

export const email = z.email('must be an e-mail address').max(320);

/** Ids to narrow a token or plan to; `null` narrows nothing, and an empty list would allow nothing. */
export const narrowing = z
  .array(line)
  .min(1, 'must name at least one, or be null for all')
  .max(LONGEST_LIST)
  .nullable();

/** A whole number; further checks are skipped, and further complaints spared, where it is none. */
export const wholeNumber = z.int({
  error: ({ input }) => (input === undefined ? 'is required' : 'must be a whole number'),
  abort: true,
});

export const monthlyTokens = wholeNumber.min(0).nullable();
export const monthlyCostCents = wholeNumber.min(0).max(MOST_CENTS).nullable();
export const perMinute = wholeNumber.min(1);

/** What a plan costs a month, in US cents; 0 is free, `null` not said. */
export const priceCents = wholeNumber.min(0).max(MOST_CENTS).nullable();

/** A recurring price of Stripe; a product's id (`prod_…`) is the usual mistake. */
export const stripePriceId = z
  .string()
  .max(LONGEST_ID)
  .regex(/^price_[A-Za-z0-9]+$/, 'must be the id of a Stripe price, price_…');

const INSTANT = 'must be an ISO 8601 instant or day such as 2026-12-31T00:00:00Z or 2026-12-31';
const instantText = z.union([z.iso.datetime({ offset: true }), z.iso.date()], INSTANT);

/** An instant; a bare day is its first moment in UTC. Milliseconds since the epoch. */
export const instant = instantText.transform((text) => Date.parse(text));

/** The end of a span, not included; a bare day is included whole. Milliseconds since the epoch. */
export const spanEnd = instantText.transform((text) => Date.parse(text) + (text.includes('T') ? 0 : DAY_MS));

export const day = z.iso.date('must be a UTC day such as 2026-12-31');

export const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-12');

/** Days from `from` to `to`, both included. */
export function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
}

/** The first day of the month that `day` is in. */
export function firstOfMonth(anyDay: string): string {
  return dayOf(Date.parse(`${anyDay.slice(0, 7)}-01`));
}
