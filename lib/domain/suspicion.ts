/** What an operator should look at: rules with named thresholds over a day's figures. Pure: facts in, findings out. */
import { NANO_USD_PER_USD } from './plan';

/** Spend is compared with a fortnight: two of each weekday. */
export const BASELINE_DAYS = 14;
/** A day as dear as three is no ordinary busy day. */
export const SPEND_TIMES = 3;
/** Below a dollar a day no multiple is worth anybody's time. */
export const LEAST_SPEND_NANO_USD = NANO_USD_PER_USD;
/** As many refusals mean a client that does not stop. */
export const MOST_REFUSALS = 50;
/** Or every fifth call is refused, … */
const MOST_REFUSED_SHARE = 0.2;
/** … where there are enough refusals for a share to mean something. */
export const LEAST_REFUSALS = 10;
/** A token that comes back after a month may have been found by somebody. */
export const SILENT_DAYS = 30;
/** A model never used before that takes more than half of a day's spend was a change of habits. */
export const NEW_MODEL_SHARE = 0.5;
/** Nobody types ten tokens in a day; a script, or somebody who collects them, does. */
export const MOST_NEW_TOKENS = 10;

export const SUSPICION_RULES = [
  'spend_jump',
  'refusals',
  'token_returns',
  'new_model',
  'many_tokens',
] as const;
export type SuspicionRule = (typeof SUSPICION_RULES)[number];

/** What each rule looks for, in words. */
export const RULE_WORDS: Readonly<
  Record<SuspicionRule, { readonly title: string; readonly looksFor: string }>
> = {
  spend_jump: {
    title: 'Spend jumped',
    looksFor: `a day's spend of at least ${SPEND_TIMES} times the mean of the ${BASELINE_DAYS} days before, from $${LEAST_SPEND_NANO_USD / NANO_USD_PER_USD} a day on`,
  },
  refusals: {
    title: 'Many refusals',
    looksFor: `${MOST_REFUSALS} refusals in a day, or more than ${MOST_REFUSED_SHARE * 100} % of the calls from ${LEAST_REFUSALS} refusals on`,
  },
  token_returns: {
    title: 'A silent token is used again',
    looksFor: `calls with a token that had none for ${SILENT_DAYS} days`,
  },
  new_model: {
    title: 'A new model takes over',
    looksFor: `a model the customer had not used before, with more than ${NEW_MODEL_SHARE * 100} % of a day's spend, from $${LEAST_SPEND_NANO_USD / NANO_USD_PER_USD} a day on`,
  },
  many_tokens: {
    title: 'Many new tokens',
    looksFor: `${MOST_NEW_TOKENS} or more tokens made for one customer in a day`,
  },
};

export interface SpendFact {
  readonly user: string;
  readonly nanoUsd: number;
  /** Sum over the days of the baseline. */
  readonly beforeNanoUsd: number;
  /** Days of the baseline on which the customer was here already. */
  readonly daysBefore: number;
}

export interface RefusalFact {
  readonly user: string;
  readonly refusals: number;
  /** Calls that were let through. */
  readonly requests: number;
}

export interface TokenFact {
  readonly user: string;
  readonly token: string;
  readonly requests: number;
  /** Whole days since it was last used. */
  readonly silentDays: number;
}

export interface ModelFact {
  readonly user: string;
  readonly model: string;
  readonly nanoUsd: number;
  /** Of all models that day. */
  readonly dayNanoUsd: number;
}

export interface NewTokensFact {
  readonly user: string;
  readonly tokens: number;
}

/** The figures of one UTC day that the rules are held against. */
export interface DayFacts {
  readonly spend: readonly SpendFact[];
  readonly refusals: readonly RefusalFact[];
  /** Tokens used that day which were silent before. */
  readonly tokens: readonly TokenFact[];
  /** Models used that day for the first time. */
  readonly models: readonly ModelFact[];
  readonly newTokens: readonly NewTokensFact[];
}

export interface Finding {
  readonly rule: SuspicionRule;
  readonly user: string;
  /** The token or model it is about; `null` where it is the customer. */
  readonly subject: string | null;
  readonly unit: 'nano_usd' | 'refusals' | 'days' | 'tokens';
  readonly value: number;
  /** What is usual, or still allowed, in the same unit. */
  readonly usual: number;
  /** How many times the usual, rounded down to a tenth; `null` where nothing is usual. */
  readonly times: number | null;
}

const timesOf = (value: number, usual: number): number | null =>
  usual > 0 ? Math.floor((value / usual) * 10) / 10 : null;

function finding(
  rule: SuspicionRule,
  user: string,
  unit: Finding['unit'],
  value: number,
  usual: number,
  subject: string | null = null,
): Finding {
  return { rule, user, subject, unit, value, usual, times: timesOf(value, usual) };
}

function spendJumps({ user, nanoUsd, beforeNanoUsd, daysBefore }: SpendFact): Finding[] {
  // A customer's first day has nothing to be compared with.
  if (nanoUsd < LEAST_SPEND_NANO_USD || daysBefore === 0) return [];
  const mean = Math.round(beforeNanoUsd / daysBefore);
  return nanoUsd >= SPEND_TIMES * mean ? [finding('spend_jump', user, 'nano_usd', nanoUsd, mean)] : [];
}

function refusalFloods({ user, refusals, requests }: RefusalFact): Finding[] {
  const usual = Math.floor((refusals + requests) * MOST_REFUSED_SHARE);
  if (refusals >= MOST_REFUSALS)
    return [
      finding(
        'refusals',
        user,
        'refusals',
        refusals,
        Math.min(MOST_REFUSALS, Math.max(usual, LEAST_REFUSALS)),
      ),
    ];
  const isMuch = refusals >= LEAST_REFUSALS && refusals > (refusals + requests) * MOST_REFUSED_SHARE;
  return isMuch ? [finding('refusals', user, 'refusals', refusals, usual)] : [];
}

function returningTokens({ user, token, silentDays }: TokenFact): Finding[] {
  return silentDays >= SILENT_DAYS
    ? [finding('token_returns', user, 'days', silentDays, SILENT_DAYS, token)]
    : [];
}

function newModels({ user, model, nanoUsd, dayNanoUsd }: ModelFact): Finding[] {
  const usual = Math.round(dayNanoUsd * NEW_MODEL_SHARE);
  return dayNanoUsd >= LEAST_SPEND_NANO_USD && nanoUsd > dayNanoUsd * NEW_MODEL_SHARE
    ? [finding('new_model', user, 'nano_usd', nanoUsd, usual, model)]
    : [];
}

function tokenFloods({ user, tokens }: NewTokensFact): Finding[] {
  return tokens >= MOST_NEW_TOKENS ? [finding('many_tokens', user, 'tokens', tokens, MOST_NEW_TOKENS)] : [];
}

/** What breaks a rule, by rule, farthest above the usual first. */
export function findingsOf(facts: DayFacts): readonly Finding[] {
  const found = [
    ...facts.spend.flatMap(spendJumps),
    ...facts.refusals.flatMap(refusalFloods),
    ...facts.tokens.flatMap(returningTokens),
    ...facts.models.flatMap(newModels),
    ...facts.newTokens.flatMap(tokenFloods),
  ];
  const rank = ({ rule }: Finding) => SUSPICION_RULES.indexOf(rule);
  return found.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      (b.times ?? Infinity) - (a.times ?? Infinity) ||
      b.value - a.value ||
      (a.user < b.user ? -1 : 1),
  );
}
