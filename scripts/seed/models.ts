/** What the seeded customers buy: lines of real models with their successors, and the kinds of agents that call them. */

/** How a provider counts: which kinds of tokens it reports, and under which names. */
export type Style = 'claude' | 'openai' | 'gemini' | 'embedding';

/** Models that succeed one another, newest first; a token is on the newest that was on sale when it last moved. */
export interface ModelLine {
  readonly provider: string;
  readonly style: Style;
  readonly models: readonly string[];
  readonly streamed: string;
  readonly whole: string;
  /** Output tokens a second, and milliseconds to the first byte: halves lie below. */
  readonly speed: number;
  readonly firstByteMs: number;
  /** The provider's answers say what they cost. */
  readonly reportsCost?: true;
}

const messages = { provider: 'anthropic', style: 'claude', streamed: 'messages', whole: 'messages' } as const;
const responses = { provider: 'openai', style: 'openai', streamed: 'responses', whole: 'responses' } as const;
const chat = { style: 'openai', streamed: 'chat_completions', whole: 'chat_completions' } as const;
const gemini = {
  provider: 'google',
  style: 'gemini',
  streamed: 'streamGenerateContent',
  whole: 'generateContent',
} as const;

const SONNET: ModelLine = {
  ...messages,
  models: ['claude-sonnet-5-5', 'claude-sonnet-5', 'claude-sonnet-4-6', 'claude-sonnet-4-5'],
  speed: 70,
  firstByteMs: 1_100,
};
const OPUS: ModelLine = {
  ...messages,
  models: ['claude-opus-5-5', 'claude-opus-5', 'claude-opus-4-8', 'claude-opus-4-5'],
  speed: 50,
  firstByteMs: 1_600,
};
const FABLE: ModelLine = {
  ...messages,
  models: ['claude-fable-5-2', 'claude-fable-5-1', 'claude-fable-5', 'claude-opus-4-5'],
  speed: 40,
  firstByteMs: 2_200,
};
const HAIKU: ModelLine = {
  ...messages,
  models: ['claude-haiku-5-5', 'claude-haiku-4-5'],
  speed: 140,
  firstByteMs: 500,
};
const SONNET_ON_VERTEX: ModelLine = {
  ...SONNET,
  provider: 'vertex',
  streamed: 'streamRawPredict',
  whole: 'rawPredict',
};
const SOL: ModelLine = {
  ...responses,
  models: ['gpt-6.1-sol', 'gpt-6-sol', 'gpt-5.6-sol', 'gpt-5.4', 'gpt-5'],
  speed: 80,
  firstByteMs: 1_400,
};
const TERRA: ModelLine = {
  ...responses,
  models: ['gpt-6.1-terra', 'gpt-5.6-terra', 'gpt-5.4-mini', 'gpt-5-mini'],
  speed: 110,
  firstByteMs: 900,
};
const LUNA: ModelLine = {
  ...chat,
  provider: 'openai',
  models: ['gpt-6-luna', 'gpt-5.6-luna', 'gpt-5.4-nano', 'gpt-5-nano'],
  speed: 160,
  firstByteMs: 450,
};
const FLASH: ModelLine = {
  ...gemini,
  models: ['gemini-3.8-flash', 'gemini-3.7-flash', 'gemini-3.6-flash', 'gemini-2.5-flash'],
  speed: 170,
  firstByteMs: 600,
};
const FLASH_LITE: ModelLine = {
  ...gemini,
  models: ['gemini-3.5-flash-lite', 'gemini-3.1-flash-lite', 'gemini-2.5-flash-lite'],
  speed: 220,
  firstByteMs: 400,
};
const ROUTED: ModelLine = {
  ...chat,
  provider: 'openrouter',
  models: ['moonshotai/kimi-k3', 'moonshotai/kimi-k2.5'],
  speed: 60,
  firstByteMs: 1_500,
  reportsCost: true,
};
const ROUTED_SMALL: ModelLine = {
  ...ROUTED,
  models: ['deepseek/deepseek-v4.1-flash', 'deepseek/deepseek-v4-flash', 'deepseek/deepseek-v3.2'],
  speed: 120,
};
const EMBEDDING: ModelLine = {
  provider: 'openai',
  style: 'embedding',
  models: ['text-embedding-3-small'],
  streamed: 'embeddings',
  whole: 'embeddings',
  speed: 1_000,
  firstByteMs: 120,
};
/** A server of the operator's own: it has no price, so only plans without a money cap may use it. */
const OWN_SERVER: ModelLine = {
  ...chat,
  provider: 'own-vllm',
  models: ['qwen3-coder-in-house'],
  speed: 45,
  firstByteMs: 700,
};

/** How a program talks: `agent` loops over a growing, cached conversation; `chat` asks a few times; `job` once. */
export interface AgentKind {
  readonly name: string;
  readonly source: string;
  readonly talk: 'agent' | 'chat' | 'job';
  /** Its main models, the most used first, and what it uses for small things. */
  readonly lines: readonly ModelLine[];
  readonly small: ModelLine;
  /** How often it is met. */
  readonly share: number;
}

const kind = (
  name: string,
  source: string,
  talk: AgentKind['talk'],
  lines: readonly ModelLine[],
  small: ModelLine,
  share: number,
): AgentKind => ({ name, source, talk, lines, small, share });

export const AGENT_KINDS: readonly AgentKind[] = [
  kind('claude-code', 'claude-code', 'agent', [SONNET, OPUS, FABLE, SONNET_ON_VERTEX], HAIKU, 34),
  kind('codex', 'codex', 'agent', [SOL, TERRA], TERRA, 17),
  kind('openclaw', 'openclaw', 'agent', [SONNET, SOL, FLASH], HAIKU, 12),
  kind('opencode', 'opencode', 'agent', [ROUTED, SONNET, SOL], ROUTED_SMALL, 7),
  kind('researcher', 'named', 'agent', [OPUS, FLASH, FABLE], FLASH, 6),
  kind('support-bot', 'fingerprint', 'chat', [LUNA, HAIKU, FLASH], FLASH_LITE, 12),
  kind('summariser', 'fingerprint', 'job', [FLASH_LITE, HAIKU, LUNA], FLASH_LITE, 8),
  kind('indexer', 'random', 'job', [EMBEDDING], EMBEDDING, 4),
];

/** For who must reach a token cap before a money cap, the other way round, and for who has no caps at all. */
export const CHEAP_KIND = kind('triage', 'named', 'chat', [HAIKU], HAIKU, 0);
export const DEAR_KIND = kind('architect', 'claude-code', 'agent', [FABLE], FABLE, 0);
export const OWN_KIND = kind('in-house-coder', 'named', 'agent', [OWN_SERVER], OWN_SERVER, 0);
