/** The sandbox answers like OpenAI's Chat Completions, Completions and Embeddings: same shapes, plausible counts. */
import { describe, expect, it } from 'vitest';
import { answered, jsonOf, SANDBOX_NOW_MS, type SandboxAsk, sseEvents } from '@/tests/support/sandbox-call';

const HELLO = { model: 'gpt-5', messages: [{ role: 'user', content: 'Say hello 🦩' }] };

const ask =
  (format: string, path: string) =>
  (body: unknown): SandboxAsk => ({ format, path, body });
const chat = ask('openai-chat', '/v1/chat/completions');
const legacy = ask('openai-chat', '/v1/completions');
const embeddings = ask('openai-embeddings', '/v1/embeddings');

interface Choice {
  index: number;
  text?: string;
  message?: { role: string; content: string };
  delta?: { role?: string; content?: string };
  finish_reason: string | null;
}
interface Completion {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: Choice[];
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | null;
}

const wordCount = (text = '') => text.trim().split(/\s+/).length;
const contentOf = ({ choices }: Completion, index = 0) => choices[index]?.message?.content;
const chunksOf = async (sent: SandboxAsk) => {
  const { text } = await answered(sent);
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  return sseEvents<Completion>(text).map(({ data }) => data);
};

describe('chat completions', () => {
  it('answers in the API’s shape and counts its words', async () => {
    const answer = await jsonOf<Completion>(chat(HELLO));
    const words = wordCount(contentOf(answer));
    expect(answer).toMatchObject({
      object: 'chat.completion',
      created: SANDBOX_NOW_MS / 1000,
      model: 'gpt-5',
      choices: [{ index: 0, message: { role: 'assistant' }, finish_reason: 'stop' }],
      usage: { completion_tokens: words, total_tokens: words + (answer.usage?.prompt_tokens ?? 0) },
    });
  });

  it('streams the same words; the usage comes last and only when asked for', async () => {
    const whole = await jsonOf<Completion>(chat(HELLO));
    const plain = await chunksOf(chat({ ...HELLO, stream: true }));
    expect(plain.map(({ choices }) => choices[0]?.delta?.content ?? '').join('')).toBe(contentOf(whole));
    expect(plain.some((chunk) => 'usage' in chunk)).toBe(false);
    expect(plain.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    const asked = await chunksOf(chat({ ...HELLO, stream: true, stream_options: { include_usage: true } }));
    expect(asked.at(-1)).toMatchObject({
      choices: [],
      usage: { completion_tokens: whole.usage?.completion_tokens },
    });
    expect(asked.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  it.each([['max_tokens'], ['max_completion_tokens']])(
    'stops at %s with the reason length',
    async (field) => {
      const whole = await jsonOf<Completion>(chat({ ...HELLO, [field]: 3 }));
      expect(contentOf(whole)).toBe('This is a');
      expect(whole).toMatchObject({
        choices: [{ finish_reason: 'length' }],
        usage: { completion_tokens: 3 },
      });
      const chunks = await chunksOf(chat({ ...HELLO, [field]: 3, stream: true }));
      expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length');
    },
  );

  it('gives n answers, each its own, and counts them all', async () => {
    const whole = await jsonOf<Completion>(chat({ ...HELLO, n: 3 }));
    expect(whole.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    const words = whole.choices.map(({ message }) => wordCount(message?.content));
    expect(whole.usage?.completion_tokens).toBe(words.reduce((sum, one) => sum + one));
    const chunks = await chunksOf(chat({ ...HELLO, n: 3, stream: true }));
    for (const index of [0, 1, 2]) {
      const own = chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index));
      expect(own.map(({ delta }) => delta?.content ?? '').join('')).toBe(contentOf(whole, index));
      expect(own.at(-1)?.finish_reason).toBe('stop');
    }
  });

  it('hides its thoughts but counts them', async () => {
    const plain = await jsonOf<Completion>(chat(HELLO));
    const thinking = await jsonOf<Completion>(chat({ ...HELLO, reasoning_effort: 'low' }));
    const reasoning_tokens = 11;
    expect(contentOf(thinking)).toBe(contentOf(plain));
    expect(thinking.usage).toMatchObject({
      completion_tokens: (plain.usage?.completion_tokens ?? 0) + reasoning_tokens,
      completion_tokens_details: { reasoning_tokens },
    });
  });

  it('answers an agent with tools in plain text', async () => {
    const tools = [{ type: 'function', function: { name: 'get_weather' } }];
    const { choices } = await jsonOf<Completion>(chat({ ...HELLO, tools, tool_choice: 'required' }));
    expect(choices).toMatchObject([
      { finish_reason: 'stop', message: { content: expect.any(String) as string } },
    ]);
  });

  it.each([
    ['{', 'you must provide a model parameter', null],
    [{ model: 'gpt-5' }, "Missing required parameter: 'messages'.", 'messages'],
    [{ ...HELLO, messages: [] }, "Invalid 'messages': empty array.", 'messages'],
    [{ ...HELLO, max_tokens: 0 }, "Invalid 'max_tokens': integer below minimum value.", 'max_tokens'],
    [{ ...HELLO, n: 129 }, "Invalid 'n': integer above maximum value.", 'n'],
    [{ ...HELLO, n: 'x' }, "Invalid type for 'n'", 'n'],
  ])('refuses a faulty body as the API does: %#', async (body, problem, param) => {
    const { status, text } = await answered(chat(body));
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      error: { type: 'invalid_request_error', message: expect.stringContaining(problem) as string, param },
    });
  });
});

describe('completions', () => {
  it('answers every prompt n times, within the API’s small default allowance', async () => {
    const body = { model: 'gpt-3.5-turbo-instruct', prompt: ['one', 'two'], n: 2 };
    const { choices, usage, object } = await jsonOf<Completion>(legacy(body));
    expect(object).toBe('text_completion');
    expect(choices.map(({ index, finish_reason }) => [index, finish_reason])).toEqual(
      [0, 1, 2, 3].map((index) => [index, 'length']),
    );
    expect(usage?.completion_tokens).toBe(4 * 16);
  });

  it('streams the same words', async () => {
    const body = { model: 'gpt-3.5-turbo-instruct', prompt: 'one', max_tokens: 100 };
    const whole = await jsonOf<Completion>(legacy(body));
    const chunks = await chunksOf(legacy({ ...body, stream: true, stream_options: { include_usage: true } }));
    expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe(whole.choices[0]?.text);
    expect(chunks.at(-1)?.usage).toEqual(whole.usage);
  });

  it('refuses more answers than it could ever write', async () => {
    const body = { model: 'gpt-3.5-turbo-instruct', prompt: Array(1_025).fill('a'), n: 2 };
    expect((await answered(legacy(body))).status).toBe(400);
  });
});

describe('embeddings', () => {
  interface Embeddings {
    data: { index: number; embedding: number[] | string }[];
    usage: { prompt_tokens: number };
  }
  const SMALL = 'text-embedding-3-small';

  it('gives unit vectors of the model’s size that depend on the text alone', async () => {
    const { data, usage } = await jsonOf<Embeddings>(
      embeddings({ model: SMALL, input: ['one', 'two', 'one'] }),
    );
    const [one, two, again] = data.map(({ embedding }) => embedding as number[]);
    expect(one).toHaveLength(1_536);
    expect(Math.hypot(...(one ?? []))).toBeCloseTo(1, 6);
    expect(again).toEqual(one);
    expect(two).not.toEqual(one);
    expect(usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
    const large = await jsonOf<Embeddings>(embeddings({ model: 'text-embedding-3-large', input: 'one' }));
    expect(large.data[0]?.embedding).toHaveLength(3_072);
  });

  it('gives the same numbers as base64 of 32-bit floats', async () => {
    const body = { model: SMALL, input: 'one', dimensions: 8 };
    const plain = await jsonOf<Embeddings>(embeddings(body));
    const coded = await jsonOf<Embeddings>(embeddings({ ...body, encoding_format: 'base64' }));
    const bytes = Buffer.from(String(coded.data[0]?.embedding), 'base64');
    const floats = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
    expect(floats).toEqual(
      plain.data.flatMap(({ embedding }) => (embedding as number[]).map((value) => Math.fround(value))),
    );
  });

  it('takes tokens for text, one input or several', async () => {
    const one = await jsonOf<Embeddings>(embeddings({ model: SMALL, input: [1, 2, 3] }));
    expect([one.data.length, one.usage.prompt_tokens]).toEqual([1, 3]);
    const two = await jsonOf<Embeddings>(embeddings({ model: SMALL, input: [[1, 2], [3]] }));
    expect([two.data.length, two.usage.prompt_tokens]).toEqual([2, 3]);
  });

  it.each([
    [{ model: SMALL }],
    [{ model: SMALL, input: '' }],
    [{ model: SMALL, input: [] }],
    [{ model: SMALL, input: ['a', 1] }],
    [{ model: SMALL, input: 'a', dimensions: 0 }],
    [{ model: SMALL, input: 'a', encoding_format: 'hex' }],
  ])('refuses a faulty body as the API does: %#', async (body) => {
    const { status, text } = await answered(embeddings(body));
    expect([status, JSON.parse(text)]).toMatchObject([400, { error: { type: 'invalid_request_error' } }]);
  });
});
