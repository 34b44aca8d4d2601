/** Gemini's prices, nano-USD per million tokens, after ai.google.dev/gemini-api/docs/pricing. */
import type { ModelPrice, Rates, RateTier } from '@/lib/domain/price';
import { geminiRates, row } from '@/lib/domain/prices/rates';

/** Grounding: $35 per 1,000 grounded prompts up to Gemini 2.5, $14 per 1,000 searches from Gemini 3. */
const GROUNDED_PROMPT = 35_000_000;
const SEARCH = 14_000_000;
const NO_SEARCH = 0;

type Premiums = ModelPrice['premiums'];

/** Flex costs half, priority 1.8 times every rate, long prompts, caches and sound included, on Vertex too. */
const FLEX_OR_PRIORITY: Premiums = { flex: 50, priority: 180 };
/** No list names these models' priority price: Google says 75 to 100 percent more, and a bill must not fall short. */
const PRIORITY_UNLISTED: Premiums = { flex: 50, priority: 200 };

interface Extras {
  readonly tiers?: readonly RateTier[];
  readonly premiums?: Premiums;
  /** Where sound costs more than text. */
  readonly audioInput?: number;
}

function gemini(
  model: string,
  effectiveFrom: string,
  rates: Rates,
  webSearch: number,
  { tiers = [], ...extras }: Extras = {},
): ModelPrice {
  return row({ model, effectiveFrom, ...rates, tiers, webSearch, ...extras });
}

/** An embedding has no output tokens. */
const embedding = (model: string, effectiveFrom: string, input: number): ModelPrice =>
  gemini(model, effectiveFrom, geminiRates(input, 0), NO_SEARCH);

const above = (abovePromptTokens: number, rates: Rates): readonly RateTier[] => [
  { abovePromptTokens, ...rates },
];

const PRO_3 = geminiRates(2_000_000_000, 12_000_000_000, 200_000_000);
const LONG_PRO_3 = above(200_000, geminiRates(4_000_000_000, 18_000_000_000, 400_000_000));
const FLASH_PROMO = geminiRates(750_000_000, 3_750_000_000, 75_000_000);
const FLASH_3_6 = geminiRates(1_500_000_000, 7_500_000_000, 150_000_000);

