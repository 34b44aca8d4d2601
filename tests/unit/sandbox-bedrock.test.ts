/** The sandbox answers like Amazon Bedrock: Converse for any model, InvokeModel for Claude, streams in frames. */
import { describe, expect, it } from 'vitest';
import { EventStreamFramer } from '@/lib/std/event-stream';
import { answered, jsonOf, type SandboxAsk } from '@/tests/support/sandbox-call';

const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const CONVERSE = { messages: [{ role: 'user', content: [{ text: 'Say hello 🦩' }] }] };
const INVOKE = {
  anthropic_version: 'bedrock-2023-05-31',
  max_tokens: 500,
  messages: [{ role: 'user', content: 'Say hello 🦩' }],
};
const THINKING = { thinking: { type: 'enabled', budget_tokens: 1_024 } };

const ask = (verb: string, body: unknown, model = MODEL): SandboxAsk => ({
  format: 'bedrock',
  path: `/model/{model}/${verb}`,
  model,
  body,
});

interface Frame {
  name: string;
  payload: Record<string, unknown>;
}

async function framesOf(sent: SandboxAsk): Promise<Frame[]> {
  const { headers, bytes } = await answered(sent);
  expect(headers.get('content-type')).toBe('application/vnd.amazon.eventstream');
  const frames: Frame[] = [];
  const framer = new EventStreamFramer(
    ({ name, payload }) => {
      frames.push({ name, payload: JSON.parse(new TextDecoder().decode(payload)) as Frame['payload'] });
    },
    { onProblem: (problem) => expect.unreachable(problem) },
  );
  framer.push(bytes);
  return frames;
}

describe('converse', () => {
  interface Answer {
    output: { message: { content: { text?: string; reasoningContent?: unknown }[] } };
    stopReason: string;
    usage: { inputTokens: number; outputTokens: number; totalTokens: number };
  }

  it('answers any model in the API’s shape and counts its words', async () => {
    const { output, stopReason, usage } = await jsonOf<Answer>(
      ask('converse', CONVERSE, 'amazon.nova-pro-v1:0'),
    );
    expect([stopReason, output.message.content.length]).toEqual(['end_turn', 1]);
    expect(usage.outputTokens).toBe(output.message.content[0]?.text?.split(/\s+/).length);
    expect(usage.totalTokens).toBe(usage.inputTokens + usage.outputTokens);
  });

  it('streams the same words; the usage comes last', async () => {
    const whole = await jsonOf<Answer>(ask('converse', CONVERSE));
    const frames = await framesOf(ask('converse-stream', CONVERSE));
    const names = frames.map(({ name }) => name).filter((name, at, all) => name !== all[at - 1]);
    expect(names).toEqual([
      'messageStart',
      'contentBlockDelta',
      'contentBlockStop',
      'messageStop',
      'metadata',
    ]);
    const deltas = frames.map(
      ({ payload }) => (payload['delta'] as { text?: string } | undefined)?.text ?? '',
    );
    expect(deltas.join('')).toBe(whole.output.message.content[0]?.text);
    expect(frames.at(-1)?.payload['usage']).toEqual(whole.usage);
  });

  it('thinks when the model’s own fields say so', async () => {
    const body = { ...CONVERSE, additionalModelRequestFields: THINKING };
    const { output } = await jsonOf<Answer>(ask('converse', body));
    expect(output.message.content.map((block) => Object.keys(block)[0])).toEqual([
      'reasoningContent',
      'text',
    ]);
    const blocks = (await framesOf(ask('converse-stream', body))).map(
      ({ payload }) => payload['contentBlockIndex'],
    );
    expect(new Set(blocks)).toEqual(new Set([undefined, 0, 1]));
  });

  it('stops at maxTokens', async () => {
    const body = { ...CONVERSE, inferenceConfig: { maxTokens: 3 } };
    expect(await jsonOf(ask('converse', body))).toMatchObject({
      output: { message: { content: [{ text: 'This is a' }] } },
      stopReason: 'max_tokens',
      usage: { outputTokens: 3 },
    });
  });

  it('counts tokens as the answer will', async () => {
    const { usage } = await jsonOf<Answer>(ask('converse', CONVERSE));
    expect(await jsonOf(ask('count-tokens', { input: { converse: CONVERSE } }))).toEqual({
      inputTokens: usage.inputTokens,
    });
  });
});

describe('invoke', () => {
  interface Message {
    model: string;
    content: { text: string }[];
    usage: { input_tokens: number; output_tokens: number };
  }

  it('answers Claude’s bodies in Claude’s shape, with the counts in headers too', async () => {
    const { headers, text } = await answered(ask('invoke', INVOKE));
    const { model, usage } = JSON.parse(text) as Message;
    expect(model).toBe('claude-sonnet-4-5-20250929');
    expect(headers.get('x-amzn-bedrock-input-token-count')).toBe(String(usage.input_tokens));
    expect(headers.get('x-amzn-bedrock-output-token-count')).toBe(String(usage.output_tokens));
  });

  it('streams Claude’s events in base64; the last one carries the invocation’s metrics', async () => {
    const whole = await jsonOf<Message>(ask('invoke', INVOKE));
    const frames = await framesOf(ask('invoke-with-response-stream', INVOKE));
    const events = frames.map(({ name, payload }) => {
      expect(name).toBe('chunk');
      return JSON.parse(Buffer.from(String(payload['bytes']), 'base64').toString()) as Record<
        string,
        unknown
      >;
    });
    const texts = events.map((event) => (event['delta'] as { text?: string } | undefined)?.text ?? '');
    expect(texts.join('')).toBe(whole.content[0]?.text);
    expect(events.at(-1)).toMatchObject({
      type: 'message_stop',
      'amazon-bedrock-invocationMetrics': {
        inputTokenCount: whole.usage.input_tokens,
        outputTokenCount: whole.usage.output_tokens,
      },
    });
  });

  it('counts tokens as the answer will', async () => {
    const { usage } = await jsonOf<Message>(ask('invoke', INVOKE));
    const body = Buffer.from(JSON.stringify(INVOKE)).toString('base64');
    expect(await jsonOf(ask('count-tokens', { input: { invokeModel: { body } } }))).toEqual({
      inputTokens: usage.input_tokens,
    });
  });
});

it.each([
  ['converse', '{', "Value at 'messages'"],
  ['converse', { messages: [] }, 'must not be empty'],
  ['converse-stream', { ...CONVERSE, inferenceConfig: { maxTokens: 0 } }, 'inferenceConfig.maxTokens'],
  ['invoke', { ...INVOKE, anthropic_version: undefined }, 'anthropic_version: Field required'],
  ['invoke-with-response-stream', { ...INVOKE, max_tokens: 0 }, 'max_tokens'],
  ['count-tokens', {}, 'exactly one member'],
  ['count-tokens', { input: { invokeModel: { body: '%' } } }, 'messages: Field required'],
])('%s refuses a faulty body as the API does: %#', async (verb, body, problem) => {
  const { status, headers, text } = await answered(ask(verb, body));
  expect([status, headers.get('x-amzn-errortype')]).toEqual([400, 'ValidationException']);
  expect(JSON.parse(text)).toEqual({ message: expect.stringContaining(problem) as string });
});

it('refuses InvokeModel bodies of other makers, which it doesn’t know, and says what to do', async () => {
  const { status, text } = await answered(ask('invoke', { inputText: 'hi' }, 'amazon.titan-text-express-v1'));
  expect([status, text]).toEqual([400, expect.stringContaining('use Converse')]);
});
