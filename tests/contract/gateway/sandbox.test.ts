/** A gateway without any key: the sandbox answers every format's calls, and what it says it used is what is kept. */
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { EventStreamFramer } from '@/lib/std/event-stream';
import { FORMATS } from '@/lib/wire/registry';
import type { TestGateway } from '@/tests/support/gateway';
import type { Customer, Row } from '@/tests/support/gateway-verbs';
import { describeMounts } from '@/tests/support/mounts';
import { type RawAnswer, send } from '@/tests/support/raw-http';

/** Enough to see an answer, few enough to wait for. */
const TOKENS = 20;
const PROMPT = 'Say hello 🦩';
const MESSAGES = [{ role: 'user', content: PROMPT }];
const CLAUDE = { max_tokens: TOKENS, messages: MESSAGES };
const CONTENTS = [{ role: 'user', parts: [{ text: PROMPT }] }];
const GEMINI = {
  contents: CONTENTS,
  generationConfig: { maxOutputTokens: TOKENS, thinkingConfig: { includeThoughts: true } },
};
const CONVERSE = {
  messages: [{ role: 'user', content: [{ text: PROMPT }] }],
  inferenceConfig: { maxTokens: TOKENS },
};
const INVOKE = { anthropic_version: 'bedrock-2023-05-31', ...CLAUDE };
const VERTEX = '/api/llm/vertex/v1/projects/p/locations/global/publishers';
const BEDROCK = '/api/llm/bedrock/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0';

type Fields = Readonly<Record<string, unknown>>;

interface Case {
  readonly format: string;
  readonly path: string;
  readonly body: Fields;
  /** The usage an answer reports, found where its dialect puts it: input and output. */
  readonly reported: (answer: RawAnswer) => readonly [input: unknown, output: unknown];
  /** What a stream of this kind ends with. */
  readonly ends?: string;
}

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (inner as Fields | undefined)?.[name], value);
/** The last of the JSON objects in a stream of events for which something is found. */
function last<T>(objects: readonly unknown[], pick: (object: unknown) => T | undefined): T | undefined {
  return objects.map(pick).findLast((one) => one !== undefined && one !== null);
}
const eventsIn = ({ text }: RawAnswer): readonly unknown[] =>
  [...text.matchAll(/^data: (\{.*\})\r?$/gm)].map(([, json]) => JSON.parse(json ?? '') as unknown);
function framesIn({ body }: RawAnswer): readonly Fields[] {
  const frames: Fields[] = [];
  new EventStreamFramer(({ payload }) => {
    frames.push(JSON.parse(new TextDecoder().decode(payload)) as Fields);
  }).push(body);
  return frames;
}
const counts = (usage: unknown, input: string, output: string) =>
  [at(usage, input), at(usage, output)] as const;

const anthropicJson = (answer: RawAnswer) => counts(answer.json()['usage'], 'input_tokens', 'output_tokens');
const anthropicEvents = (events: readonly unknown[]) =>
  counts(
    last(events, (event) => at(event, 'usage')),
    'input_tokens',
    'output_tokens',
  );
const anthropicSse = (answer: RawAnswer) => anthropicEvents(eventsIn(answer));
const chatUsage = (usage: unknown) => counts(usage, 'prompt_tokens', 'completion_tokens');
const geminiUsage = (usage: unknown) =>
  [
    at(usage, 'promptTokenCount'),
    Number(at(usage, 'candidatesTokenCount') ?? 0) + Number(at(usage, 'thoughtsTokenCount') ?? 0),
  ] as const;
const MESSAGE_STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';

