/** Holds the price table against @pydantic/genai-prices, both ways, with every disagreement named. */
import { describe, expect, it } from 'vitest';
import type { ModelPrice } from '@/lib/domain/price';
import { createPriceBook } from '@/lib/domain/price-table';
import { ANTHROPIC_MODELS } from '@/lib/providers/anthropic/models';
import { createCatalogue } from '@/lib/providers/catalogue';
import { GOOGLE_MODELS } from '@/lib/providers/google/models';
import { OPENAI_MODELS } from '@/lib/providers/openai/models';
import {
  disagreements,
  EARLY_START,
  type Listed,
  matches,
  modelsOf,
  nano,
  pricesOn,
  theirRates,
} from '@/tests/support/genai-prices';

const catalogue = createCatalogue([
  { provider: 'anthropic', models: ANTHROPIC_MODELS },
  { provider: 'google', models: GOOGLE_MODELS },
  { provider: 'openai', models: OPENAI_MODELS },
]);
const book = createPriceBook([], (id) => catalogue.find(id)?.entry.id ?? null);

/** Days on which the prices are compared: after Gemini's promotion ends too. */
const DAYS = ['2026-11-21', '2027-02-01'];

const AUDIO = 'audio, speech or realtime: usage of kinds that are not counted here';
const PICTURES = 'makes pictures: usage of kinds that are not counted here';
const GPT_3 = 'shut down before this gateway existed';
const OPEN_WEIGHTS = 'open weights, which OpenAI itself doesn’t serve';
const FINE_TUNED = 'fine-tuned models are the operator’s own';

/** Models of theirs the table leaves out on purpose. */
const NOT_OFFERED: Readonly<Record<string, string>> = {
  'claude-v1': 'Bedrock’s id; Anthropic’s own API never had it',
  'gemini-1.0-pro-vision-001': 'shut down before this gateway existed',
  'gemini-pro': 'shut down before this gateway existed',
  'gemini-2.5-flash-preview': 'shut down; thinking had its own output price, which one rate can’t say',
  'gemini-flash-1.5': 'OpenRouter’s spelling of gemini-1.5-flash',
  'gemini-flash-1.5-8b': 'OpenRouter’s spelling of gemini-1.5-flash-8b',
  'gemini-pro-1.5': 'OpenRouter’s spelling of gemini-1.5-pro',
  'gemini-2.5-flash-lite-preview-tts': 'speech',
  'gemini-2.5-flash-tts': 'speech',
  'gemini-2.5-pro-tts': 'speech',
  'gemini-3.1-flash-live-preview': 'Live API, not reachable through this gateway',
  'gemini-live-2.5-flash': 'Live API, not reachable through this gateway',
  'gemini-omni-flash-preview': 'video',
  ada: GPT_3,
  babbage: GPT_3,
  curie: GPT_3,
  davinci: GPT_3,
  'text-davinci-002': GPT_3,
  'text-davinci-003': GPT_3,
  'ft:gpt-3.5-turbo-': FINE_TUNED,
  'ft:gpt-4o': FINE_TUNED,
  'ft:gpt-4o-mini': FINE_TUNED,
  'gpt-4o-mini-2024-07-18.ft-': FINE_TUNED,
  'gpt-4o:extended': 'OpenRouter’s name for a trial of longer answers',
  'gpt-oss-120b': OPEN_WEIGHTS,
  'gpt-oss-20b': OPEN_WEIGHTS,
  'gpt-oss-safeguard-20b': OPEN_WEIGHTS,
  moderation: 'free, and no text comes of it',
  'gpt-5-image': PICTURES,
  'gpt-5-image-mini': PICTURES,
  'gpt-5.4-image-2': PICTURES,
  'gpt-image-1': PICTURES,
  'gpt-image-1-mini': PICTURES,
  'gpt-image-1.5': PICTURES,
  'gpt-image-2': PICTURES,
  'gpt-4o-audio-preview': AUDIO,
  'gpt-4o-mini-audio-preview': AUDIO,
  'gpt-4o-mini-realtime-preview': AUDIO,
  'gpt-4o-mini-transcribe': AUDIO,
  'gpt-4o-mini-tts': AUDIO,
  'gpt-4o-realtime-preview': AUDIO,
  'gpt-4o-transcribe': AUDIO,
  'gpt-audio': AUDIO,
  'gpt-audio-mini': AUDIO,
  'gpt-realtime': AUDIO,
  'gpt-realtime-2': AUDIO,
  'gpt-realtime-mini': AUDIO,
  'gpt-transcribe': AUDIO,
  'whisper-1': AUDIO,
};

