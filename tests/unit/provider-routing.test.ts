/** Which provider serves a model in a format: native before compatible, listed before claimed, never one that a body names alone. */
import { describe, expect, it } from 'vitest';
import { createCompatible } from '@/lib/providers/compatible/compatible';
import { openai } from '@/lib/providers/openai/openai';
import { openrouter } from '@/lib/providers/openrouter/openrouter';
import { CATALOGUE, configuredProviders, priceIdFor, providersFor } from '@/lib/providers/registry';

const own = createCompatible({
  name: 'lab',
  baseUrl: 'http://127.0.0.1:9/v1',
  formats: ['openai-chat'],
  includeUsage: true,
  onCallerLeave: 'abort',
  models: [
    { id: 'tiny', aliases: ['small'], kind: 'chat', contextTokens: 8_000, maxOutputTokens: 1_000, price: {} },
    { id: 'openai/gpt-oss-20b', aliases: [], kind: 'chat', contextTokens: 8_000, maxOutputTokens: 1_000 },
  ],
});

function directory(format: string, ...names: readonly string[]) {
  const providers = Object.fromEntries(names.map((name) => [name, { baseUrl: 'http://x', apiKey: 'k' }]));
  return providersFor({ providers, customProviders: [own] }, format);
}
/** `provider:upstream model`, with `?` for a model nobody lists. */
function served(format: string, names: readonly string[], model: string, pin?: string): string | null {
  const found = directory(format, ...names).find(model, pin);
  if (found === null) return null;
  return `${found.provider.name}:${found.upstreamModel}${found.entry === null ? '?' : ''}`;
}

const ALL = ['anthropic', 'openai', 'google', 'openrouter', 'lab'] as const;

describe('a chat completion', () => {
  it.each([
    ['gpt-5.1', 'openai:gpt-5.1'],
    ['gpt-5.1-2025-11-13', 'openai:gpt-5.1-2025-11-13'],
    ['openai/gpt-5.1', 'openai:gpt-5.1'],
    ['ft:gpt-4o:org::1', 'openai:ft:gpt-4o:org::1?'],
    ['o9-huge', 'openai:o9-huge?'],
    ['openrouter/openai/gpt-5.1', 'openrouter:openai/gpt-5.1'],
    ['x-ai/grok-4.7', 'openrouter:x-ai/grok-4.7'],
    ['openrouter/x-ai/grok-4.7', 'openrouter:x-ai/grok-4.7'],
    ['openrouter/auto', 'openrouter:openrouter/auto?'],
    ['openrouter/claude-sonnet-4-5', 'openrouter:anthropic/claude-sonnet-4.5'],
    ['anthropic/claude-sonnet-4-5', 'anthropic:claude-sonnet-4-5'],
    ['anthropic/claude-opus-4.5', 'openrouter:anthropic/claude-opus-4.5'],
    ['google/gemini-2.5-flash', 'google:gemini-2.5-flash'],
    ['tiny', 'lab:tiny'],
    ['lab/small', 'lab:small'],
    ['openai/gpt-oss-20b', 'lab:openai/gpt-oss-20b'],
    ['lab/openai/gpt-oss-20b', 'lab:openai/gpt-oss-20b'],
    ['nobody/knows-this', 'openrouter:nobody/knows-this?'],
    ['nonsense', null],
  ])('with %s goes to %s where all are configured', (model, expected) => {
    expect(served('openai-chat', ALL, model)).toBe(expected);
  });

  it('goes to the maker, through its compatibility layer if it has to, before any router', () => {
    const claude = (...names: string[]) => directory('openai-chat', ...names).find('claude-sonnet-4-5');
    expect(claude('anthropic')).toMatchObject({ compat: true, provider: { name: 'anthropic' } });
    expect(claude('anthropic', 'openrouter')).toMatchObject({
      compat: true,
      provider: { name: 'anthropic' },
    });
    expect(claude('openrouter')).toMatchObject({
      compat: false,
      upstreamModel: 'anthropic/claude-sonnet-4.5',
      priceModel: 'claude-sonnet-4-5',
    });
    expect(directory('openai-embeddings', 'google').find('gemini-embedding-001')).toMatchObject({
      compat: true,
      provider: { name: 'google' },
    });
    expect(served('openai-embeddings', ['anthropic', 'lab'], 'text-embedding-3-small')).toBe(
      'openai:text-embedding-3-small',
    );
  });

  it('goes to the router where the maker is not configured, whichever spelling is asked for', () => {
    const only = (model: string) => served('openai-chat', ['openrouter'], model);
    expect(only('anthropic/claude-opus-4-5')).toBe('openrouter:anthropic/claude-opus-4.5');
    expect(only('openai/gpt-5.1')).toBe('openrouter:openai/gpt-5.1');
    expect(only('gpt-5.1')).toBe('openrouter:openai/gpt-5.1');
    expect(only('gemini-2.5-flash')).toBe('openrouter:google/gemini-2.5-flash');
  });

  it('names the provider that is missing where none that is configured serves the model', () => {
    expect(served('openai-chat', ['lab'], 'gpt-5.1')).toBe('openai:gpt-5.1');
    expect(served('openai-chat', ['lab'], 'openrouter/auto')).toBe('openrouter:openrouter/auto?');
    // A router takes everything: that it isn't there makes no model known.
    expect(served('openai-chat', ['lab'], 'nonsense')).toBeNull();
    expect(served('openai-chat', ['lab'], 'maker/nonsense')).toBeNull();
    expect(served('anthropic-messages', ['lab'], 'gpt-4o')).toBeNull();
  });

  it.each([
    ['gpt-5.1', 'openai', 'openai:gpt-5.1'],
    ['openai/gpt-5.1', 'openai', 'openai:gpt-5.1'],
    ['gpt-5.1', 'openrouter', 'openrouter:openai/gpt-5.1'],
    ['openai/gpt-5.1', 'openrouter', 'openrouter:openai/gpt-5.1'],
    ['claude-sonnet-4-5', 'anthropic', 'anthropic:claude-sonnet-4-5'],
    ['claude-sonnet-4-5', 'openai', null],
    ['tiny', 'lab', 'lab:tiny'],
    ['gpt-5.1', 'lab', null],
    ['gpt-5.1', 'nobody', null],
  ])('with %s pinned to %s goes to %s', (model, pin, expected) => {
    expect(served('openai-chat', ALL, model, pin)).toBe(expected);
  });

  it('is answered by the sandbox where that stands in for everybody', () => {
    const found = directory('anthropic-messages', 'sandbox').find('claude-sonnet-4-5');
    expect(found?.provider.name).toBe('sandbox');
  });
});

