/** A line of curl for each wire format, to see it answer. */
import { type Guide, lines, MODELS, type Reader, SAY, type Snippet } from './snippet';

const MESSAGES = [{ role: 'user', content: SAY }];

interface Call {
  readonly id: string;
  readonly format: string;
  readonly place: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body?: unknown;
  /** Shown as it comes. */
  readonly stream?: true;
}

function call({ baseUrl }: Reader, { id, format, place, path, headers, body, stream }: Call): Snippet {
  const json = body === undefined ? [] : ['Content-Type: application/json'];
  const options = [
    ...[...headers, ...json].map((header) => `-H "${header}"`),
    ...(body === undefined ? [] : [`-d '${JSON.stringify(body)}'`]),
  ];
  const text = lines(
    `curl ${stream === true ? '-N ' : ''}${baseUrl}${path} \\`,
    ...options.map((option, index) => `  ${option}${index < options.length - 1 ? ' \\' : ''}`),
  );
  return { id, format, place, language: 'sh', text };
}

export function curlGuide(reader: Reader): Guide {
  const { token } = reader;
  const bearer = `Authorization: Bearer ${token}`;
  const gemini = { contents: [{ role: 'user', parts: [{ text: SAY }] }] };
  const calls: readonly Call[] = [
    {
      id: 'curl-messages',
      format: 'anthropic-messages',
      place: 'Anthropic Messages',
      path: '/v1/messages',
      headers: [`x-api-key: ${token}`, 'anthropic-version: 2023-06-01'],
      body: { model: MODELS.claude, max_tokens: 64, messages: MESSAGES },
    },
    {
      id: 'curl-messages-stream',
      format: 'anthropic-messages',
      place: 'Anthropic Messages, streaming',
      path: '/v1/messages',
      headers: [bearer, 'anthropic-version: 2023-06-01'],
      body: { model: MODELS.claude, max_tokens: 64, stream: true, messages: MESSAGES },
      stream: true,
    },
    {
      id: 'curl-chat',
      format: 'openai-chat',
      place: 'OpenAI Chat Completions',
      path: '/v1/chat/completions',
      headers: [bearer],
      body: { model: MODELS.chat, messages: MESSAGES },
    },
    {
      id: 'curl-responses',
      format: 'openai-responses',
      place: 'OpenAI Responses',
      path: '/v1/responses',
      headers: [bearer],
      body: { model: MODELS.responses, input: SAY },
    },
    {
      id: 'curl-embeddings',
      format: 'openai-embeddings',
      place: 'OpenAI Embeddings',
      path: '/v1/embeddings',
      headers: [bearer],
      body: { model: MODELS.embeddings, input: SAY },
    },
    {
      id: 'curl-gemini',
      format: 'gemini',
      place: 'Gemini',
      path: `/v1beta/models/${MODELS.gemini}:generateContent`,
      headers: [`x-goog-api-key: ${token}`],
      body: gemini,
    },
    {
      id: 'curl-bedrock',
      format: 'bedrock',
      place: 'Bedrock Converse',
      path: `/bedrock/model/${MODELS.bedrock}/converse`,
      headers: [bearer],
      body: { messages: [{ role: 'user', content: [{ text: SAY }] }] },
    },
    {
      id: 'curl-vertex',
      format: 'vertex-claude',
      place: 'Vertex, Claude',
      path: `/vertex/v1/projects/any/locations/global/publishers/anthropic/models/${MODELS.claude}:rawPredict`,
      headers: [bearer],
      body: { anthropic_version: 'vertex-2023-10-16', max_tokens: 64, messages: MESSAGES },
    },
    {
      id: 'curl-embed',
      format: 'embed',
      place: 'Embeddings, Tollgate’s own format',
      path: '/api/llm/embed',
      headers: [bearer],
      body: { model: MODELS.embed, content: SAY },
    },
    {
      id: 'curl-models',
      format: 'openai-chat',
      place: 'The models your token may use',
      path: '/v1/models',
      headers: [bearer],
    },
    {
      id: 'curl-usage',
      format: 'anthropic-messages',
      place: 'What you used and what is left',
      path: '/api/user/usage',
      headers: [bearer],
    },
  ];
  return {
    id: 'curl',
    name: 'curl',
    short: `\`-H "x-api-key: ${token}"\` or \`-H "Authorization: Bearer ${token}"\``,
    lead: 'One line per wire format. The token goes into whichever header the format’s clients use.',
    snippets: calls.map((one) => call(reader, one)),
    notes: [],
  };
}
