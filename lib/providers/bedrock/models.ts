/** Bedrock's models by their ids without region or profile prefix (docs.aws.amazon.com/bedrock/latest/userguide). */
import type { ModelEntry } from '@/lib/domain/model';
import { resoldClaude } from '../anthropic/resold';

/** Past the end of life AWS names, or no longer on its list. */
const RETIRED: ReadonlySet<string> = new Set([
  'amazon.nova-premier-v1:0',
  'amazon.titan-text-premier-v1:0',
  'amazon.titan-text-express-v1',
  'amazon.titan-text-lite-v1',
  'anthropic.claude-3-7-sonnet-20250219-v1:0',
  'anthropic.claude-3-5-haiku-20241022-v1:0',
  'anthropic.claude-3-5-sonnet-20241022-v2:0',
  'anthropic.claude-3-5-sonnet-20240620-v1:0',
  'anthropic.claude-3-haiku-20240307-v1:0',
  'anthropic.claude-3-opus-20240229-v1:0',
  'anthropic.claude-3-sonnet-20240229-v1:0',
  'anthropic.claude-v2:1',
  'anthropic.claude-v2',
  'anthropic.claude-instant-v1',
  'ai21.jamba-instruct-v1:0',
  'ai21.j2-ultra-v1',
  'ai21.j2-mid-v1',
  'cohere.command-text-v14',
  'cohere.command-light-text-v14',
]);

const claude = (id: string, priceId: string, aliases: readonly string[] = []): ModelEntry =>
  resoldClaude(id, priceId, { aliases, retired: RETIRED.has(id) });

/** `day` is the UTC day on which Bedrock, or where it came later its maker, released the model. */
function model(
  id: string,
  displayName: string,
  day: string,
  contextTokens: number,
  maxOutputTokens: number,
  priceId?: string,
): ModelEntry {
  return {
    id,
    aliases: [],
    displayName,
    createdAt: `${day}T00:00:00Z`,
    contextTokens,
    maxOutputTokens,
    kind: 'chat',
    ...(priceId === undefined ? {} : { priceId }),
    ...(RETIRED.has(id) ? { retired: true as const } : {}),
  };
}

function embedding(id: string, displayName: string, day: string, contextTokens: number): ModelEntry {
  return { ...model(id, displayName, day, contextTokens, 0), kind: 'embedding' };
}

/** Claude, newest first; its prices are Anthropic's, with a premium where the endpoint is regional. */
const CLAUDE: readonly ModelEntry[] = [
  claude('anthropic.claude-haiku-5-5', 'claude-haiku-5-5'),
  claude('anthropic.claude-sonnet-5-5', 'claude-sonnet-5-5'),
  claude('anthropic.claude-opus-5-5', 'claude-opus-5-5'),
  claude('anthropic.claude-fable-5-1', 'claude-fable-5-1'),
  claude('anthropic.claude-opus-5', 'claude-opus-5'),
  claude('anthropic.claude-sonnet-5', 'claude-sonnet-5'),
  claude('anthropic.claude-fable-5', 'claude-fable-5'),
  claude('anthropic.claude-opus-4-8', 'claude-opus-4-8'),
  claude('anthropic.claude-opus-4-7', 'claude-opus-4-7'),
  claude('anthropic.claude-sonnet-4-6', 'claude-sonnet-4-6'),
  claude('anthropic.claude-opus-4-6-v1', 'claude-opus-4-6', ['anthropic.claude-opus-4-6']),
  claude('anthropic.claude-opus-4-5-20251101-v1:0', 'claude-opus-4-5'),
  claude('anthropic.claude-haiku-4-5-20251001-v1:0', 'claude-haiku-4-5'),
  claude('anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'),
  claude('anthropic.claude-opus-4-1-20250805-v1:0', 'claude-opus-4-1'),
  claude('anthropic.claude-opus-4-20250514-v1:0', 'claude-opus-4-0'),
  claude('anthropic.claude-sonnet-4-20250514-v1:0', 'claude-sonnet-4-0', [
    'anthropic.claude-sonnet-4-20250514-v1',
  ]),
  claude('anthropic.claude-3-7-sonnet-20250219-v1:0', 'claude-3-7-sonnet'),
  claude('anthropic.claude-3-5-haiku-20241022-v1:0', 'claude-3-5-haiku'),
  claude('anthropic.claude-3-5-sonnet-20241022-v2:0', 'claude-3-5-sonnet'),
  claude('anthropic.claude-3-5-sonnet-20240620-v1:0', 'claude-3-5-sonnet'),
  claude('anthropic.claude-3-haiku-20240307-v1:0', 'claude-3-haiku'),
  claude('anthropic.claude-3-opus-20240229-v1:0', 'claude-3-opus'),
  claude('anthropic.claude-3-sonnet-20240229-v1:0', 'claude-3-sonnet'),
  claude('anthropic.claude-v2:1', 'claude-2.1'),
  claude('anthropic.claude-v2', 'claude-2.0'),
  model('anthropic.claude-instant-v1', 'Claude Instant', '2023-09-28', 100_000, 8_191),
];

