/** OpenRouter's listed prices in nano-USD per million tokens (openrouter.ai/api/v1/models, mostly as of 2026-08-01). */
import type { ModelPrice, Rates } from '@/lib/domain/price';
import { listedRates, row } from '@/lib/domain/prices/rates';

// Several hosts serve most of these at prices of their own, and OpenRouter lists its cheapest: the rows are for holds
// and estimates. What a call really cost stands in the `usage.cost` of its answer.

/** xAI's own search, per call. */
const GROK_SEARCH = 5_000_000;

/** Grok costs twice as much from this many prompt tokens on. */
const GROK_LONG = 200_000;

function listed(
  model: string,
  effectiveFrom: string,
  input: number,
  output: number,
  cacheRead?: number,
  cacheWrite?: number,
): ModelPrice {
  const rates = listedRates(input, output, cacheRead, cacheWrite);
  return row({ model, effectiveFrom, ...rates, tiers: [], webSearch: 0 });
}

/** OpenRouter names the first prompt that costs `rates`, a tier the last that doesn't. */
function tiered(price: ModelPrice, fromPromptTokens: number, rates: Rates): ModelPrice {
  return { ...price, tiers: [{ abovePromptTokens: fromPromptTokens - 1, ...rates }] };
}

const searching = (price: ModelPrice, webSearch: number): ModelPrice => ({ ...price, webSearch });

function grok(
  model: string,
  effectiveFrom: string,
  input: number,
  output: number,
  cacheRead: number,
): ModelPrice {
  const price = tiered(
    listed(model, effectiveFrom, input, output, cacheRead),
    GROK_LONG,
    listedRates(input * 2, output * 2, cacheRead * 2),
  );
  return searching(price, GROK_SEARCH);
}

