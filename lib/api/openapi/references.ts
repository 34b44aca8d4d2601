/** What the document says of each wire format: its title, where its provider documents it, and a small body that works. */
import type { Endpoint } from '@/lib/wire/format';

export interface FormatReference {
  readonly title: string;
  readonly about: string;
  /** The provider's reference, by endpoint name where it has several pages. */
  readonly reference: string;
  readonly pages?: Readonly<Record<string, string>>;
  /** Media type of its streams; `null` where it has none. */
  readonly streams: 'text/event-stream' | 'application/vnd.amazon.eventstream' | null;
  /** Streams have endpoints of their own; elsewhere the body asks for one. */
  readonly streamsByPath?: true;
  /** A model for examples. */
  readonly model: string;
  /** A small body for an endpoint that takes one. */
  readonly example: (endpoint: Endpoint, model: string) => unknown;
}

const AWS = 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_';
const SAY = 'Say hello.';
const MESSAGES = [{ role: 'user', content: SAY }];
const MOST_TOKENS = 64;

const gemini = ({ name, kind }: Endpoint, model: string): unknown => {
  const content = { role: 'user', parts: [{ text: SAY }] };
  if (kind !== 'embed') return { contents: [content] };
  return /batch/i.test(name)
    ? { requests: [{ model: `models/${model}`, content: { parts: content.parts } }] }
    : { content: { parts: content.parts } };
};

const CLAUDE = 'claude-sonnet-4-5';
const GEMINI = 'gemini-2.5-flash';

const REFERENCES: Readonly<Record<string, FormatReference>> = {
  'anthropic-messages': {
    title: 'Anthropic Messages',
    about: 'Claude’s own API: Claude Code, the Anthropic SDKs, OpenClaw’s `anthropic-messages`.',
    reference: 'https://platform.claude.com/docs/en/api/messages',
    pages: {
      count_tokens: 'https://platform.claude.com/docs/en/api/messages-count-tokens',
      models: 'https://platform.claude.com/docs/en/api/models-list',
      model: 'https://platform.claude.com/docs/en/api/models',
    },
    streams: 'text/event-stream',
    model: CLAUDE,
    example: ({ kind }, model) =>
      kind === 'count'
        ? { model, messages: MESSAGES }
        : { model, max_tokens: MOST_TOKENS, messages: MESSAGES },
  },
  'openai-chat': {
    title: 'OpenAI Chat Completions',
    about:
      'What most clients mean by “OpenAI-compatible”: editors, LangChain, OpenClaw’s `openai-completions`.',
    reference: 'https://platform.openai.com/docs/api-reference/chat/create',
    pages: {
      models: 'https://platform.openai.com/docs/api-reference/models/list',
      model: 'https://platform.openai.com/docs/api-reference/models/retrieve',
      completions: 'https://platform.openai.com/docs/api-reference/completions/create',
    },
    streams: 'text/event-stream',
    model: 'gpt-4o',
    example: ({ name }, model) =>
      name === 'completions'
        ? { model: 'gpt-3.5-turbo-instruct', max_tokens: MOST_TOKENS, prompt: SAY }
        : { model, max_tokens: MOST_TOKENS, messages: MESSAGES },
  },
  'openai-responses': {
    title: 'OpenAI Responses',
    about: 'OpenAI’s newer API: Codex, the OpenAI SDKs’ `responses`, the AI SDK’s default.',
    reference: 'https://platform.openai.com/docs/api-reference/responses/create',
    pages: {
      'responses-retrieve': 'https://platform.openai.com/docs/api-reference/responses/get',
      'responses-delete': 'https://platform.openai.com/docs/api-reference/responses/delete',
      'responses-cancel': 'https://platform.openai.com/docs/api-reference/responses/cancel',
      'responses-input-items': 'https://platform.openai.com/docs/api-reference/responses/input-items',
      'responses-input-tokens': 'https://platform.openai.com/docs/api-reference/responses/input-tokens',
      'responses-compact': 'https://platform.openai.com/docs/api-reference/responses/compact',
    },
    streams: 'text/event-stream',
    model: 'gpt-5.1',
    example: (_endpoint, model) => ({ model, input: SAY }),
  },
  'openai-embeddings': {
    title: 'OpenAI Embeddings',
    about: 'Vectors in OpenAI’s shape.',
    reference: 'https://platform.openai.com/docs/api-reference/embeddings/create',
    streams: null,
    model: 'text-embedding-3-small',
    example: (_endpoint, model) => ({ model, input: SAY }),
  },
  gemini: {
    title: 'Gemini',
    about: 'Google’s API: Gemini CLI, the Google Gen AI SDKs, OpenClaw’s `google-generative-ai`.',
    reference: 'https://ai.google.dev/api/generate-content',
    pages: {
      countTokens: 'https://ai.google.dev/api/tokens',
      embedContent: 'https://ai.google.dev/api/embeddings',
      batchEmbedContents: 'https://ai.google.dev/api/embeddings',
      models: 'https://ai.google.dev/api/models',
      model: 'https://ai.google.dev/api/models',
    },
    streams: 'text/event-stream',
    streamsByPath: true,
    model: GEMINI,
    example: gemini,
  },
  'vertex-claude': {
    title: 'Vertex AI, Claude',
    about: 'Claude as Google Cloud serves it: Claude Code’s Vertex mode, Anthropic’s Vertex SDK.',
    reference: 'https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude',
    streams: 'text/event-stream',
    streamsByPath: true,
    model: CLAUDE,
    example: ({ kind }, model) =>
      kind === 'count'
        ? { model, messages: MESSAGES }
        : { anthropic_version: 'vertex-2023-10-16', max_tokens: MOST_TOKENS, messages: MESSAGES },
  },
  'vertex-gemini': {
    title: 'Vertex AI, Gemini',
    about: 'Google Cloud’s API for Gemini: the Google Gen AI SDKs in their Vertex mode.',
    reference: 'https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference',
    streams: 'text/event-stream',
    streamsByPath: true,
    model: GEMINI,
    example: gemini,
  },
  bedrock: {
    title: 'Amazon Bedrock',
    about:
      'InvokeModel and Converse: Claude Code’s Bedrock mode, Anthropic’s Bedrock SDK, the AWS SDKs, the AI SDK’s Bedrock provider.',
    reference: `${AWS}InvokeModel.html`,
    pages: {
      invoke_stream: `${AWS}InvokeModelWithResponseStream.html`,
      converse: `${AWS}Converse.html`,
      converse_stream: `${AWS}ConverseStream.html`,
      count_tokens: `${AWS}CountTokens.html`,
    },
    streams: 'application/vnd.amazon.eventstream',
    streamsByPath: true,
    model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    example: ({ name }) => {
      const converse = { messages: [{ role: 'user', content: [{ text: SAY }] }] };
      if (name === 'count_tokens') return { input: { converse } };
      return name.startsWith('converse')
        ? { inferenceConfig: { maxTokens: MOST_TOKENS }, ...converse }
        : { anthropic_version: 'bedrock-2023-05-31', max_tokens: MOST_TOKENS, messages: MESSAGES };
    },
  },
  embed: {
    title: 'Embeddings',
    about: 'Tollgate’s own small format for embeddings.',
    reference: 'https://ai.google.dev/gemini-api/docs/embeddings',
    streams: null,
    model: 'gemini-embedding-001',
    example: (_endpoint, model) => ({ model, content: 'Hello' }),
  },
};

/** `undefined` only for a format that nobody wrote up, which a test notices. */
export function referenceOf(format: string): FormatReference | undefined {
  return REFERENCES[format];
}
