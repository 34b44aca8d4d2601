/** What holds for the sandbox in every dialect: the same words, the models of real providers, its pace and its breaks. */
import { describe, expect, it } from 'vitest';
import { FORMATS } from '@/lib/wire/registry';
import { createSandbox, sandbox } from '@/lib/providers/sandbox/sandbox';
import { answered, askSandbox, NO_SETTINGS, NO_TOOLS, type SandboxAsk } from '@/tests/support/sandbox-call';

const PROMPT = 'Say hello 🦩';
const MESSAGES = [{ role: 'user', content: PROMPT }];
const CONTENTS = [{ role: 'user', parts: [{ text: PROMPT }] }];
const CLAUDE = { max_tokens: 500, messages: MESSAGES };
const CONVERSE = { messages: [{ role: 'user', content: [{ text: PROMPT }] }] };
const BEDROCK_MODEL = 'anthropic.claude-sonnet-5-5';

/** One whole and one streamed question per format that talks. */
const TALKS: readonly (readonly [name: string, whole: SandboxAsk, streamed: SandboxAsk])[] = [
  [
    'anthropic-messages',
    { format: 'anthropic-messages', path: '/v1/messages', body: { model: 'claude-x', ...CLAUDE } },
    {
      format: 'anthropic-messages',
      path: '/v1/messages',
      body: { model: 'claude-x', ...CLAUDE, stream: true },
    },
  ],
  [
    'openai-chat',
    { format: 'openai-chat', path: '/v1/chat/completions', body: { model: 'gpt-x', messages: MESSAGES } },
    {
      format: 'openai-chat',
      path: '/v1/chat/completions',
      body: { model: 'gpt-x', messages: MESSAGES, stream: true },
    },
  ],
  [
    'openai-responses',
    { format: 'openai-responses', path: '/v1/responses', body: { model: 'gpt-x', input: PROMPT } },
    {
      format: 'openai-responses',
      path: '/v1/responses',
      body: { model: 'gpt-x', input: PROMPT, stream: true },
    },
  ],
  [
    'gemini',
    { format: 'gemini', path: '/v1beta/models/{model+}:generateContent', body: { contents: CONTENTS } },
    { format: 'gemini', path: '/v1beta/models/{model+}:streamGenerateContent', body: { contents: CONTENTS } },
  ],
  [
    'vertex-claude',
    {
      format: 'vertex-claude',
      path: '/models/{model}:rawPredict',
      body: { anthropic_version: 'vertex-2023-10-16', ...CLAUDE },
    },
    {
      format: 'vertex-claude',
      path: '/models/{model}:streamRawPredict',
      body: { anthropic_version: 'vertex-2023-10-16', ...CLAUDE },
    },
  ],
  [
    'bedrock converse',
    { format: 'bedrock', path: '/model/{model}/converse', model: BEDROCK_MODEL, body: CONVERSE },
    { format: 'bedrock', path: '/model/{model}/converse-stream', model: BEDROCK_MODEL, body: CONVERSE },
  ],
  [
    'bedrock invoke',
    {
      format: 'bedrock',
      path: '/model/{model}/invoke',
      model: BEDROCK_MODEL,
      body: { anthropic_version: 'bedrock-2023-05-31', ...CLAUDE },
    },
    {
      format: 'bedrock',
      path: '/model/{model}/invoke-with-response-stream',
      model: BEDROCK_MODEL,
      body: { anthropic_version: 'bedrock-2023-05-31', ...CLAUDE },
    },
  ],
];

/** The simulated words in a JSON answer of any shape. */
const wordsIn = (text: string) => /"(This is a simulated answer[^"]+)"/.exec(text)?.[1];

describe('words', () => {
  it('every dialect says the same to the same question, and that it is simulated', async () => {
    const said = await Promise.all(TALKS.map(async ([, whole]) => wordsIn((await answered(whole)).text)));
    expect(new Set(said).size).toBe(1);
    expect(said[0]).toContain(`You wrote: “${PROMPT}”.`);
  });

  it.each(TALKS)('%s: the same request gives the same bytes, whole and streamed', async (_name, ...asks) => {
    for (const ask of asks) {
      const first = await answered(ask);
      expect(first.status).toBe(200);
      expect((await answered(ask)).bytes).toEqual(first.bytes);
    }
  });

  it.each(TALKS)(
    '%s: a running stream breaks off with the reason its caller left for',
    async (...[, , ask]) => {
      const caller = new AbortController();
      const { body } = await askSandbox({ ...ask, signal: caller.signal });
      const reader = body?.getReader();
      expect((await reader?.read())?.done).toBe(false);
      caller.abort(new Error('left'));
      await expect(reader?.read()).rejects.toThrow('left');
    },
  );

  it.each(TALKS)(
    '%s: an answer takes time by default, and a caller who leaves ends the wait',
    async (...[, ask]) => {
      const caller = new AbortController();
      const pending = askSandbox({ ...ask, provider: sandbox, signal: caller.signal });
      caller.abort(new Error('left'));
      await expect(pending).rejects.toThrow('left');
    },
  );

  it('a stream can be cancelled by its reader', async () => {
    const ask = TALKS[0]?.[2];
    if (ask === undefined) throw new Error('nothing to ask');
    const { body } = await askSandbox({ ...ask, provider: createSandbox({ pace: 0.01 }) });
    const reader = body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect((await reader?.read())?.done).toBe(true);
  });
});