const CASES: readonly (readonly [name: string, asked: Case])[] = [
  [
    'messages',
    {
      format: 'anthropic-messages',
      path: '/api/llm/anthropic/v1/messages',
      body: { model: 'anthropic/claude-sonnet-5-5', ...CLAUDE },
      reported: anthropicJson,
    },
  ],
  [
    'messages, streamed',
    {
      format: 'anthropic-messages',
      path: '/api/llm/anthropic/v1/messages',
      body: { model: 'claude-sonnet-5-5', ...CLAUDE, stream: true },
      reported: anthropicSse,
      ends: MESSAGE_STOP,
    },
  ],
  [
    'chat completions',
    {
      format: 'openai-chat',
      path: '/api/llm/openai/v1/chat/completions',
      body: { model: 'openai/gpt-5', messages: MESSAGES, max_completion_tokens: TOKENS, n: 2 },
      reported: (answer) => chatUsage(answer.json()['usage']),
    },
  ],
  [
    'chat completions, streamed',
    {
      format: 'openai-chat',
      path: '/api/llm/openai/v1/chat/completions',
      body: {
        model: 'gpt-5',
        messages: MESSAGES,
        max_completion_tokens: TOKENS,
        stream: true,
        stream_options: { include_usage: true },
      },
      reported: (answer) => chatUsage(last(eventsIn(answer), (event) => at(event, 'usage'))),
      ends: 'data: [DONE]\n\n',
    },
  ],
  [
    'completions',
    {
      format: 'openai-chat',
      path: '/api/llm/openai/v1/completions',
      body: { model: 'gpt-3.5-turbo-instruct', prompt: PROMPT },
      reported: (answer) => chatUsage(answer.json()['usage']),
    },
  ],
  [
    'responses',
    {
      format: 'openai-responses',
      path: '/api/llm/openai/v1/responses',
      body: { model: 'openai/gpt-5', input: PROMPT, max_output_tokens: TOKENS },
      reported: (answer) => counts(answer.json()['usage'], 'input_tokens', 'output_tokens'),
    },
  ],
  [
    'responses, streamed',
    {
      format: 'openai-responses',
      path: '/api/llm/openai/v1/responses',
      body: { model: 'gpt-5', input: PROMPT, reasoning: { effort: 'low', summary: 'auto' }, stream: true },
      reported: (answer) =>
        counts(
          last(eventsIn(answer), (event) => at(event, 'response', 'usage')),
          'input_tokens',
          'output_tokens',
        ),
      ends: '}}\n\n',
    },
  ],
  [
    'embeddings',
    {
      format: 'openai-embeddings',
      path: '/api/llm/openai/v1/embeddings',
      body: { model: 'text-embedding-3-small', input: [PROMPT, PROMPT], dimensions: 8 },
      reported: (answer) => [at(answer.json(), 'usage', 'prompt_tokens'), 0],
    },
  ],
  [
    'Tollgate’s own embeddings',
    {
      format: 'embed',
      path: '/api/llm/embed',
      body: { model: 'gemini-embedding-001', content: PROMPT },
      reported: (answer) => [at(answer.json(), 'usage', 'input_tokens'), 0],
    },
  ],
  [
    'generateContent',
    {
      format: 'gemini',
      path: '/api/llm/gemini/v1beta/models/gemini-2.5-flash:generateContent',
      body: GEMINI,
      reported: (answer) => geminiUsage(answer.json()['usageMetadata']),
    },
  ],
  [
    'streamGenerateContent in events',
    {
      format: 'gemini',
      path: '/api/llm/gemini/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
      body: GEMINI,
      reported: (answer) => geminiUsage(last(eventsIn(answer), (event) => at(event, 'usageMetadata'))),
      ends: '}\r\n\r\n',
    },
  ],
  [
    'streamGenerateContent as an array',
    {
      format: 'gemini',
      path: '/api/llm/gemini/v1beta/models/gemini-2.5-flash:streamGenerateContent',
      body: GEMINI,
      reported: (answer) => geminiUsage(at((JSON.parse(answer.text) as unknown[]).at(-1), 'usageMetadata')),
      ends: ']\n',
    },
  ],
  [
    'embedContent',
    {
      format: 'gemini',
      path: '/api/llm/gemini/v1beta/models/gemini-embedding-001:embedContent',
      body: { content: { parts: [{ text: PROMPT }] }, outputDimensionality: 8 },
      reported: (answer) => [at(answer.json(), 'usageMetadata', 'promptTokenCount'), 0],
    },
  ],
  [
    'Gemini on Vertex',
    {
      format: 'vertex-gemini',
      path: `${VERTEX}/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse`,
      body: GEMINI,
      reported: (answer) => geminiUsage(last(eventsIn(answer), (event) => at(event, 'usageMetadata'))),
      ends: '}\r\n\r\n',
    },
  ],
  [
    'Claude on Vertex',
    {
      format: 'vertex-claude',
      path: `${VERTEX}/anthropic/models/claude-sonnet-4-5@20250929:rawPredict`,
      body: { anthropic_version: 'vertex-2023-10-16', ...CLAUDE },
      reported: anthropicJson,
    },
  ],
  [
    'Claude on Vertex, streamed',
    {
      format: 'vertex-claude',
      path: `${VERTEX}/anthropic/models/claude-sonnet-5-5:streamRawPredict`,
      body: { anthropic_version: 'vertex-2023-10-16', ...CLAUDE, stream: true },
      reported: anthropicSse,
      ends: MESSAGE_STOP,
    },
  ],
  [
    'converse',
    {
      format: 'bedrock',
      path: `${BEDROCK}/converse`,
      body: CONVERSE,
      reported: (answer) => counts(answer.json()['usage'], 'inputTokens', 'outputTokens'),
    },
  ],
  [
    'converse, streamed',
    {
      format: 'bedrock',
      path: `${BEDROCK}/converse-stream`,
      body: CONVERSE,
      reported: (answer) =>
        counts(
          last(framesIn(answer), (frame) => at(frame, 'usage')),
          'inputTokens',
          'outputTokens',
        ),
    },
  ],
  ['invoke', { format: 'bedrock', path: `${BEDROCK}/invoke`, body: INVOKE, reported: anthropicJson }],
  [
    'invoke, streamed',
    {
      format: 'bedrock',
      path: `${BEDROCK}/invoke-with-response-stream`,
      body: INVOKE,
      reported: (answer) =>
        anthropicEvents(
          framesIn(answer).map(
            ({ bytes }) => JSON.parse(Buffer.from(String(bytes), 'base64').toString()) as unknown,
          ),
        ),
    },
  ],
];

