/** The pure parts of scripts/refresh-prices.ts: literals, reading a list, comparing, printing. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCatalogue } from '@/lib/providers/catalogue';
import { claudeRates, row } from '@/lib/domain/prices/rates';
import {
  compare,
  dollars,
  formatDifferences,
  formatRow,
  quoteNumbers,
  rateOf,
  readList,
} from '@/scripts/refresh-prices';

describe('rateOf', () => {
  it.each([
    ['3e-06', 3_000_000_000],
    ['0.000003', 3_000_000_000],
    ['1.25e-07', 125_000_000],
    ['1.875E-05', 18_750_000_000],
    ['2.5e-08', 25_000_000],
    ['0', 0],
    ['0.0', 0],
    ['1e-15', 1],
  ])('reads %s exactly', (literal, rate) => {
    expect(rateOf(literal)).toBe(rate);
  });

  it.each(['', 'free', '-1e-06', '3e', '0x10', '1e999999', 'NaN', '1e3', '3.0000000000000004e-07', '1e-16'])(
    'refuses %j',
    (literal) => {
      expect(() => rateOf(literal)).toThrow(RangeError);
    },
  );

  it('returns every whole rate written in any way', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9_000_000_000_000 }),
        fc.integer({ min: 0, max: 5 }),
        (rate, zeros) => {
          const plain = `0.${String(rate).padStart(15, '0')}${'0'.repeat(zeros)}`;
          expect(rateOf(plain)).toBe(rate);
          expect(rateOf(`${rate}${'0'.repeat(zeros)}e-${15 + zeros}`)).toBe(rate);
        },
      ),
    );
  });
});

describe('quoteNumbers', () => {
  it('keeps literals, strings and everything else', () => {
    const text = '{"a\\"1": [1.50, -2e-07, true, null], "v1:0": "3.5 \\\\"}';
    expect(JSON.parse(quoteNumbers(text))).toEqual({
      'a"1': ['1.50', '-2e-07', true, null],
      'v1:0': '3.5 \\',
    });
  });

  it('leaves any JSON readable, with each number as its own text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const parsed: unknown = JSON.parse(quoteNumbers(JSON.stringify(value)));
        const quoted: unknown = JSON.parse(
          JSON.stringify(value, (_, part: unknown) =>
            typeof part === 'number' ? JSON.stringify(part) : part,
          ),
        );
        expect(parsed).toEqual(quoted);
      }),
    );
  });
});

const OPUS = `"litellm_provider": "anthropic", "mode": "chat", "output_cost_per_token": 2.5e-05,
  "cache_read_input_token_cost": 5e-07, "cache_creation_input_token_cost": 6.25e-06,
  "cache_creation_input_token_cost_above_1hr": 1e-05`;
const LONG =
  '"input_cost_per_token_above_100k_tokens": 1e-05, "output_cost_per_token_above_100k_tokens": 5e-05';

const catalogue = createCatalogue([
  {
    provider: 'anthropic',
    models: [
      {
        id: 'claude-x',
        aliases: ['claude-x-latest'],
        displayName: 'Claude X',
        createdAt: '2026-01-01T00:00:00Z',
        contextTokens: 1,
        maxOutputTokens: 1,
        kind: 'chat',
      },
    ],
  },
]);
const table = [
  row({
    model: 'claude-x',
    effectiveFrom: '2026-01-01',
    ...claudeRates(5_000_000_000, 25_000_000_000),
    tiers: [],
    webSearch: 10_000_000,
  }),
];
const day = '2026-11-21';

describe('readList', () => {
  it('takes chat and embedding models of our providers and strips the prefix', () => {
    const list = readList(`{
      "sample_spec": {"litellm_provider": "one of …", "input_cost_per_token": 0.0},
      "claude-x": {${OPUS}, "input_cost_per_token": 5e-06, ${LONG}},
      "gemini/gemini-y": {"litellm_provider": "gemini", "mode": "embedding", "input_cost_per_token": 1.5e-07},
      "fast/claude-x": {${OPUS}, "input_cost_per_token": 1e-05},
      "gemini/veo": {"litellm_provider": "gemini", "mode": "video_generation"},
      "azure/gpt-4o": {"litellm_provider": "azure", "mode": "chat", "input_cost_per_token": 2.5e-06},
      "gpt-4o-audio-preview": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 2.5e-06}
    }`);
    expect(list.map((listed) => listed.key)).toEqual(['claude-x', 'gemini-y']);
    expect(list[0]).toEqual({
      key: 'claude-x',
      rates: claudeRates(5_000_000_000, 25_000_000_000),
      tiers: [{ abovePromptTokens: 100_000, input: 10_000_000_000, output: 50_000_000_000 }],
      unreadable: [],
    });
    expect(list[1]?.rates).toEqual({ input: 150_000_000 });
  });

  it('takes OpenAI’s models and marks what a reseller lists', () => {
    const list = readList(`{
      "gpt-x": {"litellm_provider": "openai", "mode": "responses", "input_cost_per_token": 1e-06},
      "anthropic.claude-x-v1:0": {"litellm_provider": "bedrock_converse", "input_cost_per_token": 1e-06},
      "bedrock/us-east-1/meta.llama": {"litellm_provider": "bedrock", "input_cost_per_token": 1e-06},
      "openrouter/deepseek/deepseek-x": {"litellm_provider": "openrouter", "input_cost_per_token": 1e-06}
    }`);
    expect(list.map(({ key, resold }) => [key, resold])).toEqual([
      ['gpt-x', undefined],
      ['anthropic.claude-x-v1:0', true],
      ['deepseek/deepseek-x', true],
    ]);
  });

  it('says what it could not read', () => {
    const [listed] = readList(
      '{"claude-x": {"litellm_provider": "anthropic", "input_cost_per_token": 1.00000000001e-06}}',
    );
    expect(listed?.rates).toEqual({});
    expect(listed?.unreadable).toEqual([
      expect.stringContaining('input_cost_per_token: 1.00000000001e-06 is finer'),
    ]);
  });

  it.each(['<html>', '[]', 'null', '3'])('refuses %s', (text) => {
    expect(() => readList(text)).toThrow();
  });
});

describe('compare', () => {
  const against = (json: string) => compare(readList(json), table, catalogue, day);

  it('finds nothing where the list agrees, also under an alias', () => {
    expect(against(`{"claude-x-latest": {${OPUS}, "input_cost_per_token": 5e-06}}`)).toEqual({
      differences: [],
      rows: [],
    });
  });

  it('lets the model’s own key speak for it', () => {
    const json = `{"claude-x-latest": {${OPUS}, "input_cost_per_token": 9e-06},
      "claude-x": {${OPUS}, "input_cost_per_token": 5e-06}}`;
    expect(against(json).differences).toEqual([]);
  });

  it('reports a changed rate and a new tier with a complete row', () => {
    const { differences, rows } = against(
      `{"claude-x-20260101": {${OPUS}, "input_cost_per_token": 4e-06, ${LONG}}}`,
    );
    expect(differences).toEqual([
      { kind: 'changed', model: 'claude-x', what: 'input', ours: 5_000_000_000, theirs: 4_000_000_000 },
      { kind: 'changed', model: 'claude-x', what: '>100000 tier', ours: null, theirs: 10_000_000_000 },
    ]);
    expect(rows.map(formatRow)).toEqual([
      "  row({ model: 'claude-x', effectiveFrom: '2026-11-21', input: 4_000_000_000, output: 25_000_000_000, " +
        'cacheRead: 500_000_000, cacheWrite5m: 6_250_000_000, cacheWrite1h: 10_000_000_000, tiers: [' +
        '{ abovePromptTokens: 100_000, input: 10_000_000_000, output: 50_000_000_000, cacheRead: 500_000_000, ' +
        'cacheWrite5m: 6_250_000_000, cacheWrite1h: 10_000_000_000 }], webSearch: 10_000_000 }),',
    ]);
  });

  it('reports new, missing and unreadable models', () => {
    const { differences, rows } = against(
      '{"claude-y": {"litellm_provider": "anthropic", "input_cost_per_token": 1e-06, "output_cost_per_token": 1e-99}}',
    );
    expect(differences.map((d) => [d.kind, d.model])).toEqual([
      ['unreadable', 'claude-y'],
      ['new', 'claude-y'],
      ['missing', 'claude-x'],
    ]);
    expect(rows).toHaveLength(1);
  });

  it('compares a reseller’s models only where the catalogue has them, under the model they are priced as', () => {
    const resold = createCatalogue([
      { provider: 'anthropic', models: catalogue.all.map(({ entry }) => entry) },
      {
        provider: 'bedrock',
        models: catalogue.all.map(({ entry }) => ({
          ...entry,
          id: 'anthropic.claude-x-v1:0',
          aliases: [],
          priceId: entry.id,
        })),
      },
    ]);
    const list = readList(`{
      "anthropic.claude-x-v1:0": {"litellm_provider": "bedrock_converse", "input_cost_per_token": 4e-06},
      "anthropic.claude-y-v1:0": {"litellm_provider": "bedrock_converse", "input_cost_per_token": 4e-06}
    }`);
    expect(compare(list, table, resold, day).differences).toEqual([
      { kind: 'changed', model: 'claude-x', what: 'input', ours: 5_000_000_000, theirs: 4_000_000_000 },
    ]);
  });

  it('compares with the row of the day', () => {
    const later = row({ ...table[0]!, effectiveFrom: '2027-01-01', input: 1 });
    const list = readList(`{"claude-x": {${OPUS}, "input_cost_per_token": 5e-06}}`);
    expect(compare(list, [...table, later], catalogue, day).differences).toEqual([]);
    expect(compare(list, [...table, later], catalogue, '2027-01-01').differences).toHaveLength(1);
  });
});

describe('printing', () => {
  it.each([
    [3_000_000_000, '$3'],
    [312_500_000, '$0.3125'],
    [22_500_000_000, '$22.5'],
    [0, '$0'],
    [1, '$0.000000001'],
    [10_000_000_000, '$10'],
  ])('writes %d as %s', (rate, text) => {
    expect(dollars(rate)).toBe(text);
  });

  it('aligns the table', () => {
    const text = formatDifferences([
      { kind: 'changed', model: 'claude-x', what: 'input', ours: 5_000_000_000, theirs: 4_000_000_000 },
      { kind: 'missing', model: 'y', what: 'input', ours: 1_000_000_000, theirs: null },
    ]);
    expect(text.split('\n')).toEqual([
      '         model     what   ours  theirs',
      'changed  claude-x  input  $5    $4',
      'missing  y         input  $1    –',
    ]);
  });
});