/** Every endpoint with a body that it takes. */
const ENDPOINTS: readonly SandboxAsk[] = [
  ...TALKS.flatMap(([, whole, streamed]) => [whole, streamed]),
  { format: 'openai-chat', path: '/v1/completions', body: { model: 'gpt-x', prompt: PROMPT } },
  { format: 'openai-responses', path: '/v1/responses/input_tokens', body: { model: 'gpt-x', input: PROMPT } },
  { format: 'openai-embeddings', path: '/v1/embeddings', body: { model: 'x', input: PROMPT, dimensions: 8 } },
  { format: 'gemini', path: '/{model+}:countTokens', body: { contents: CONTENTS } },
  {
    format: 'gemini',
    path: '/{model+}:embedContent',
    body: { content: CONTENTS[0], outputDimensionality: 8 },
  },
  {
    format: 'gemini',
    path: '/{model+}:batchEmbedContents',
    body: { requests: [{ content: CONTENTS[0], outputDimensionality: 8 }] },
  },
  { format: 'bedrock', path: '/model/{model}/count-tokens', body: { input: { converse: CONVERSE } } },
];
/** Fields that some dialect reads, beside those of the bodies above. */
const FIELDS = [
  'n',
  'tools',
  'system',
  'thinking',
  'reasoning',
  'generationConfig',
  'inferenceConfig',
  'stream_options',
  'include',
];
const DEEP = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
const NONSENSE = [null, 0, -1, 1.5, 1e308, '', 'x', true, [], [null], [[7]], {}, { a: null }, [{ role: 7 }]];

describe('bodies', () => {
  it.each(ENDPOINTS.map((ask) => [`${ask.format} ${ask.path}`, ask] as const))(
    '%s: whatever stands in a field, the answer is one or the refusal of a bad request',
    async (_name, ask) => {
      const body = ask.body as Record<string, unknown>;
      for (const field of [...Object.keys(body), ...FIELDS]) {
        for (const value of NONSENSE) {
          const { status } = await answered({ ...ask, body: { ...body, [field]: value } });
          expect([200, 400], `${field}: ${JSON.stringify(value)}`).toContain(status);
        }
        const deep = JSON.stringify({ ...body, [field]: '@' }).replace('"@"', DEEP);
        expect((await answered({ ...ask, body: deep })).status, `${field}: nested`).toBe(400);
      }
      for (const text of ['', 'null', '[]', '{'])
        expect((await answered({ ...ask, body: text })).status, text).toBe(400);
    },
  );
});

describe('models', () => {
  const offered = (format: string) =>
    sandbox.models.filter((entry) => sandbox.serves?.(format, entry, entry.id)).map(({ id }) => id);
  const takes = (format: string, model: string) => {
    const match = sandbox.find(model);
    return match !== null && sandbox.serves?.(format, match.entry, match.upstreamModel) === true;
  };

  it('each format offers what its real providers would, and nothing of the others', () => {
    expect(offered('anthropic-messages').every((id) => id.startsWith('claude-'))).toBe(true);
    expect(offered('openai-responses').every((id) => !/claude|gemini|embed/.test(id))).toBe(true);
    expect(offered('openai-chat')).toEqual(expect.arrayContaining(['gpt-5', 'gemini-2.5-flash']));
    expect(offered('openai-embeddings').every((id) => id.includes('embedding'))).toBe(true);
    expect(offered('embed').every((id) => id.startsWith('gemini-embedding'))).toBe(true);
    expect(offered('gemini').every((id) => id.startsWith('gemini-'))).toBe(true);
    expect(offered('vertex-claude').every((id) => id.startsWith('claude-'))).toBe(true);
    expect(offered('bedrock').every((id) => id.includes('.'))).toBe(true);
    for (const format of sandbox.formats) expect(offered(format)).not.toHaveLength(0);
  });

  it.each([
    ['anthropic-messages', 'claude-sonnet-4-5-20250929', 'gpt-5'],
    ['openai-chat', 'gpt-4o', 'text-embedding-3-small'],
    ['openai-responses', 'gpt-5.1', 'claude-sonnet-4-5'],
    ['openai-embeddings', 'text-embedding-3-large', 'gpt-4o'],
    ['gemini', 'gemini-2.5-pro', 'claude-sonnet-4-5'],
    ['vertex-claude', 'claude-sonnet-4-5@20250929', 'gemini-2.5-pro'],
    ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
  ])('%s takes %s and not %s', (format, known, foreign) => {
    expect([takes(format, known), takes(format, foreign)]).toEqual([true, false]);
    expect(sandbox.find(known)?.entry).not.toBeNull();
  });

  it('takes unlisted ids that are plainly of a format’s kind, and no others', () => {
    expect(takes('openai-chat', 'gpt-9-nova')).toBe(true);
    expect(takes('anthropic-messages', 'gpt-9-nova')).toBe(false);
    expect(sandbox.find('llama-3')).toBeNull();
  });

  it('speaks every format the gateway does', () => {
    expect(FORMATS.map(({ name }) => name).filter((name) => !sandbox.formats.includes(name))).toEqual([]);
  });

  it('is always reachable', async () => {
    expect((await sandbox.probe(NO_SETTINGS, new AbortController().signal, NO_TOOLS)).status).toBe(200);
  });
});