describe('a Messages call', () => {
  it('goes to Anthropic, and to the router for what only that has', () => {
    expect(served('anthropic-messages', ALL, 'claude-sonnet-4-5')).toBe('anthropic:claude-sonnet-4-5');
    expect(served('anthropic-messages', ALL, 'gpt-5.1')).toBe('openrouter:openai/gpt-5.1');
    expect(served('anthropic-messages', ['openrouter'], 'claude-sonnet-4-5-20250929')).toBe(
      'openrouter:anthropic/claude-sonnet-4.5',
    );
  });
});

describe('OpenRouter’s names', () => {
  const find = (model: string) => {
    const found = openrouter.find(model);
    return found === null ? null : [found.upstreamModel, found.entry?.priceId ?? found.entry?.id ?? null];
  };

  it.each([
    ['anthropic/claude-opus-4.5', 'anthropic/claude-opus-4.5', 'claude-opus-4-5'],
    ['anthropic/claude-3.7-sonnet', 'anthropic/claude-3.7-sonnet', 'claude-3-7-sonnet'],
    ['anthropic/claude-3.7-sonnet:thinking', 'anthropic/claude-3.7-sonnet:thinking', 'claude-3-7-sonnet'],
    ['anthropic/claude-sonnet-4', 'anthropic/claude-sonnet-4', 'claude-sonnet-4-0'],
    ['anthropic/claude-sonnet-5', 'anthropic/claude-sonnet-5', 'claude-sonnet-5'],
    ['anthropic/claude-4.5-sonnet-20250929', 'anthropic/claude-sonnet-4.5', 'claude-sonnet-4-5'],
    ['anthropic/claude-haiku-4.5:nitro', 'anthropic/claude-haiku-4.5:nitro', 'claude-haiku-4-5'],
    ['claude-sonnet-4-20250514', 'anthropic/claude-sonnet-4', 'claude-sonnet-4-0'],
    ['claude-opus-4-1', 'anthropic/claude-opus-4.1', 'claude-opus-4-1'],
    ['claude-haiku-4-5:floor', 'anthropic/claude-haiku-4.5:floor', 'claude-haiku-4-5'],
    ['openai/gpt-4o-2024-11-20', 'openai/gpt-4o-2024-11-20', 'gpt-4o'],
    ['openai/gpt-5-chat', 'openai/gpt-5-chat', 'gpt-5-chat-latest'],
    ['gpt-5-chat-latest', 'openai/gpt-5-chat', 'gpt-5-chat-latest'],
    ['google/gemini-2.5-pro', 'google/gemini-2.5-pro', 'gemini-2.5-pro'],
    ['google/gemini-2.0-flash-001', 'google/gemini-2.0-flash-001', 'gemini-2.0-flash'],
    ['moonshotai/kimi-k3:exacto', 'moonshotai/kimi-k3:exacto', 'moonshotai/kimi-k3'],
    ['text-embedding-3-small', 'openai/text-embedding-3-small', 'text-embedding-3-small'],
  ])('%s is asked for as %s and priced as %s', (model, upstream, price) => {
    expect(find(model)).toEqual([upstream, price]);
  });

  it('a moving name is the newest of its family', () => {
    const [upstream, price] = find('~anthropic/claude-opus-latest') ?? [];
    expect(upstream).toBe('~anthropic/claude-opus-latest');
    expect(price).toMatch(/^claude-opus-\d/);
  });

  it.each([
    ['minimax/minimax-m2:free'],
    ['openai/gpt-5.1:extended'],
    ['openrouter/auto'],
    ['maker/unheard-of'],
  ])('%s has no price of ours: only its answer tells what it cost', (model) =>
    expect(find(model)).toEqual([model, null]),
  );

  it.each([['nonsense'], ['a/b/c'], ['/x'], ['x/'], ['a b/c'], ['']])('%s is none', (model) => {
    expect(find(model)).toBeNull();
  });

  it('every model it lists is found by its id, priced as its maker’s, and none twice', () => {
    const ids = openrouter.models.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const entry of openrouter.models) {
      const found = openrouter.find(entry.id);
      expect([entry.id, found?.entry?.id, found?.upstreamModel]).toEqual([entry.id, entry.id, entry.id]);
      expect(priceIdFor(entry.id)).toBe(entry.priceId ?? entry.id);
    }
    expect(ids).toContain('anthropic/claude-sonnet-5.5');
  });
});

