/** The sandbox answers like the Gemini API, and its own embedding format like Google's models. */
import { describe, expect, it } from 'vitest';
import { answered, jsonOf, type SandboxAsk, sseEvents } from '@/tests/support/sandbox-call';

const HELLO = { contents: [{ role: 'user', parts: [{ text: 'Say hello 🦩' }] }] };
const THINKING = { thinkingConfig: { includeThoughts: true } };

const ask = (task: string, body: unknown, search = ''): SandboxAsk => ({
  format: 'gemini',
  path: `/v1beta/models/{model+}:${task}`,
  model: 'gemini-2.5-flash',
  body,
  search,
});

interface Chunk {
  candidates: {
    index: number;
    content: { parts?: { text: string; thought?: boolean }[] };
    finishReason?: string;
  }[];
  usageMetadata: {
    promptTokenCount: number;
    candidatesTokenCount?: number;
    thoughtsTokenCount?: number;
    totalTokenCount: number;
  };
  modelVersion: string;
}

const generate = (generationConfig: object = {}) =>
  jsonOf<Chunk>(ask('generateContent', { ...HELLO, generationConfig }));
const textOf = (chunks: readonly Chunk[], index = 0) =>
  chunks
    .flatMap(({ candidates }) => candidates.filter((one) => one.index === index))
    .flatMap(({ content }) => content.parts ?? [])
    .filter(({ thought }) => thought !== true)
    .map(({ text }) => text)
    .join('');
const streamed = async (generationConfig: object = {}) => {
  const sent = ask('streamGenerateContent', { ...HELLO, generationConfig }, '?alt=sse');
  return sseEvents<Chunk>((await answered(sent)).text, '\r\n').map(({ data }) => data);
};

