/** Bedrock's on-demand prices in us-east-1, nano-USD per million tokens (aws.amazon.com/bedrock/pricing). */
import type { ModelPrice } from '@/lib/domain/price';
import { listedRates, row } from '@/lib/domain/prices/rates';

// Claude and GPT from 5.6 on are priced by their makers' rows; regional endpoints cost a tenth more.

/** Bedrock runs no web search of its own. */
const NO_WEB_SEARCH = 0;

type Premiums = ModelPrice['premiums'];

const PLAIN: Premiums = {};

/** Flex costs half and priority 1.75 times the standard tier, on Nova and on the open models since late 2025. */
const TIERED: Premiums = { flex: 50, priority: 175 };

function model(
  id: string,
  effectiveFrom: string,
  input: number,
  output: number,
  premiums: Premiums = PLAIN,
  cacheRead: number = input,
): ModelPrice {
  const rates = listedRates(input, output, cacheRead);
  return row({ model: id, effectiveFrom, ...rates, tiers: [], webSearch: NO_WEB_SEARCH, premiums });
}

/** An embedding has no output tokens. */
const embedding = (id: string, effectiveFrom: string, input: number): ModelPrice =>
  model(id, effectiveFrom, input, 0);

export const BEDROCK_PRICES: readonly ModelPrice[] = [
  model('anthropic.claude-instant-v1', '2023-09-28', 800_000_000, 2_400_000_000),
  // The rate of the global profile; those of a region cost a tenth more.
  model(
    'amazon.nova-2-lite-v1:0',
    '2025-12-02',
    300_000_000,
    2_500_000_000,
    { ...TIERED, regional: 110 },
    75_000_000,
  ),
  // Text rate; images, audio and video are priced by the piece, which usage doesn't count.
  embedding('amazon.nova-2-multimodal-embeddings-v1:0', '2025-10-28', 135_000_000),
  model('amazon.nova-premier-v1:0', '2025-04-30', 2_500_000_000, 12_500_000_000, TIERED, 625_000_000),
  model('amazon.nova-pro-v1:0', '2024-12-03', 800_000_000, 3_200_000_000, TIERED, 200_000_000),
  model('amazon.nova-lite-v1:0', '2024-12-03', 60_000_000, 240_000_000, TIERED, 15_000_000),
  model('amazon.nova-micro-v1:0', '2024-12-03', 35_000_000, 140_000_000, TIERED, 8_750_000),
  model('amazon.titan-text-premier-v1:0', '2024-05-07', 500_000_000, 1_500_000_000),
  model('amazon.titan-text-express-v1', '2023-11-29', 200_000_000, 600_000_000),
  model('amazon.titan-text-lite-v1', '2023-11-29', 150_000_000, 200_000_000),
  embedding('amazon.titan-embed-text-v2:0', '2024-04-30', 20_000_000),
  embedding('amazon.titan-embed-text-v1', '2023-09-28', 100_000_000),
  // Sold in regions only, so their rows already hold the tenth on top of OpenAI's prices.
  model('openai.gpt-5.5', '2026-04-23', 5_500_000_000, 33_000_000_000, PLAIN, 550_000_000),
  model('openai.gpt-5.4', '2026-03-05', 2_750_000_000, 16_500_000_000, PLAIN, 275_000_000),
  model('openai.gpt-oss-safeguard-120b', '2025-12-02', 150_000_000, 600_000_000, TIERED),
  model('openai.gpt-oss-safeguard-20b', '2025-12-02', 70_000_000, 200_000_000, TIERED),
  model('openai.gpt-oss-120b-1:0', '2025-08-05', 150_000_000, 600_000_000, TIERED),
  model('openai.gpt-oss-20b-1:0', '2025-08-05', 70_000_000, 300_000_000, TIERED),
  model('ai21.jamba-1-5-large-v1:0', '2024-09-23', 2_000_000_000, 8_000_000_000),
  model('ai21.jamba-1-5-mini-v1:0', '2024-09-23', 200_000_000, 400_000_000),
  model('ai21.jamba-instruct-v1:0', '2024-06-25', 500_000_000, 700_000_000),
  model('ai21.j2-ultra-v1', '2023-09-28', 18_800_000_000, 18_800_000_000),
  model('ai21.j2-mid-v1', '2023-09-28', 12_500_000_000, 12_500_000_000),
  embedding('cohere.embed-v4:0', '2025-10-01', 120_000_000),
  model('cohere.command-r-plus-v1:0', '2024-04-29', 3_000_000_000, 15_000_000_000),
  model('cohere.command-r-v1:0', '2024-04-29', 500_000_000, 1_500_000_000),
  embedding('cohere.embed-english-v3', '2023-11-13', 100_000_000),
  embedding('cohere.embed-multilingual-v3', '2023-11-13', 100_000_000),
  model('cohere.command-light-text-v14', '2023-11-13', 300_000_000, 600_000_000),
  model('cohere.command-text-v14', '2023-09-28', 1_500_000_000, 2_000_000_000),
  model('deepseek.v3.2', '2026-02-06', 620_000_000, 1_850_000_000, TIERED),
  model('deepseek.v3-v1:0', '2025-09-18', 580_000_000, 1_680_000_000, TIERED),
  model('deepseek.r1-v1:0', '2025-03-10', 1_350_000_000, 5_400_000_000),
  model('google.gemma-3-27b-it', '2025-12-02', 230_000_000, 380_000_000, TIERED),
  model('google.gemma-3-12b-it', '2025-12-02', 90_000_000, 290_000_000, TIERED),
  model('google.gemma-3-4b-it', '2025-12-02', 40_000_000, 80_000_000, TIERED),
  model('meta.llama4-maverick-17b-instruct-v1:0', '2025-04-28', 240_000_000, 970_000_000),
  model('meta.llama4-scout-17b-instruct-v1:0', '2025-04-28', 170_000_000, 660_000_000),
  model('meta.llama3-3-70b-instruct-v1:0', '2024-12-19', 720_000_000, 720_000_000),
  model('meta.llama3-2-90b-instruct-v1:0', '2024-09-25', 720_000_000, 720_000_000),
  model('meta.llama3-2-11b-instruct-v1:0', '2024-09-25', 160_000_000, 160_000_000),
  model('meta.llama3-2-3b-instruct-v1:0', '2024-09-25', 150_000_000, 150_000_000),
  model('meta.llama3-2-1b-instruct-v1:0', '2024-09-25', 100_000_000, 100_000_000),
  model('meta.llama3-1-405b-instruct-v1:0', '2024-07-23', 2_400_000_000, 2_400_000_000),
  model('meta.llama3-1-70b-instruct-v1:0', '2024-07-23', 720_000_000, 720_000_000),
  model('meta.llama3-1-8b-instruct-v1:0', '2024-07-23', 220_000_000, 220_000_000),
  model('meta.llama3-70b-instruct-v1:0', '2024-04-23', 2_650_000_000, 3_500_000_000),
  model('meta.llama3-8b-instruct-v1:0', '2024-04-23', 300_000_000, 600_000_000),
  model('minimax.minimax-m2.5', '2026-03-18', 300_000_000, 1_200_000_000, TIERED),
  model('minimax.minimax-m2.1', '2026-02-06', 300_000_000, 1_200_000_000, TIERED),
  model('minimax.minimax-m2', '2025-12-02', 300_000_000, 1_200_000_000, TIERED),
  model('mistral.devstral-2-123b', '2026-02-17', 400_000_000, 2_000_000_000, TIERED),
  model('mistral.mistral-large-3-675b-instruct', '2025-12-02', 500_000_000, 1_500_000_000, TIERED),
  model('mistral.magistral-small-2509', '2025-12-02', 500_000_000, 1_500_000_000, TIERED),
  model('mistral.ministral-3-14b-instruct', '2025-12-02', 200_000_000, 200_000_000, TIERED),
  model('mistral.ministral-3-8b-instruct', '2025-12-02', 150_000_000, 150_000_000, TIERED),
  model('mistral.ministral-3-3b-instruct', '2025-12-02', 100_000_000, 100_000_000, TIERED),
  model('mistral.pixtral-large-2502-v1:0', '2025-04-08', 2_000_000_000, 6_000_000_000),
  model('mistral.mistral-large-2407-v1:0', '2024-07-24', 2_000_000_000, 6_000_000_000),
  model('mistral.mistral-small-2402-v1:0', '2024-05-24', 1_000_000_000, 3_000_000_000),
  model('mistral.mistral-large-2402-v1:0', '2024-04-02', 4_000_000_000, 12_000_000_000),
  model('mistral.mixtral-8x7b-instruct-v0:1', '2024-03-01', 450_000_000, 700_000_000),
  model('mistral.mistral-7b-instruct-v0:2', '2024-03-01', 150_000_000, 200_000_000),
  model('moonshotai.kimi-k2.5', '2026-02-06', 600_000_000, 3_000_000_000, TIERED),
  model('moonshot.kimi-k2-thinking', '2025-12-02', 600_000_000, 2_500_000_000, TIERED),
  model('nvidia.nemotron-super-3-120b', '2026-03-11', 150_000_000, 650_000_000, TIERED),
  model('nvidia.nemotron-nano-3-30b', '2025-12-23', 60_000_000, 240_000_000, TIERED),
  model('nvidia.nemotron-nano-12b-v2', '2025-12-02', 200_000_000, 600_000_000, TIERED),
  model('nvidia.nemotron-nano-9b-v2', '2025-12-02', 60_000_000, 230_000_000, TIERED),
  model('qwen.qwen3-coder-next', '2026-02-06', 500_000_000, 1_200_000_000, TIERED),
  model('qwen.qwen3-next-80b-a3b', '2025-12-02', 150_000_000, 1_200_000_000, TIERED),
  model('qwen.qwen3-vl-235b-a22b', '2025-12-02', 530_000_000, 2_660_000_000, TIERED),
  model('qwen.qwen3-235b-a22b-2507-v1:0', '2025-09-18', 220_000_000, 880_000_000, TIERED),
  model('qwen.qwen3-coder-480b-a35b-v1:0', '2025-09-18', 450_000_000, 1_800_000_000, TIERED),
  model('qwen.qwen3-coder-30b-a3b-v1:0', '2025-09-18', 150_000_000, 600_000_000, TIERED),
  model('qwen.qwen3-32b-v1:0', '2025-09-18', 150_000_000, 600_000_000, TIERED),
  model('writer.palmyra-x5-v1:0', '2025-04-28', 600_000_000, 6_000_000_000),
  model('writer.palmyra-x4-v1:0', '2025-04-28', 2_500_000_000, 10_000_000_000),
  model('xai.grok-4.3', '2026-04-30', 1_250_000_000, 2_500_000_000, PLAIN, 200_000_000),
  model('zai.glm-5', '2026-03-18', 1_000_000_000, 3_200_000_000, TIERED),
  model('zai.glm-4.7-flash', '2026-02-06', 70_000_000, 400_000_000, TIERED),
  model('zai.glm-4.7', '2026-02-06', 600_000_000, 2_200_000_000, TIERED),
];