export const GOOGLE_PRICES: readonly ModelPrice[] = [
  gemini(
    'gemini-1.5-pro',
    '2024-10-01',
    geminiRates(1_250_000_000, 5_000_000_000, 312_500_000),
    GROUNDED_PROMPT,
    { tiers: above(128_000, geminiRates(2_500_000_000, 10_000_000_000, 625_000_000)) },
  ),
  gemini(
    'gemini-1.5-flash',
    '2024-08-12',
    geminiRates(75_000_000, 300_000_000, 18_750_000),
    GROUNDED_PROMPT,
    { tiers: above(128_000, geminiRates(150_000_000, 600_000_000, 37_500_000)) },
  ),
  gemini(
    'gemini-1.5-flash-8b',
    '2024-10-03',
    geminiRates(37_500_000, 150_000_000, 10_000_000),
    GROUNDED_PROMPT,
    { tiers: above(128_000, geminiRates(75_000_000, 300_000_000, 20_000_000)) },
  ),
  gemini(
    'gemini-2.0-flash',
    '2025-02-05',
    geminiRates(100_000_000, 400_000_000, 25_000_000),
    GROUNDED_PROMPT,
    { audioInput: 700_000_000 },
  ),
  gemini('gemini-2.0-flash-lite', '2025-02-25', geminiRates(75_000_000, 300_000_000), NO_SEARCH),
  gemini(
    'gemini-2.5-pro',
    '2025-04-04',
    geminiRates(1_250_000_000, 10_000_000_000, 125_000_000),
    GROUNDED_PROMPT,
    {
      tiers: above(200_000, geminiRates(2_500_000_000, 15_000_000_000, 250_000_000)),
      premiums: FLEX_OR_PRIORITY,
    },
  ),
  gemini(
    'gemini-2.5-flash',
    '2025-06-17',
    geminiRates(300_000_000, 2_500_000_000, 30_000_000),
    GROUNDED_PROMPT,
    { premiums: FLEX_OR_PRIORITY, audioInput: 1_000_000_000 },
  ),
  gemini(
    'gemini-2.5-flash-lite',
    '2025-06-17',
    geminiRates(100_000_000, 400_000_000, 10_000_000),
    GROUNDED_PROMPT,
    { premiums: FLEX_OR_PRIORITY, audioInput: 300_000_000 },
  ),
  // Image models: usage has no modality, so all output is billed at the image rate, the dearer of the two.
  gemini('gemini-2.5-flash-image', '2025-08-26', geminiRates(300_000_000, 30_000_000_000), NO_SEARCH, {
    premiums: PRIORITY_UNLISTED,
  }),
  gemini('gemini-3-pro-image', '2025-11-20', geminiRates(2_000_000_000, 120_000_000_000), SEARCH, {
    premiums: PRIORITY_UNLISTED,
  }),
  gemini('gemini-3.1-flash-image', '2026-02-26', geminiRates(500_000_000, 60_000_000_000), SEARCH, {
    premiums: PRIORITY_UNLISTED,
  }),
  gemini('gemini-3.1-flash-lite-image', '2026-06-30', geminiRates(250_000_000, 30_000_000_000), SEARCH, {
    premiums: PRIORITY_UNLISTED,
  }),
  gemini('gemini-3-pro-preview', '2025-11-18', PRO_3, SEARCH, {
    tiers: LONG_PRO_3,
    premiums: FLEX_OR_PRIORITY,
  }),
  gemini(
    'gemini-3-flash-preview',
    '2025-12-17',
    geminiRates(500_000_000, 3_000_000_000, 50_000_000),
    SEARCH,
    { premiums: FLEX_OR_PRIORITY, audioInput: 1_000_000_000 },
  ),
  gemini('gemini-3.1-pro-preview', '2026-02-19', PRO_3, SEARCH, {
    tiers: LONG_PRO_3,
    premiums: FLEX_OR_PRIORITY,
  }),
  gemini('gemini-3.1-flash-lite', '2026-03-03', geminiRates(250_000_000, 1_500_000_000, 25_000_000), SEARCH, {
    premiums: FLEX_OR_PRIORITY,
    audioInput: 500_000_000,
  }),
  // Since 2026-10-08 3.6 Flash serves these calls, at which price Google doesn't say; the list price stays.
  gemini('gemini-3.5-flash', '2026-05-19', geminiRates(1_500_000_000, 9_000_000_000, 150_000_000), SEARCH, {
    premiums: FLEX_OR_PRIORITY,
  }),
  gemini('gemini-3.5-flash-lite', '2026-07-21', geminiRates(300_000_000, 2_500_000_000, 30_000_000), SEARCH, {
    premiums: FLEX_OR_PRIORITY,
  }),
  // genai-prices starts with the half price; 3.6 Flash was sold at its full price until 3.7 Flash came.
  gemini('gemini-3.6-flash', '2026-07-21', FLASH_3_6, SEARCH, { premiums: FLEX_OR_PRIORITY }),
  gemini('gemini-3.6-flash', '2026-08-13', FLASH_PROMO, SEARCH, { premiums: FLEX_OR_PRIORITY }),
  gemini('gemini-3.6-flash', '2027-01-01', FLASH_3_6, SEARCH, { premiums: FLEX_OR_PRIORITY }),
  gemini('gemini-3.7-flash', '2026-08-13', FLASH_PROMO, SEARCH, { premiums: PRIORITY_UNLISTED }),
  gemini('gemini-3.7-flash', '2027-01-01', FLASH_3_6, SEARCH, { premiums: PRIORITY_UNLISTED }),
  gemini('gemini-3.8-flash', '2026-09-02', FLASH_PROMO, SEARCH, { premiums: PRIORITY_UNLISTED }),
  gemini('gemini-3.8-flash', '2027-01-01', FLASH_3_6, SEARCH, { premiums: PRIORITY_UNLISTED }),
  gemini('gemini-4-argon', '2026-10-13', geminiRates(2_000_000_000, 10_000_000_000, 100_000_000), SEARCH, {
    premiums: PRIORITY_UNLISTED,
  }),
  gemini('gemini-4-argon', '2026-12-01', geminiRates(4_000_000_000, 20_000_000_000, 200_000_000), SEARCH, {
    premiums: PRIORITY_UNLISTED,
  }),
  embedding('gemini-embedding-001', '2025-07-14', 150_000_000),
  // Text rate; images, audio and video cost more, but usage has no modality.
  embedding('gemini-embedding-2', '2026-03-10', 200_000_000),
];