const AMAZON: readonly ModelEntry[] = [
  model('amazon.nova-2-lite-v1:0', 'Nova 2 Lite', '2025-12-02', 1_000_000, 64_000),
  embedding('amazon.nova-2-multimodal-embeddings-v1:0', 'Nova Multimodal Embeddings', '2025-10-28', 8_172),
  model('amazon.nova-premier-v1:0', 'Nova Premier', '2025-04-30', 1_000_000, 32_000),
  model('amazon.nova-pro-v1:0', 'Nova Pro', '2024-12-03', 300_000, 10_000),
  model('amazon.nova-lite-v1:0', 'Nova Lite', '2024-12-03', 300_000, 10_000),
  model('amazon.nova-micro-v1:0', 'Nova Micro', '2024-12-03', 128_000, 10_000),
  model('amazon.titan-text-premier-v1:0', 'Titan Text Premier', '2024-05-07', 32_000, 3_072),
  embedding('amazon.titan-embed-text-v2:0', 'Titan Text Embeddings V2', '2024-04-30', 8_192),
  model('amazon.titan-text-express-v1', 'Titan Text Express', '2023-11-29', 8_192, 8_192),
  model('amazon.titan-text-lite-v1', 'Titan Text Lite', '2023-11-29', 4_096, 4_096),
  embedding('amazon.titan-embed-text-v1', 'Titan Text Embeddings', '2023-09-28', 8_192),
];

/** From GPT-5.6 on priced as OpenAI does, with a premium where the endpoint is regional. */
const OPENAI: readonly ModelEntry[] = [
  model('openai.gpt-6.1-sol', 'GPT-6.1 Sol', '2026-09-29', 1_050_000, 128_000, 'gpt-6.1-sol'),
  model('openai.gpt-6-sol', 'GPT-6 Sol', '2026-09-22', 1_050_000, 128_000, 'gpt-6-sol'),
  model('openai.gpt-5.6-sol', 'GPT-5.6 Sol', '2026-07-13', 1_050_000, 128_000, 'gpt-5.6-sol'),
  model('openai.gpt-5.6-terra', 'GPT-5.6 Terra', '2026-07-13', 1_050_000, 128_000, 'gpt-5.6-terra'),
  model('openai.gpt-5.6-luna', 'GPT-5.6 Luna', '2026-07-13', 1_050_000, 128_000, 'gpt-5.6-luna'),
  model('openai.gpt-5.5', 'GPT-5.5', '2026-04-23', 272_000, 128_000),
  model('openai.gpt-5.4', 'GPT-5.4', '2026-03-05', 272_000, 128_000),
  model('openai.gpt-oss-safeguard-120b', 'gpt-oss-safeguard-120b', '2025-12-02', 128_000, 65_536),
  model('openai.gpt-oss-safeguard-20b', 'gpt-oss-safeguard-20b', '2025-12-02', 128_000, 65_536),
  // The second id of each is the one of Bedrock's OpenAI-compatible endpoint.
  {
    ...model('openai.gpt-oss-120b-1:0', 'gpt-oss-120b', '2025-08-05', 128_000, 128_000),
    aliases: ['openai.gpt-oss-120b'],
  },
  {
    ...model('openai.gpt-oss-20b-1:0', 'gpt-oss-20b', '2025-08-05', 128_000, 128_000),
    aliases: ['openai.gpt-oss-20b'],
  },
];