describe('generateContent', () => {
  it('answers in the API’s shape and counts its words', async () => {
    const whole = await generate();
    const { promptTokenCount, candidatesTokenCount, totalTokenCount } = whole.usageMetadata;
    expect(candidatesTokenCount).toBe(textOf([whole]).split(/\s+/).length);
    expect(totalTokenCount).toBe(promptTokenCount + (candidatesTokenCount ?? 0));
    expect(whole).toMatchObject({ modelVersion: 'gemini-2.5-flash', candidates: [{ finishReason: 'STOP' }] });
  });

  it('streams the same words as events that end in CRLF with alt=sse, and as a growing array without', async () => {
    const whole = await generate();
    const events = await streamed();
    expect(textOf(events)).toBe(textOf([whole]));
    expect(events.at(-1)?.usageMetadata).toEqual(whole.usageMetadata);
    expect(events.filter(({ candidates }) => candidates[0]?.finishReason !== undefined)).toHaveLength(1);
    const array = await answered(ask('streamGenerateContent', { ...HELLO, generationConfig: {} }));
    expect(array.headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect(JSON.parse(array.text)).toEqual(events);
  });

  it('counts its thoughts when thinking is asked for, and shows them when that is', async () => {
    const hidden = await generate({ thinkingConfig: { thinkingBudget: 128 } });
    expect(hidden.usageMetadata.thoughtsTokenCount).toBe(11);
    expect(hidden.candidates[0]?.content.parts).toHaveLength(1);
    const shown = await generate(THINKING);
    expect(shown.candidates[0]?.content.parts?.map(({ thought }) => thought)).toEqual([true, undefined]);
    expect((await streamed(THINKING)).at(-1)?.usageMetadata).toEqual(shown.usageMetadata);
    expect((await generate({ thinkingConfig: { thinkingBudget: 0 } })).usageMetadata).not.toHaveProperty(
      'thoughtsTokenCount',
    );
  });

  it.each([
    [{ maxOutputTokens: 3 }, 3, 'This is a'],
    [{ max_output_tokens: 3 }, 3, 'This is a'],
    [{ maxOutputTokens: 5, ...THINKING }, undefined, ''],
  ])('stops at the output allowance, thoughts included: %#', async (config, written, text) => {
    const [whole, events] = [await generate(config), await streamed(config)];
    for (const chunks of [[whole], events]) {
      expect(chunks.at(-1)).toMatchObject({ candidates: [{ finishReason: 'MAX_TOKENS' }] });
      expect(chunks.at(-1)?.usageMetadata.candidatesTokenCount).toBe(written);
      expect(textOf(chunks)).toBe(text);
    }
  });

  it('gives as many candidates as asked for, and counts them all', async () => {
    const whole = await generate({ candidateCount: 2 });
    expect(whole.candidates.map(({ index }) => index)).toEqual([0, 1]);
    const events = await streamed({ candidateCount: 2 });
    for (const index of [0, 1]) expect(textOf(events, index)).toBe(textOf([whole], index));
    expect(events.at(-1)?.usageMetadata).toEqual(whole.usageMetadata);
  });

  it('counts tokens as the answer will', async () => {
    const { promptTokenCount } = (await generate()).usageMetadata;
    expect(await jsonOf(ask('countTokens', HELLO))).toMatchObject({ totalTokens: promptTokenCount });
    const wrapped = { generateContentRequest: { model: 'models/gemini-2.5-flash', ...HELLO } };
    expect(await jsonOf(ask('countTokens', wrapped))).toMatchObject({ totalTokens: promptTokenCount });
  });

  it.each([
    ['{', 'contents is not specified'],
    [{ contents: [{ role: 'user', parts: [] }] }, 'contents.parts must not be empty'],
    [{ ...HELLO, generationConfig: { maxOutputTokens: 0 } }, 'max_output_tokens must be positive'],
    [{ ...HELLO, generationConfig: { candidateCount: 9 } }, 'candidate_count'],
  ])('refuses a faulty body as the API does: %#', async (body, problem) => {
    const error = {
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: expect.stringContaining(problem) as string,
    };
    const plain = await answered(ask('generateContent', body));
    expect([plain.status, JSON.parse(plain.text)]).toEqual([400, { error }]);
    const inArray = await answered(ask('streamGenerateContent', body));
    expect([inArray.status, JSON.parse(inArray.text)]).toEqual([400, [{ error }]]);
  });
});

describe('embeddings', () => {
  interface Embedded {
    embedding: { values: number[] };
    usageMetadata: { promptTokenCount: number };
  }
  const content = { parts: [{ text: 'hello' }] };

  it('embeds one text or a batch, in the size asked for', async () => {
    const one = await jsonOf<Embedded>(ask('embedContent', { content }));
    expect(one.embedding.values).toHaveLength(3_072);
    expect(one.usageMetadata.promptTokenCount).toBe(2);
    const requests = [{ content }, { content, outputDimensionality: 8 }];
    const batch = await jsonOf<{ embeddings: { values: number[] }[]; usageMetadata: object }>(
      ask('batchEmbedContents', { requests }),
    );
    expect(batch.embeddings[0]).toEqual(one.embedding);
    expect(batch.embeddings[1]?.values).toHaveLength(8);
    expect(batch.usageMetadata).toMatchObject({ promptTokenCount: 4 });
  });

  it.each([
    ['embedContent', {}],
    ['embedContent', { content, outputDimensionality: 0 }],
    ['batchEmbedContents', { requests: [] }],
    ['batchEmbedContents', { requests: [{ content }, {}] }],
  ])('%s refuses a faulty body as the API does: %#', async (task, body) => {
    const { status, text } = await answered(ask(task, body));
    expect([status, JSON.parse(text)]).toMatchObject([400, { error: { status: 'INVALID_ARGUMENT' } }]);
  });

  it('the gateway’s own format gets unit vectors that depend on the text alone', async () => {
    const body = { model: 'gemini-embedding-001', content: ['one', 'two', 'one'] };
    const answer = await jsonOf<{ model: string; embeddings: number[][]; usage: unknown }>({
      format: 'embed',
      path: '',
      kind: 'embed',
      body,
    });
    const [one, two, again] = answer.embeddings;
    expect(answer.model).toBe(body.model);
    expect(one).toHaveLength(768);
    expect(Math.hypot(...(one ?? []))).toBeCloseTo(1, 6);
    expect(again).toEqual(one);
    expect(two).not.toEqual(one);
    expect(answer.usage).toEqual({ input_tokens: 3 });
  });
});
