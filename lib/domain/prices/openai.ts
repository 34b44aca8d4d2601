/** OpenAI's prices in nano-USD per million tokens (developers.openai.com/api/docs/pricing). */
import type { HostedToolFees, ModelPrice, Rates, RateTier } from '@/lib/domain/price';
import { openaiRates, row, share } from '@/lib/domain/prices/rates';

/** $10 per 1,000 searches; the search-preview models cost $25, their search tokens included. */
const WEB_SEARCH = 10_000_000;
const PREVIEW_SEARCH = 25_000_000;
const NO_WEB_SEARCH = 0;

/**
 * $0.03 a session for each gigabyte of a container (1, 4, 16 or 64) and $2.50 per 1,000 searches in stored files.
 * Since 2026-06-02 a session is billed by the minute, which no answer tells: its full twenty minutes are charged.
 */
const HOSTED_TOOLS: HostedToolFees = { containerGb: 30_000_000, fileSearch: 2_500_000 };

/** Where GPT-5.4 and later begin to cost twice the input and 1.5 times the output. */
const LONG_CONTEXT = 272_000;

type Premiums = ModelPrice['premiums'];

/** Flex always costs half; priority processing, called fast mode since 2026-07-30, differs by model. */
const FLEX: Premiums = { flex: 50 };
const TWICE: Premiums = { priority: 200 };
const FLEX_OR_TWICE: Premiums = { flex: 50, priority: 200 };
const PLAIN: Premiums = {};

/** Models released since 2026-03-05 cost a tenth more where processing stays in a region. */
const REGIONAL: Premiums = { regional: 110 };

interface Extras {
  readonly long?: true;
  readonly webSearch?: number;
}

function longTier({ input, output, cacheRead, cacheWrite5m }: Rates): RateTier {
  const rates = openaiRates(
    share(input, 2, 1),
    share(output, 3, 2),
    share(cacheRead, 2, 1),
    share(cacheWrite5m, 2, 1),
  );
  return { abovePromptTokens: LONG_CONTEXT, ...rates };
}

function gpt(
  model: string,
  effectiveFrom: string,
  rates: Rates,
  premiums: Premiums = PLAIN,
  { long, webSearch = WEB_SEARCH }: Extras = {},
): ModelPrice {
  return row({
    model,
    effectiveFrom,
    ...rates,
    tiers: long === true ? [longTier(rates)] : [],
    webSearch,
    hostedTools: HOSTED_TOOLS,
    premiums,
  });
}

/** From GPT-5.4 on: a long-context tier and the regional premium, beside what else is sold. */
const recent = (model: string, effectiveFrom: string, rates: Rates, premiums: Premiums): ModelPrice =>
  gpt(model, effectiveFrom, rates, { ...premiums, ...REGIONAL }, { long: true });

const completion = (model: string, effectiveFrom: string, rates: Rates): ModelPrice =>
  gpt(model, effectiveFrom, rates, PLAIN, { webSearch: NO_WEB_SEARCH });

/** An embedding has no output tokens. */
const embedding = (model: string, effectiveFrom: string, input: number): ModelPrice =>
  completion(model, effectiveFrom, openaiRates(input, 0));

const GPT_5 = openaiRates(1_250_000_000, 10_000_000_000, 125_000_000);
const GPT_5_MINI = openaiRates(250_000_000, 2_000_000_000, 25_000_000);
const GPT_5_2 = openaiRates(1_750_000_000, 14_000_000_000, 175_000_000);
const GPT_5_4_PRO = openaiRates(30_000_000_000, 180_000_000_000);
const O3 = openaiRates(10_000_000_000, 40_000_000_000, 2_500_000_000);
const O3_CHEAPER = openaiRates(2_000_000_000, 8_000_000_000, 500_000_000);
const O3_MINI = openaiRates(1_100_000_000, 4_400_000_000, 550_000_000);
const O1 = openaiRates(15_000_000_000, 60_000_000_000, 7_500_000_000);