it('every format of the registry is asked', () => {
  const asked = new Set(CASES.map(([, { format }]) => format));
  expect(FORMATS.map(({ name }) => name).filter((name) => !asked.has(name))).toEqual([]);
});

describeMounts('the sandbox', (mount) => {
  let gateway: TestGateway;
  let customer: Customer;
  /** All are asked at once: each takes as long as a model would. */
  const results = new Map<string, { readonly answer: RawAnswer; readonly row: Row }>();

  const ask = (path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) =>
    send(gateway.url, {
      path,
      headers: { authorization: `Bearer ${customer.token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  beforeAll(async () => {
    gateway = await mount.start({});
    customer = await gateway.customer({ plan: {} });
    await Promise.all(
      CASES.map(async ([name, { path, body }]) => {
        const answer = await ask(path, body);
        const row = await gateway.settledRow(answer.headers['x-request-id'] ?? '');
        results.set(name, { answer, row });
      }),
    );
  });
  afterAll(() => gateway.stop());

  it.each(CASES)('%s: answered, ended and settled exactly with what the answer reports', (name, asked) => {
    const { answer, row } = results.get(name) ?? {};
    if (answer === undefined || row === undefined) throw new Error('never answered');
    expect([answer.status, answer.headers['x-tollgate-provider']]).toEqual([200, 'sandbox']);
    const [input, output] = asked.reported(answer);
    expect([typeof input, typeof output]).toEqual(['number', 'number']);
    expect(row).toMatchObject({
      user_id: customer.user,
      provider: 'sandbox',
      ending: 'complete',
      grade: 'exact',
      input_tokens: input,
      output_tokens: output,
    });
    expect(row['cost_nano_usd']).toBeGreaterThan(0);
    if (asked.ends !== undefined) expect(answer.text.slice(-asked.ends.length)).toBe(asked.ends);
  });

  it.each([
    ['/api/llm/anthropic/v1/messages/count_tokens', { model: 'claude-sonnet-5-5', messages: MESSAGES }],
    ['/api/llm/openai/v1/responses/input_tokens', { model: 'gpt-5', input: PROMPT }],
    ['/api/llm/gemini/v1beta/models/gemini-2.5-flash:countTokens', { contents: CONTENTS }],
    [`${BEDROCK}/count-tokens`, { input: { converse: CONVERSE } }],
    [
      `${VERTEX}/anthropic/models/count-tokens:rawPredict`,
      { model: 'claude-sonnet-5-5', anthropic_version: 'vertex-2023-10-16', messages: MESSAGES },
    ],
  ])('%s counts', async (path, body) => {
    const answer = await ask(path, body);
    expect([answer.status, answer.headers['x-tollgate-provider']]).toEqual([200, 'sandbox']);
    expect(answer.text).toMatch(/"(?:input_tokens|totalTokens|inputTokens)":[1-9]\d*/);
  });

  describe('what the sandbox would have to remember', () => {
    it('reading an answer again is OpenAI’s 404, building on it a 400', async () => {
      const id = String(results.get('responses')?.answer.json()['id']);
      const message = `Response with id '${id}' not found: the sandbox keeps no answers.`;
      const read = await ask(`/api/llm/openai/v1/responses/${id}`);
      expect([read.status, read.json()['error']]).toMatchObject([404, { message }]);
      const body = { model: 'gpt-5', input: PROMPT, previous_response_id: id };
      const next = await ask('/api/llm/openai/v1/responses', body);
      const code = 'previous_response_not_found';
      expect([next.status, next.json()['error']]).toMatchObject([400, { code }]);
    });

    it('compacting is OpenAI’s 400 and costs nothing', async () => {
      const answer = await ask('/api/llm/openai/v1/responses/compact', { model: 'gpt-5', input: PROMPT });
      expect([answer.status, answer.json()['error']]).toMatchObject([400, { type: 'invalid_request_error' }]);
      const row = await gateway.settledRow(answer.headers['x-request-id'] ?? '');
      expect(row).toMatchObject({ ending: 'refused', cost_nano_usd: 0 });
    });
  });

  it('each format lists the models of its own providers', async () => {
    const anthropic = await ask('/api/llm/anthropic/v1/models?limit=1000');
    const ids = (anthropic.json()['data'] as readonly { id: string }[]).map(({ id }) => id);
    expect(ids).toContain('claude-sonnet-5-5');
    expect(ids.every((id) => id.startsWith('claude-'))).toBe(true);
    const openai = await ask('/api/llm/openai/v1/models');
    const names = (openai.json()['data'] as readonly { id: string }[]).map(({ id }) => id);
    expect(names).toEqual(expect.arrayContaining(['gpt-5', 'text-embedding-3-small', 'gemini-2.5-flash']));
    const gemini = await ask('/api/llm/gemini/v1beta/models?pageSize=1000');
    const models = (gemini.json()['models'] as readonly { name: string }[]).map(({ name }) => name);
    expect(models).toContain('models/gemini-2.5-flash');
    expect(models.every((name) => name.startsWith('models/gemini-'))).toBe(true);
  });
});
