/** The form of a token: what was typed becomes the verb's input, and what can't be meant is said beside its field. */
import { describe, expect, it, test } from 'vitest';
import { isLive, stateOf } from '@/app/tokens/token-state';
import { NO_WISH, problemsByField, readTokenForm, readWish, wishOf } from '@/app/tokens/token-form';
import type { TokenView } from '@/lib/account/present';

const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const TOKEN: TokenView = {
  id: 'tok_1',
  user: 'acme',
  name: 'laptop',
  hint: 'tg_1abcdef…',
  agent: 'coder',
  campaign: null,
  may_attribute: false,
  scope_models: ['old-model'],
  scope_formats: null,
  monthly_tokens: 1_000,
  monthly_cost_cents: 1_950,
  expires_at: '2026-12-31T18:00:00.000Z',
  revoked: false,
  revoked_at: null,
  last_used_at: null,
  created_at: '2026-11-01T00:00:00.000Z',
  updated_at: '2026-11-01T00:00:00.000Z',
};
const PLAN = { models: null, monthly_tokens: 5_000_000, monthly_cost_cents: 5_000 };
const NEW = { zone: 'Europe/Berlin', plan: PLAN, current: null };
const formOf = (fields: readonly (readonly [string, string])[]) => {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  return form;
};

describe('what was typed', () => {
  it('is read with models ticked or listed by commas, each once', () => {
    const wish = readWish(
      formOf([
        ['name', ' laptop '],
        ['scope_models', 'a, b,,a'],
        ['scope_models', 'c'],
        ['scope_formats', 'gemini'],
        ['user', 'rival'],
      ]),
    );
    expect(wish).toEqual({ ...NO_WISH, name: 'laptop', models: ['a', 'b', 'c'], formats: ['gemini'] });
  });

  it('of an empty form is a token that may do everything', () => {
    expect(readTokenForm({ ...NO_WISH, name: 'x' }, NEW)).toEqual({
      input: {
        name: 'x',
        agent: null,
        campaign: null,
        scope_models: null,
        scope_formats: null,
        monthly_tokens: null,
        monthly_cost_cents: null,
        expires_at: null,
      },
      problems: [],
    });
  });

  it.each([
    ['1000000', 1_000_000],
    ['1,000,000', 1_000_000],
    ['1 000', 1_000],
    ['0', 0],
    ['1.5', null],
    ['-1', null],
    ['1,00', null],
    ['1e6', null],
  ])('as tokens a month %j is %j', (typed, tokens) => {
    const { input, problems } = readTokenForm({ ...NO_WISH, monthlyTokens: typed }, NEW);
    expect(input['monthly_tokens'] ?? null).toBe(tokens);
    expect(problems.map(({ field }) => field)).toEqual(tokens === null ? ['monthly_tokens'] : []);
  });

  it.each([
    ['20', 2_000],
    ['19.5', 1_950],
    ['$19.05', 1_905],
    ['0.07', 7],
    ['19.999', null],
    ['1,50', null],
    ['ten', null],
  ])('as dollars a month %j is %j cents', (typed, cents) => {
    const { input, problems } = readTokenForm({ ...NO_WISH, monthlyUsd: typed }, NEW);
    expect(input['monthly_cost_cents'] ?? null).toBe(cents);
    expect(problems.map(({ field }) => field)).toEqual(cents === null ? ['monthly_cost_cents'] : []);
  });

  it('names a last day that it works through, in the reader’s zone', () => {
    const { input } = readTokenForm({ ...NO_WISH, lastDay: '2026-12-31' }, NEW);
    expect(input['expires_at']).toBe('2026-12-31T23:00:00.000Z');
    for (const lastDay of ['2026-02-31', 'soon'])
      expect(readTokenForm({ ...NO_WISH, lastDay }, NEW).problems).toMatchObject([{ field: 'expires_at' }]);
  });

  it('may name models of the plan alone, and those the token has already', () => {
    const around = { ...NEW, plan: { ...PLAN, models: ['a', 'b'] } };
    expect(readTokenForm({ ...NO_WISH, models: ['b'] }, around).problems).toEqual([]);
    expect(readTokenForm({ ...NO_WISH, models: ['b', 'x'] }, around).problems).toEqual([
      { field: 'scope_models', message: 'must be in your plan, and it has no x' },
    ]);
    const kept = readTokenForm({ ...NO_WISH, models: ['old-model'] }, { ...around, current: TOKEN });
    expect(kept.problems).toEqual([]);
  });
});

describe('the form of a token as it is', () => {
  it('says the same again, and leaves an instant that is no day’s end as it was', () => {
    const around = { zone: 'Europe/Berlin', plan: PLAN, current: TOKEN };
    const wish = wishOf(TOKEN, around.zone);
    expect(wish).toMatchObject({ monthlyTokens: '1000', monthlyUsd: '19.50', lastDay: '2026-12-31' });
    const { input, problems } = readTokenForm(wish, around);
    expect(problems).toEqual([]);
    const { name, agent, campaign, scope_models, scope_formats, monthly_tokens, monthly_cost_cents } = TOKEN;
    const same = { name, agent, campaign, scope_models, scope_formats, monthly_tokens, monthly_cost_cents };
    expect(input).toEqual(same);
    expect(readTokenForm({ ...wish, lastDay: '' }, around).input['expires_at']).toBeNull();
  });

  it('shows a day’s end as the day that ends with it', () => {
    const expiring = { ...TOKEN, expires_at: '2026-12-31T23:00:00.000Z' };
    expect(wishOf(expiring, 'Europe/Berlin').lastDay).toBe('2026-12-31');
  });
});

describe('problems', () => {
  it('are sentences beside their fields, those of a list’s items at the list', () => {
    const fields = problemsByField([
      { field: 'name', message: 'must not be empty' },
      { field: 'scope_models.3', message: 'Too big' },
      { field: '', message: 'nothing to change' },
    ]);
    expect(fields).toEqual({
      name: 'This must not be empty.',
      scope_models: 'Too big',
      '': 'nothing to change',
    });
  });
});

describe('the state of a token', () => {
  it.each([
    [{ revoked: true, expires_at: null }, 'revoked', false],
    [{ revoked: false, expires_at: null }, 'active', true],
    [{ revoked: false, expires_at: '2026-11-21T12:00:00Z' }, 'expired', false],
    [{ revoked: false, expires_at: '2026-11-28T12:00:00Z' }, 'expiring', true],
    [{ revoked: false, expires_at: '2026-11-28T12:00:01Z' }, 'active', true],
  ] as const)('%j is %s', (token, state, live) => {
    expect(stateOf(token, NOW_MS)).toBe(state);
    expect(isLive(stateOf(token, NOW_MS))).toBe(live);
  });
});

test('caps of its own must not be above the plan’s, but for those it has already', () => {
  const above = { ...NO_WISH, name: 'laptop', monthlyTokens: '5000001', monthlyUsd: '50.01' };
  const { problems } = readTokenForm(above, NEW);
  expect(problems.map(({ field }) => field)).toEqual(['monthly_tokens', 'monthly_cost_cents']);
  const atThem = { ...above, monthlyTokens: '5000000', monthlyUsd: '50' };
  expect(readTokenForm(atThem, NEW).problems).toEqual([]);
  const current = { ...TOKEN, monthly_tokens: 5_000_001, monthly_cost_cents: 5_001 };
  expect(readTokenForm(above, { ...NEW, current }).problems).toEqual([]);
});