/** What others made, by maker. Voxtral is left out: audio costs otherwise, and usage has no modality. */
const OTHERS: readonly ModelEntry[] = [
  model('ai21.jamba-1-5-large-v1:0', 'Jamba 1.5 Large', '2024-09-23', 256_000, 4_096),
  model('ai21.jamba-1-5-mini-v1:0', 'Jamba 1.5 Mini', '2024-09-23', 256_000, 4_096),
  model('ai21.jamba-instruct-v1:0', 'Jamba-Instruct', '2024-06-25', 70_000, 4_096),
  model('ai21.j2-ultra-v1', 'Jurassic-2 Ultra', '2023-09-28', 8_191, 8_191),
  model('ai21.j2-mid-v1', 'Jurassic-2 Mid', '2023-09-28', 8_191, 8_191),
  embedding('cohere.embed-v4:0', 'Cohere Embed 4', '2025-10-01', 128_000),
  model('cohere.command-r-plus-v1:0', 'Command R+', '2024-04-29', 128_000, 4_096),
  model('cohere.command-r-v1:0', 'Command R', '2024-04-29', 128_000, 4_096),
  embedding('cohere.embed-english-v3', 'Cohere Embed English', '2023-11-13', 512),
  embedding('cohere.embed-multilingual-v3', 'Cohere Embed Multilingual', '2023-11-13', 512),
  model('cohere.command-light-text-v14', 'Command Light', '2023-11-13', 4_096, 4_096),
  model('cohere.command-text-v14', 'Command', '2023-09-28', 4_096, 4_096),
  model('deepseek.v3.2', 'DeepSeek V3.2', '2026-02-06', 163_840, 81_920),
  model('deepseek.v3-v1:0', 'DeepSeek V3.1', '2025-09-18', 163_840, 81_920),
  model('deepseek.r1-v1:0', 'DeepSeek R1', '2025-03-10', 128_000, 32_768),
  model('google.gemma-3-27b-it', 'Gemma 3 27B', '2025-12-02', 128_000, 8_192),
  model('google.gemma-3-12b-it', 'Gemma 3 12B', '2025-12-02', 128_000, 8_192),
  model('google.gemma-3-4b-it', 'Gemma 3 4B', '2025-12-02', 128_000, 8_192),
  model('meta.llama4-maverick-17b-instruct-v1:0', 'Llama 4 Maverick', '2025-04-28', 1_000_000, 16_384),
  model('meta.llama4-scout-17b-instruct-v1:0', 'Llama 4 Scout', '2025-04-28', 3_500_000, 16_384),
  model('meta.llama3-3-70b-instruct-v1:0', 'Llama 3.3 70B', '2024-12-19', 128_000, 8_192),
  model('meta.llama3-2-90b-instruct-v1:0', 'Llama 3.2 90B', '2024-09-25', 128_000, 8_192),
  model('meta.llama3-2-11b-instruct-v1:0', 'Llama 3.2 11B', '2024-09-25', 128_000, 8_192),
  model('meta.llama3-2-3b-instruct-v1:0', 'Llama 3.2 3B', '2024-09-25', 128_000, 8_192),
  model('meta.llama3-2-1b-instruct-v1:0', 'Llama 3.2 1B', '2024-09-25', 128_000, 8_192),
  model('meta.llama3-1-405b-instruct-v1:0', 'Llama 3.1 405B', '2024-07-23', 128_000, 8_192),
  model('meta.llama3-1-70b-instruct-v1:0', 'Llama 3.1 70B', '2024-07-23', 128_000, 8_192),
  model('meta.llama3-1-8b-instruct-v1:0', 'Llama 3.1 8B', '2024-07-23', 128_000, 8_192),
  model('meta.llama3-70b-instruct-v1:0', 'Llama 3 70B', '2024-04-23', 8_192, 2_048),
  model('meta.llama3-8b-instruct-v1:0', 'Llama 3 8B', '2024-04-23', 8_192, 2_048),
  model('minimax.minimax-m2.5', 'MiniMax M2.5', '2026-03-18', 196_608, 98_304),
  model('minimax.minimax-m2.1', 'MiniMax M2.1', '2026-02-06', 196_608, 131_072),
  model('minimax.minimax-m2', 'MiniMax M2', '2025-12-02', 196_608, 128_000),
  model('mistral.devstral-2-123b', 'Devstral 2', '2026-02-17', 256_000, 8_192),
  model('mistral.mistral-large-3-675b-instruct', 'Mistral Large 3', '2025-12-02', 256_000, 8_192),
  model('mistral.magistral-small-2509', 'Magistral Small 1.2', '2025-12-02', 128_000, 40_000),
  model('mistral.ministral-3-14b-instruct', 'Ministral 3 14B', '2025-12-02', 128_000, 8_192),
  model('mistral.ministral-3-8b-instruct', 'Ministral 3 8B', '2025-12-02', 128_000, 8_192),
  model('mistral.ministral-3-3b-instruct', 'Ministral 3 3B', '2025-12-02', 128_000, 8_192),
  model('mistral.pixtral-large-2502-v1:0', 'Pixtral Large', '2025-04-08', 128_000, 8_192),
  model('mistral.mistral-large-2407-v1:0', 'Mistral Large (24.07)', '2024-07-24', 128_000, 8_191),
  model('mistral.mistral-small-2402-v1:0', 'Mistral Small (24.02)', '2024-05-24', 32_000, 8_191),
  model('mistral.mistral-large-2402-v1:0', 'Mistral Large (24.02)', '2024-04-02', 32_000, 8_191),
  model('mistral.mixtral-8x7b-instruct-v0:1', 'Mixtral 8x7B', '2024-03-01', 32_000, 4_096),
  model('mistral.mistral-7b-instruct-v0:2', 'Mistral 7B', '2024-03-01', 32_000, 8_192),
  model('moonshotai.kimi-k2.5', 'Kimi K2.5', '2026-02-06', 262_144, 262_144),
  model('moonshot.kimi-k2-thinking', 'Kimi K2 Thinking', '2025-12-02', 262_144, 262_144),
  model('nvidia.nemotron-super-3-120b', 'Nemotron 3 Super 120B', '2026-03-11', 256_000, 32_768),
  model('nvidia.nemotron-nano-3-30b', 'Nemotron 3 Nano 30B', '2025-12-23', 262_144, 8_192),
  model('nvidia.nemotron-nano-12b-v2', 'Nemotron Nano 12B v2 VL', '2025-12-02', 128_000, 8_192),
  model('nvidia.nemotron-nano-9b-v2', 'Nemotron Nano 9B v2', '2025-12-02', 128_000, 8_192),
  model('qwen.qwen3-coder-next', 'Qwen3 Coder Next', '2026-02-06', 262_144, 65_536),
  model('qwen.qwen3-next-80b-a3b', 'Qwen3 Next 80B', '2025-12-02', 262_144, 65_536),
  model('qwen.qwen3-vl-235b-a22b', 'Qwen3 VL 235B', '2025-12-02', 262_144, 65_536),
  model('qwen.qwen3-235b-a22b-2507-v1:0', 'Qwen3 235B 2507', '2025-09-18', 262_144, 131_072),
  model('qwen.qwen3-coder-480b-a35b-v1:0', 'Qwen3 Coder 480B', '2025-09-18', 262_144, 65_536),
  model('qwen.qwen3-coder-30b-a3b-v1:0', 'Qwen3 Coder 30B', '2025-09-18', 262_144, 131_072),
  model('qwen.qwen3-32b-v1:0', 'Qwen3 32B', '2025-09-18', 131_072, 16_384),
  model('writer.palmyra-x5-v1:0', 'Palmyra X5', '2025-04-28', 1_000_000, 8_192),
  model('writer.palmyra-x4-v1:0', 'Palmyra X4', '2025-04-28', 128_000, 8_192),
  model('xai.grok-4.3', 'Grok 4.3', '2026-04-30', 1_000_000, 131_072),
  model('zai.glm-5', 'GLM-5', '2026-03-18', 200_000, 128_000),
  model('zai.glm-4.7-flash', 'GLM-4.7-Flash', '2026-02-06', 200_000, 128_000),
  model('zai.glm-4.7', 'GLM-4.7', '2026-02-06', 200_000, 128_000),
];

/** By maker, each newest first. Retired models stay, so that old usage can be rated again. */
export const BEDROCK_MODELS: readonly ModelEntry[] = [...CLAUDE, ...AMAZON, ...OPENAI, ...OTHERS];