const IMAGE =
  'usage has no modality, so all output is billed at the image rate, which the list has beside the text rate';

/** Models of ours whose rates differ on purpose, by our id. */
const DIFFERS: Readonly<Record<string, string>> = {
  'claude-sonnet-4-0':
    'Anthropic’s list had a tier above 200,000 tokens while the 1M-token beta ran; theirs has none',
  'gemini-1.5-pro':
    'Google’s list had $0.3125 and $0.625 for cache reads; theirs omits them here but has them as gemini-pro-1.5',
  'gemini-1.5-flash-8b':
    'their pattern for gemini-1.5-flash swallows it; the right rates are theirs for gemini-flash-1.5-8b',
  'gpt-4o-mini-search-preview':
    'OpenAI caches nothing for it and charges $25 per 1,000 searches; theirs takes it for gpt-4o-mini',
  'gemini-2.5-flash-image': IMAGE,
  'gemini-3-pro-image': IMAGE,
  'gemini-3.1-flash-image': IMAGE,
  'gemini-3.1-flash-lite-image': IMAGE,
};

/** Models of ours they don't know yet. */
const UNKNOWN_TO_THEM: Readonly<Record<string, string>> = {
  'claude-mythos-5': 'limited availability; priced as Fable 5 on Anthropic’s list',
  'claude-mythos-5-1': 'limited availability; priced as Fable 5.1 on Anthropic’s list',
  'claude-haiku-5-5': 'newer than the package',
  'claude-fable-5-2': 'newer than the package',
  'gemini-4-argon': 'newer than the package',
  'gpt-6.1-terra': 'newer than the package',
  'gpt-6.1-sol': 'newer than the package',
  'gpt-5-search-api': 'priced as GPT-5 on OpenAI’s list',
  'davinci-002': '$2 on OpenAI’s list',
  'babbage-002': '$0.40 on OpenAI’s list',
};

/** Sonnet 5.5 is newer than the package, whose pattern for Sonnet 5 takes it in. */
const TAKEN_FOR_ANOTHER: Readonly<Record<string, string>> = { 'claude-sonnet-5-5': 'claude-sonnet-5' };

const listed = [...modelsOf('anthropic', 'claude-'), ...modelsOf('google', 'gemini-'), ...modelsOf('openai')];

const theirModel = (id: string): Listed | undefined => listed.find((model) => matches(model.match, id));

function priceOn(id: string, day: string): ModelPrice {
  const price = book.find(id, Date.parse(day));
  if (price === null) throw new Error(`no price for ${id} on ${day}`);
  return price;
}

describe('every model genai-prices knows', () => {
  it('has enough models for this test to mean anything', () => {
    expect(listed.length).toBeGreaterThan(135);
  });

  it.each(listed.map((model) => [model.id, model] as const))(
    '%s is in the catalogue or left out for a reason',
    (id, model) => {
      const ours = catalogue.all.filter(({ entry }) =>
        [entry.id, ...entry.aliases].some((alias) => matches(model.match, alias)),
      );
      const covered = catalogue.find(id) !== null || ours.length > 0;
      // Either it is covered or it is named: never both, or the name has become unnecessary.
      expect(covered).toBe(!(id in NOT_OFFERED));
    },
  );

  it('are the only ones named as left out', () => {
    const ids = new Set(listed.map((model) => model.id));
    expect(Object.keys(NOT_OFFERED).filter((id) => !ids.has(id))).toEqual([]);
  });
});