export const OPENAI_PRICES: readonly ModelPrice[] = [
  // GPT-6.1 Terra also sells 12-hour cache writes, at 2.5 times the input; only the 30-minute rate is here.
  recent(
    'gpt-6.1-terra',
    '2026-10-26',
    openaiRates(1_000_000_000, 5_000_000_000, 50_000_000, 1_250_000_000),
    FLEX_OR_TWICE,
  ),
  recent(
    'gpt-6.1-sol',
    '2026-09-29',
    openaiRates(2_000_000_000, 10_000_000_000, 100_000_000, 2_500_000_000),
    FLEX_OR_TWICE,
  ),
  recent(
    'gpt-6-sol',
    '2026-09-22',
    openaiRates(2_000_000_000, 10_000_000_000, 200_000_000, 2_500_000_000),
    FLEX_OR_TWICE,
  ),
  recent(
    'gpt-6-luna',
    '2026-09-22',
    openaiRates(100_000_000, 500_000_000, 10_000_000, 125_000_000),
    FLEX_OR_TWICE,
  ),
  recent(
    'gpt-6-astra',
    '2026-09-03',
    openaiRates(10_000_000_000, 50_000_000_000, 1_000_000_000, 12_500_000_000),
    FLEX_OR_TWICE,
  ),
  recent(
    'gpt-5.6-sol',
    '2026-07-09',
    openaiRates(5_000_000_000, 30_000_000_000, 500_000_000, 6_250_000_000),
    FLEX_OR_TWICE,
  ),
  // OpenAI promised this price until 2026-11-21 at least and names no day on which it ends.
  recent(
    'gpt-5.6-sol',
    '2026-08-21',
    openaiRates(4_000_000_000, 20_000_000_000, 400_000_000, 5_000_000_000),
    FLEX_OR_TWICE,
  ),
  recent(
    'gpt-5.6-terra',
    '2026-07-09',
    openaiRates(2_500_000_000, 15_000_000_000, 250_000_000, 3_125_000_000),
    FLEX_OR_TWICE,
  ),
  recent(
    'gpt-5.6-terra',
    '2026-07-30',
    openaiRates(2_000_000_000, 12_000_000_000, 200_000_000, 2_500_000_000),
    FLEX_OR_TWICE,
  ),
  recent(
    'gpt-5.6-luna',
    '2026-07-09',
    openaiRates(1_000_000_000, 6_000_000_000, 100_000_000, 1_250_000_000),
    FLEX_OR_TWICE,
  ),
  recent(
    'gpt-5.6-luna',
    '2026-07-30',
    openaiRates(200_000_000, 1_200_000_000, 20_000_000, 250_000_000),
    FLEX_OR_TWICE,
  ),
  gpt('chat-latest', '2026-05-05', openaiRates(5_000_000_000, 30_000_000_000, 500_000_000)),
  // LiteLLM's list says twice; OpenAI's own page says $12.50 / $75, which is 2.5 times.
  recent('gpt-5.5', '2026-04-23', openaiRates(5_000_000_000, 30_000_000_000, 500_000_000), {
    flex: 50,
    priority: 250,
  }),
  recent('gpt-5.5-pro', '2026-04-23', GPT_5_4_PRO, FLEX),
  gpt('gpt-5.4-mini', '2026-03-17', openaiRates(750_000_000, 4_500_000_000, 75_000_000), {
    ...FLEX_OR_TWICE,
    ...REGIONAL,
  }),
  gpt('gpt-5.4-nano', '2026-03-17', openaiRates(200_000_000, 1_250_000_000, 20_000_000), {
    ...FLEX,
    ...REGIONAL,
  }),
  recent('gpt-5.4', '2026-03-05', openaiRates(2_500_000_000, 15_000_000_000, 250_000_000), FLEX_OR_TWICE),
  recent('gpt-5.4-pro', '2026-03-05', GPT_5_4_PRO, FLEX),
  gpt('gpt-5.3-chat-latest', '2026-03-03', GPT_5_2, TWICE),
  gpt('gpt-5.3-codex', '2026-02-05', GPT_5_2, TWICE),
  gpt('gpt-5.2-codex', '2026-01-14', GPT_5_2, TWICE),
  gpt('gpt-5.2', '2025-12-11', GPT_5_2, FLEX_OR_TWICE),
  gpt('gpt-5.2-chat-latest', '2025-12-11', GPT_5_2, TWICE),
  gpt('gpt-5.2-pro', '2025-12-11', openaiRates(21_000_000_000, 168_000_000_000)),
  gpt('gpt-5.1', '2025-11-13', GPT_5, FLEX_OR_TWICE),
  gpt('gpt-5.1-chat-latest', '2025-11-13', GPT_5, TWICE),
  gpt('gpt-5.1-codex', '2025-11-13', GPT_5, TWICE),
  gpt('gpt-5.1-codex-max', '2025-12-04', GPT_5, TWICE),
  gpt('gpt-5.1-codex-mini', '2025-11-13', GPT_5_MINI, { priority: 180 }),
  gpt('gpt-5-search-api', '2025-10-14', GPT_5),
  gpt('gpt-5-pro', '2025-10-06', openaiRates(15_000_000_000, 120_000_000_000)),
  gpt('gpt-5-codex', '2025-09-23', GPT_5, TWICE),
  gpt('gpt-5', '2025-08-07', GPT_5, FLEX_OR_TWICE),
  gpt('gpt-5-mini', '2025-08-07', GPT_5_MINI, { flex: 50, priority: 180 }),
  gpt('gpt-5-nano', '2025-08-07', openaiRates(50_000_000, 400_000_000, 5_000_000), FLEX),
  gpt('gpt-5-chat-latest', '2025-08-07', GPT_5),
  gpt('o3-deep-research', '2025-06-26', O3),
  gpt('o4-mini-deep-research', '2025-06-26', O3_CHEAPER),
  gpt('o3-pro', '2025-06-10', openaiRates(20_000_000_000, 80_000_000_000)),
  gpt('codex-mini-latest', '2025-05-16', openaiRates(1_500_000_000, 6_000_000_000, 375_000_000)),
  gpt('o3', '2025-04-16', O3),
  gpt('o3', '2025-06-10', O3_CHEAPER, { flex: 50, priority: 175 }),
  // Priority costs $2 for $1.10, rounded up to a whole percent: a bill must not fall short.
  gpt('o4-mini', '2025-04-16', openaiRates(1_100_000_000, 4_400_000_000, 275_000_000), {
    flex: 50,
    priority: 182,
  }),
  gpt('gpt-4.1', '2025-04-14', openaiRates(2_000_000_000, 8_000_000_000, 500_000_000), { priority: 175 }),
  gpt('gpt-4.1-mini', '2025-04-14', openaiRates(400_000_000, 1_600_000_000, 100_000_000), { priority: 175 }),
  gpt('gpt-4.1-nano', '2025-04-14', openaiRates(100_000_000, 400_000_000, 25_000_000), TWICE),
  gpt('o1-pro', '2025-03-19', openaiRates(150_000_000_000, 600_000_000_000)),
  gpt('gpt-4o-search-preview', '2025-03-11', openaiRates(2_500_000_000, 10_000_000_000), PLAIN, {
    webSearch: PREVIEW_SEARCH,
  }),
  gpt('gpt-4o-mini-search-preview', '2025-03-11', openaiRates(150_000_000, 600_000_000), PLAIN, {
    webSearch: PREVIEW_SEARCH,
  }),
  gpt('computer-use-preview', '2025-03-11', openaiRates(3_000_000_000, 12_000_000_000)),
  gpt('gpt-4.5-preview', '2025-02-27', openaiRates(75_000_000_000, 150_000_000_000, 37_500_000_000)),
  gpt('o3-mini', '2025-01-31', O3_MINI),
  gpt('o1', '2024-12-17', O1),
  gpt('o1-preview', '2024-09-12', O1),
  gpt('o1-mini', '2024-09-12', openaiRates(3_000_000_000, 12_000_000_000, 1_500_000_000)),
  gpt('o1-mini', '2025-01-31', O3_MINI),
  gpt('chatgpt-4o-latest', '2024-08-15', openaiRates(5_000_000_000, 15_000_000_000)),
  // $0.25 for $0.15 is 166.7 percent, rounded up.
  gpt('gpt-4o-mini', '2024-07-18', openaiRates(150_000_000, 600_000_000, 75_000_000), { priority: 167 }),
  gpt('gpt-4o', '2024-05-13', openaiRates(5_000_000_000, 15_000_000_000)),
  gpt('gpt-4o', '2024-10-02', openaiRates(2_500_000_000, 10_000_000_000, 1_250_000_000), { priority: 170 }),
  gpt('gpt-4o-2024-05-13', '2024-05-13', openaiRates(5_000_000_000, 15_000_000_000), { priority: 175 }),
  completion('gpt-4-turbo', '2023-11-06', openaiRates(10_000_000_000, 30_000_000_000)),
  completion('gpt-4', '2023-03-14', openaiRates(30_000_000_000, 60_000_000_000)),
  completion('gpt-4-32k', '2023-03-14', openaiRates(60_000_000_000, 120_000_000_000)),
  completion('gpt-3.5-turbo', '2023-03-01', openaiRates(1_500_000_000, 2_000_000_000)),
  completion('gpt-3.5-turbo', '2024-02-16', openaiRates(500_000_000, 1_500_000_000)),
  completion('gpt-3.5-turbo-1106', '2023-11-06', openaiRates(1_000_000_000, 2_000_000_000)),
  completion('gpt-3.5-turbo-0613', '2023-06-13', openaiRates(1_500_000_000, 2_000_000_000)),
  completion('gpt-3.5-turbo-16k', '2023-06-13', openaiRates(3_000_000_000, 4_000_000_000)),
  completion('gpt-3.5-turbo-instruct', '2023-09-18', openaiRates(1_500_000_000, 2_000_000_000)),
  completion('davinci-002', '2023-08-22', openaiRates(2_000_000_000, 2_000_000_000)),
  completion('babbage-002', '2023-08-22', openaiRates(400_000_000, 400_000_000)),
  embedding('text-embedding-3-large', '2024-01-25', 130_000_000),
  embedding('text-embedding-3-small', '2024-01-25', 20_000_000),
  embedding('text-embedding-ada-002', '2022-12-15', 100_000_000),
];