describe('OpenAI’s regional hosts', () => {
  it.each([
    ['https://eu.api.openai.com/v1', ['regional']],
    ['https://us.api.openai.com', ['regional']],
    ['https://api.openai.com/v1', []],
    ['https://eu.api.openai.com.example/v1', []],
  ])('%s has the premiums %o', (baseUrl, premiums) => {
    expect(openai.premiums?.('gpt-5.5', { baseUrl, apiKey: 'k' })).toEqual(premiums);
  });
});

describe('OpenAI’s ids', () => {
  it('are claimed by their look, open weights are not', () => {
    for (const id of ['gpt-9', 'o1-preview', 'chatgpt-4o-latest', 'text-embedding-3-small', 'ft:gpt-4o:a::b'])
      expect(openai.find(id)?.upstreamModel).toBe(id);
    for (const id of ['gpt-oss-120b', 'o-ring', 'claude-sonnet-4-5', 'text-embedding-004'])
      expect(openai.find(id)).toBeNull();
  });
});

describe('the lists', () => {
  it('hold each model once, from who would serve it', () => {
    const { offers } = directory('openai-chat', ...ALL);
    const ids = offers.map(({ entry }) => entry.id);
    expect(new Set(ids).size).toBe(ids.length);
    const of = (id: string) => offers.find(({ entry }) => entry.id === id);
    expect(of('gpt-5.1')).toMatchObject({ provider: { name: 'openai' }, compat: false });
    expect(of('claude-sonnet-4-5')).toMatchObject({ provider: { name: 'anthropic' }, compat: true });
    expect(of('tiny')?.provider.name).toBe('lab');
  });

  it('know every id of every provider once', () => {
    expect(CATALOGUE.all.length).toBeGreaterThan(200);
    const settings = { lab: { baseUrl: 'http://x', apiKey: '' } };
    expect(
      configuredProviders({ providers: settings, customProviders: [own] }).map(({ name }) => name),
    ).toEqual(['lab']);
  });
});