describe.each(catalogue.all.map(({ entry }) => [entry.id, entry] as const))('%s', (id, entry) => {
  it('has their rates and tiers, or differs for a named reason', () => {
    const theirs = theirModel(id);
    if (id in UNKNOWN_TO_THEM) {
      expect(theirs, `${id} is known to genai-prices now: drop the exception`).toBeUndefined();
      return;
    }
    const known = [entry.id, ...entry.aliases].flatMap((alias) => theirModel(alias) ?? []);
    if (id in TAKEN_FOR_ANOTHER) {
      expect(theirs?.id, `${id} has its own entry now: drop the exception`).toBe(TAKEN_FOR_ANOTHER[id]);
      return;
    }
    expect(known.length, `genai-prices doesn’t know ${id}`).toBeGreaterThan(0);
    const found = DAYS.flatMap((day) =>
      known.flatMap((model) => disagreements(priceOn(id, day), model, day)),
    );
    if (id in DIFFERS) expect(found, `${id} agrees now: drop the exception`).not.toEqual([]);
    else expect(found).toEqual([]);
  });
});

describe('named exceptions', () => {
  it('name models of the catalogue only', () => {
    const named = [
      ...Object.keys(DIFFERS),
      ...Object.keys(UNKNOWN_TO_THEM),
      ...Object.keys(TAKEN_FOR_ANOTHER),
    ];
    expect(named.filter((id) => catalogue.find(id)?.entry.id !== id)).toEqual([]);
  });

  it.each([
    ['gemini-1.5-pro', 'gemini-pro-1.5'],
    ['gemini-1.5-flash', 'gemini-flash-1.5'],
    ['gemini-1.5-flash-8b', 'gemini-flash-1.5-8b'],
  ])('%s has the rates they keep under %s', (ours, theirs) => {
    const other = listed.find((model) => model.id === theirs);
    if (other === undefined) throw new Error(`${theirs} is gone: drop this line`);
    expect(disagreements(priceOn(ours, '2026-11-21'), other, '2026-11-21')).toEqual([]);
  });

  it.each(Object.keys(DIFFERS).filter((id) => DIFFERS[id] === IMAGE))(
    '%s bills output at their image rate',
    (id) => {
      const theirs = theirModel(id);
      if (theirs === undefined) throw new Error(`genai-prices doesn’t know ${id}`);
      const prices = pricesOn(theirs, '2026-11-21');
      const image = prices['output_image_mtok'];
      expect(priceOn(id, '2026-11-21').output).toBe(typeof image === 'number' ? nano(image) : null);
      expect(
        disagreements(
          { ...priceOn(id, '2026-11-21'), output: theirRates(prices, 1).output },
          theirs,
          '2026-11-21',
        ),
      ).toEqual([]);
    },
  );

  it('still start OpenAI’s long context one token early for some models, which reading them corrects', () => {
    const starts = listed.map((model) => JSON.stringify(pricesOn(model, '2026-11-21')));
    expect(
      starts.some((prices) => prices.includes(`"start":${EARLY_START}`)),
      'drop EARLY_START',
    ).toBe(true);
  });

  it('Sonnet 4 differs in its tier only', () => {
    const theirs = theirModel('claude-sonnet-4-0');
    if (theirs === undefined) throw new Error('genai-prices doesn’t know Sonnet 4');
    const flat = { ...priceOn('claude-sonnet-4-0', '2026-01-01'), tiers: [] };
    expect(disagreements(flat, theirs, '2026-01-01')).toEqual([]);
  });

  it('Sonnet 4.6 and Opus 4.6 had long-context tiers until 2026-03-13, as with them', () => {
    for (const id of ['claude-opus-4-6', 'claude-sonnet-4-6']) {
      const theirs = theirModel(id);
      if (theirs === undefined) throw new Error(`genai-prices doesn’t know ${id}`);
      for (const day of ['2026-03-01', '2026-03-12', '2026-03-13']) {
        expect(disagreements(priceOn(id, day), theirs, day)).toEqual([]);
      }
    }
  });
});