export const OPENROUTER_PRICES: readonly ModelPrice[] = [
  grok('x-ai/grok-4.7', '2026-09-21', 2_000_000_000, 6_000_000_000, 500_000_000),
  listed('deepseek/deepseek-v4.1-flash', '2026-09-10', 150_000_000, 600_000_000, 3_000_000),
  listed('z-ai/glm-5.3-flash', '2026-09-10', 75_000_000, 250_000_000, 15_000_000),
  grok('x-ai/grok-4.6', '2026-08-19', 2_000_000_000, 6_000_000_000, 500_000_000),
  listed('z-ai/glm-5.3', '2026-08-16', 1_400_000_000, 4_400_000_000, 260_000_000),
  listed('qwen/qwen3.8-max', '2026-08-03', 2_000_000_000, 6_000_000_000),
  listed('deepseek/deepseek-v4-flash-0731', '2026-07-31', 140_000_000, 280_000_000, 2_800_000),
  listed('moonshotai/kimi-k3', '2026-07-16', 3_000_000_000, 15_000_000_000, 300_000_000),
  searching(
    listed('meta/muse-spark-1.1', '2026-07-16', 1_250_000_000, 4_250_000_000, 150_000_000),
    2_500_000,
  ),
  grok('x-ai/grok-4.5', '2026-07-08', 2_000_000_000, 6_000_000_000, 300_000_000),
  listed('tencent/hy3', '2026-07-06', 132_000_000, 528_000_000, 33_000_000),
  listed('z-ai/glm-5.2', '2026-06-16', 760_060_000, 2_388_760_000, 141_154_000),
  listed('moonshotai/kimi-k2.7-code', '2026-06-12', 730_000_000, 3_500_000_000, 150_000_000),
  listed('nvidia/nemotron-3-ultra-550b-a55b', '2026-06-04', 500_000_000, 2_200_000_000, 100_000_000),
  tiered(
    listed('qwen/qwen3.7-plus', '2026-06-03', 320_000_000, 1_280_000_000, 64_000_000, 400_000_000),
    256_000,
    listedRates(960_000_000, 3_840_000_000, 192_000_000, 1_200_000_000),
  ),
  listed('minimax/minimax-m3', '2026-05-31', 300_000_000, 1_200_000_000, 60_000_000),
  listed('stepfun/step-3.7-flash', '2026-05-28', 200_000_000, 1_150_000_000, 40_000_000),
  listed('qwen/qwen3.7-max', '2026-05-21', 1_475_000_000, 4_425_000_000, 295_000_000, 1_843_750_000),
  grok('x-ai/grok-build-0.1', '2026-05-20', 1_000_000_000, 2_000_000_000, 200_000_000),
  grok('x-ai/grok-4.3', '2026-04-30', 1_250_000_000, 2_500_000_000, 200_000_000),
  listed('mistralai/mistral-medium-3-5', '2026-04-30', 1_500_000_000, 7_500_000_000),
  tiered(
    listed('qwen/qwen3.6-flash', '2026-04-27', 187_500_000, 1_125_000_000, 187_500_000, 234_375_000),
    256_000,
    listedRates(750_000_000, 3_000_000_000, 750_000_000, 937_500_000),
  ),
  listed('qwen/qwen3.6-27b', '2026-04-27', 300_000_000, 2_000_000_000, 150_000_000),
  listed('qwen/qwen3.6-35b-a3b', '2026-04-27', 140_000_000, 1_000_000_000),
  tiered(
    listed('qwen/qwen3.5-plus-20260420', '2026-04-27', 300_000_000, 1_800_000_000, 300_000_000, 375_000_000),
    256_000,
    listedRates(375_000_000, 2_250_000_000, 375_000_000, 468_750_000),
  ),
  listed('deepseek/deepseek-v4-flash', '2026-04-24', 140_000_000, 280_000_000, 28_000_000),
  listed('deepseek/deepseek-v4-pro', '2026-04-24', 435_000_000, 870_000_000, 3_625_000),
  listed('xiaomi/mimo-v2.5-pro', '2026-04-22', 435_000_000, 870_000_000, 3_600_000),
  listed('xiaomi/mimo-v2.5', '2026-04-22', 140_000_000, 280_000_000, 2_800_000),
  listed('moonshotai/kimi-k2.6', '2026-04-20', 600_000_000, 3_410_000_000, 200_000_000),
  listed('z-ai/glm-5.1', '2026-04-07', 966_000_000, 3_036_000_000, 179_400_000),
  tiered(
    listed('qwen/qwen3.6-plus', '2026-04-02', 325_000_000, 1_950_000_000, 325_000_000, 406_250_000),
    256_000,
    listedRates(1_300_000_000, 3_900_000_000, 1_300_000_000, 1_625_000_000),
  ),
  listed('z-ai/glm-5v-turbo', '2026-04-01', 1_200_000_000, 4_000_000_000, 240_000_000),
  listed('arcee-ai/trinity-large-thinking', '2026-04-01', 220_000_000, 850_000_000, 60_000_000),
  grok('x-ai/grok-4.20', '2026-03-31', 1_250_000_000, 2_500_000_000, 200_000_000),
  listed('minimax/minimax-m2.7', '2026-03-18', 250_000_000, 1_000_000_000, 50_000_000),
  listed('mistralai/mistral-small-2603', '2026-03-16', 150_000_000, 600_000_000, 15_000_000),
  listed('z-ai/glm-5-turbo', '2026-03-15', 1_200_000_000, 4_000_000_000, 240_000_000),
  listed('nvidia/nemotron-3-super-120b-a12b', '2026-03-11', 85_000_000, 400_000_000),
  listed('qwen/qwen3.5-9b', '2026-03-10', 100_000_000, 150_000_000),
  tiered(
    listed('bytedance-seed/seed-2.0-lite', '2026-03-10', 250_000_000, 2_000_000_000),
    128_000,
    listedRates(500_000_000, 4_000_000_000),
  ),
  listed('inception/mercury-2', '2026-03-04', 250_000_000, 750_000_000, 25_000_000),
  listed('qwen/qwen3.5-flash-02-23', '2026-02-25', 65_000_000, 260_000_000),
  listed('qwen/qwen3.5-122b-a10b', '2026-02-25', 260_000_000, 2_080_000_000),
  listed('qwen/qwen3.5-35b-a3b', '2026-02-25', 140_000_000, 1_000_000_000),
  listed('qwen/qwen3.5-27b', '2026-02-25', 195_000_000, 1_560_000_000),
  listed('qwen/qwen3.5-397b-a17b', '2026-02-16', 390_000_000, 2_340_000_000),
  listed('minimax/minimax-m2.5', '2026-02-12', 150_000_000, 900_000_000, 50_000_000),
  listed('z-ai/glm-5', '2026-02-11', 950_000_000, 2_550_000_000, 200_000_000),
  listed('qwen/qwen3-coder-next', '2026-02-04', 120_000_000, 800_000_000, 70_000_000),
  listed('moonshotai/kimi-k2.5', '2026-01-27', 570_000_000, 2_850_000_000, 95_000_000),
  listed('z-ai/glm-4.7-flash', '2026-01-19', 60_000_000, 400_000_000, 10_000_000),
  listed('minimax/minimax-m2.1', '2025-12-23', 300_000_000, 1_200_000_000, 30_000_000),
  listed('z-ai/glm-4.7', '2025-12-22', 400_000_000, 1_750_000_000, 80_000_000),
  listed('nvidia/nemotron-3-nano-30b-a3b', '2025-12-14', 50_000_000, 200_000_000, 30_000_000),
  listed('z-ai/glm-4.6v', '2025-12-08', 300_000_000, 900_000_000, 55_000_000),
  listed('mistralai/ministral-14b-2512', '2025-12-02', 200_000_000, 200_000_000, 20_000_000),
  listed('mistralai/ministral-8b-2512', '2025-12-02', 150_000_000, 150_000_000, 15_000_000),
  listed('mistralai/ministral-3b-2512', '2025-12-02', 100_000_000, 100_000_000, 10_000_000),
  listed('amazon/nova-2-lite-v1', '2025-12-02', 300_000_000, 2_500_000_000),
  listed('deepseek/deepseek-v3.2', '2025-12-01', 269_000_000, 400_000_000, 134_500_000),
  listed('mistralai/mistral-large-2512', '2025-12-01', 500_000_000, 1_500_000_000, 50_000_000),
  listed('moonshotai/kimi-k2-thinking', '2025-11-06', 600_000_000, 2_500_000_000, 150_000_000),
  listed('minimax/minimax-m2', '2025-10-23', 255_000_000, 1_020_000_000),
  listed('z-ai/glm-4.6', '2025-09-30', 500_000_000, 2_000_000_000, 100_000_000),
  listed('deepseek/deepseek-v3.2-exp', '2025-09-29', 270_000_000, 410_000_000),
  listed('qwen/qwen3-vl-235b-a22b-instruct', '2025-09-23', 210_000_000, 1_900_000_000, 100_000_000),
  listed('deepseek/deepseek-v3.1-terminus', '2025-09-22', 270_000_000, 1_000_000_000, 135_000_000),
  listed('qwen/qwen3-next-80b-a3b-instruct', '2025-09-11', 100_000_000, 1_100_000_000, 70_000_000),
  listed('qwen/qwen3-next-80b-a3b-thinking', '2025-09-11', 150_000_000, 1_200_000_000),
  listed('moonshotai/kimi-k2-0905', '2025-09-04', 600_000_000, 2_500_000_000),
  listed('deepseek/deepseek-chat-v3.1', '2025-08-21', 250_000_000, 950_000_000, 130_000_000),
  listed('mistralai/mistral-medium-3.1', '2025-08-13', 400_000_000, 2_000_000_000, 40_000_000),
  listed('z-ai/glm-4.5v', '2025-08-11', 600_000_000, 1_800_000_000, 110_000_000),
  listed('mistralai/codestral-2508', '2025-08-01', 300_000_000, 900_000_000, 30_000_000),
  listed('qwen/qwen3-30b-a3b-instruct-2507', '2025-07-29', 48_150_000, 193_050_000),
  listed('z-ai/glm-4.5', '2025-07-25', 600_000_000, 2_200_000_000, 110_000_000),
  listed('z-ai/glm-4.5-air', '2025-07-25', 130_000_000, 850_000_000, 25_000_000),
  listed('qwen/qwen3-235b-a22b-thinking-2507', '2025-07-25', 230_000_000, 2_300_000_000),
  listed('qwen/qwen3-coder', '2025-07-23', 300_000_000, 1_000_000_000, 100_000_000),
  listed('qwen/qwen3-235b-a22b-2507', '2025-07-21', 90_000_000, 550_000_000),
  listed('moonshotai/kimi-k2', '2025-07-11', 570_000_000, 2_300_000_000),
  listed('mistralai/mistral-small-3.2-24b-instruct', '2025-06-20', 75_000_000, 200_000_000),
  listed('minimax/minimax-m1', '2025-06-17', 550_000_000, 2_200_000_000),
  listed('deepseek/deepseek-r1-0528', '2025-05-28', 500_000_000, 2_150_000_000, 350_000_000),
  listed('mistralai/mistral-medium-3', '2025-05-07', 400_000_000, 2_000_000_000, 40_000_000),
  listed('qwen/qwen3-32b', '2025-04-28', 80_000_000, 280_000_000),
  listed('qwen/qwen3-30b-a3b', '2025-04-28', 120_000_000, 500_000_000),
  listed('qwen/qwen3-14b', '2025-04-28', 227_500_000, 910_000_000),
  listed('qwen/qwen3-8b', '2025-04-28', 117_000_000, 455_000_000),
  listed('meta-llama/llama-4-maverick', '2025-04-05', 200_000_000, 800_000_000),
  listed('meta-llama/llama-4-scout', '2025-04-05', 100_000_000, 300_000_000),
  listed('deepseek/deepseek-chat-v3-0324', '2025-03-24', 270_000_000, 1_120_000_000, 135_000_000),
  listed('cohere/command-a', '2025-03-13', 2_500_000_000, 10_000_000_000),
  searching(listed('perplexity/sonar-pro', '2025-03-07', 3_000_000_000, 15_000_000_000), 5_000_000),
  tiered(
    listed('qwen/qwen-plus', '2025-02-01', 260_000_000, 780_000_000, 52_000_000, 325_000_000),
    256_000,
    listedRates(780_000_000, 2_340_000_000, 156_000_000, 975_000_000),
  ),
  searching(listed('perplexity/sonar', '2025-01-27', 1_000_000_000, 1_000_000_000), 5_000_000),
  listed('deepseek/deepseek-r1', '2025-01-20', 700_000_000, 2_500_000_000),
  listed('deepseek/deepseek-chat', '2024-12-26', 257_400_000, 1_028_700_000),
  listed('meta-llama/llama-3.3-70b-instruct', '2024-12-06', 130_000_000, 400_000_000),
  listed('qwen/qwen-2.5-72b-instruct', '2024-09-19', 360_000_000, 400_000_000),
  listed('meta-llama/llama-3.1-70b-instruct', '2024-07-23', 400_000_000, 400_000_000),
  listed('meta-llama/llama-3.1-8b-instruct', '2024-07-23', 50_000_000, 80_000_000, 25_000_000),
  listed('mistralai/mistral-nemo', '2024-07-19', 19_000_000, 30_000_000),
  tiered(
    listed('x-ai/grok-4-fast', '2025-09-19', 200_000_000, 500_000_000, 50_000_000),
    128_000,
    listedRates(400_000_000, 1_000_000_000, 50_000_000),
  ),
  listed('x-ai/grok-code-fast-1', '2025-08-26', 200_000_000, 1_500_000_000, 20_000_000),
  tiered(
    listed('x-ai/grok-4', '2025-07-09', 3_000_000_000, 15_000_000_000, 750_000_000),
    128_000,
    listedRates(6_000_000_000, 30_000_000_000, 750_000_000),
  ),
  listed('x-ai/grok-3-mini', '2025-06-10', 300_000_000, 500_000_000, 75_000_000),
  listed('mistralai/mistral-small', '2024-01-10', 200_000_000, 600_000_000),
];
