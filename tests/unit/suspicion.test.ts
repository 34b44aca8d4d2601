/** The rules of suspicious activity, each just below and at its threshold. */
import { describe, expect, it } from 'vitest';
import {
  BASELINE_DAYS,
  type DayFacts,
  findingsOf,
  LEAST_REFUSALS,
  LEAST_SPEND_NANO_USD,
  MOST_NEW_TOKENS,
  MOST_REFUSALS,
  SILENT_DAYS,
  SPEND_TIMES,
} from '@/lib/domain/suspicion';

const QUIET: DayFacts = { spend: [], refusals: [], tokens: [], models: [], newTokens: [] };
const found = (facts: Partial<DayFacts>) => findingsOf({ ...QUIET, ...facts });
const DOLLAR = 1_000_000_000;

describe('spend that jumped', () => {
  const spend = (nanoUsd: number, mean: number, daysBefore = BASELINE_DAYS) =>
    found({ spend: [{ user: 'acme', nanoUsd, beforeNanoUsd: mean * daysBefore, daysBefore }] });

  it('is found from three times the mean of the days before on', () => {
    const [finding] = spend(SPEND_TIMES * DOLLAR, DOLLAR);
    expect(finding).toEqual({
      rule: 'spend_jump',
      user: 'acme',
      subject: null,
      unit: 'nano_usd',
      value: SPEND_TIMES * DOLLAR,
      usual: DOLLAR,
      times: 3,
    });
    expect(spend(SPEND_TIMES * DOLLAR - 1, DOLLAR)).toEqual([]);
  });

  it('is nothing below a dollar a day', () => {
    expect(spend(LEAST_SPEND_NANO_USD, 1)).toHaveLength(1);
    expect(spend(LEAST_SPEND_NANO_USD - 1, 1)).toEqual([]);
  });

  it('is compared with the days that a new customer was here, and never on the first one', () => {
    expect(spend(3 * DOLLAR, DOLLAR, 2)).toHaveLength(1);
    expect(spend(90 * DOLLAR, 0, 0)).toEqual([]);
  });

  it('after days without any spend has no multiple', () => {
    expect(spend(DOLLAR, 0)).toMatchObject([{ usual: 0, times: null }]);
  });
});

describe('refusals', () => {
  const refusals = (count: number, requests: number) =>
    found({ refusals: [{ user: 'acme', refusals: count, requests }] });

  it('are many from fifty on, however many calls went well', () => {
    expect(refusals(MOST_REFUSALS, 1_000_000)).toMatchObject([{ rule: 'refusals', value: 50, usual: 50 }]);
    expect(refusals(MOST_REFUSALS - 1, 1_000_000)).toEqual([]);
  });

  it('are many above a fifth of the calls, from ten on', () => {
    expect(refusals(20, 80)).toEqual([]);
    expect(refusals(21, 79)).toMatchObject([{ value: 21, usual: 20 }]);
    expect(refusals(LEAST_REFUSALS, 0)).toHaveLength(1);
    expect(refusals(LEAST_REFUSALS - 1, 0)).toEqual([]);
  });
});

it('a token is found that was silent for thirty days', () => {
  const token = (silentDays: number) =>
    found({ tokens: [{ user: 'acme', token: 'tok_1', requests: 1, silentDays }] });
  expect(token(SILENT_DAYS)).toMatchObject([
    { rule: 'token_returns', subject: 'tok_1', value: 30, times: 1 },
  ]);
  expect(token(SILENT_DAYS - 1)).toEqual([]);
});

it('a new model is found that takes more than half of a day that cost a dollar', () => {
  const model = (nanoUsd: number, dayNanoUsd: number) =>
    found({ models: [{ user: 'acme', model: 'm', nanoUsd, dayNanoUsd }] });
  expect(model(DOLLAR + 1, 2 * DOLLAR)).toMatchObject([{ rule: 'new_model', subject: 'm', usual: DOLLAR }]);
  expect(model(DOLLAR, 2 * DOLLAR)).toEqual([]);
  expect(model(DOLLAR - 1, DOLLAR - 1)).toEqual([]);
});

it('ten new tokens in a day are found, nine are not', () => {
  expect(found({ newTokens: [{ user: 'acme', tokens: MOST_NEW_TOKENS }] })).toHaveLength(1);
  expect(found({ newTokens: [{ user: 'acme', tokens: MOST_NEW_TOKENS - 1 }] })).toEqual([]);
});

it('findings come rule by rule, the farthest above the usual first', () => {
  const spend = [
    { user: 'a', nanoUsd: 4 * DOLLAR, beforeNanoUsd: DOLLAR, daysBefore: 1 },
    { user: 'b', nanoUsd: 9 * DOLLAR, beforeNanoUsd: DOLLAR, daysBefore: 1 },
    { user: 'c', nanoUsd: 2 * DOLLAR, beforeNanoUsd: 0, daysBefore: 1 },
  ];
  const facts = { ...QUIET, newTokens: [{ user: 'd', tokens: 99 }], spend };
  expect(findingsOf(facts).map(({ user }) => user)).toEqual(['c', 'b', 'a', 'd']);
});
