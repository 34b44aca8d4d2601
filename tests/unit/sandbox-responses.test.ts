/** The sandbox answers like OpenAI's Responses, but keeps nothing. */
import { describe, expect, it } from 'vitest';
import { answered, jsonOf, type SandboxAsk, sseEvents } from '@/tests/support/sandbox-call';

const HELLO = { model: 'gpt-5', input: 'Say hello 🦩' };
const ask = (body: unknown, path = '/v1/responses'): SandboxAsk => ({
  format: 'openai-responses',
  path,
  body,
});

interface Item {
  id: string;
  type: string;
  status?: string;
  summary?: { text: string }[];
  encrypted_content?: string;
  content?: { text: string }[];
}
interface ResponseObject {
  id: string;
  status: string;
  store: boolean;
  output: Item[];
  incomplete_details: unknown;
  usage: { input_tokens: number; output_tokens: number; total_tokens: number } | null;
}
interface StreamEvent {
  type: string;
  sequence_number: number;
  response?: ResponseObject;
  delta?: string;
  item_id?: string;
  item?: Item;
}

const eventsOf = async (body: object) => {
  const events = sseEvents<StreamEvent>((await answered(ask({ ...body, stream: true }))).text);
  expect(events.map(({ event }) => event)).toEqual(events.map(({ data }) => data.type));
  expect(events.map(({ data }) => data.sequence_number)).toEqual([...events.keys()]);
  return events.map(({ data }) => data);
};
/** The order of events, runs of the same type as one. */
const orderOf = (events: readonly StreamEvent[]) =>
  events.map(({ type }) => type.replace('response.', '')).filter((type, at, all) => type !== all[at - 1]);

const MESSAGE_EVENTS = [
  'output_item.added',
  'content_part.added',
  'output_text.delta',
  'output_text.done',
  'content_part.done',
  'output_item.done',
];

describe('responses', () => {
  it('answers in the API’s shape, and counts its words', async () => {
    const { status, output, usage, store } = await jsonOf<ResponseObject>(ask({ ...HELLO, store: false }));
    expect([status, store, output.length, output[0]?.type]).toEqual(['completed', false, 1, 'message']);
    const words = output[0]?.content?.[0]?.text.split(/\s+/).length ?? 0;
    expect(usage).toMatchObject({ output_tokens: words, total_tokens: words + (usage?.input_tokens ?? 0) });
  });

  it('streams every documented event in order, and the same response at the end', async () => {
    const whole = await jsonOf<ResponseObject>(ask(HELLO));
    const events = await eventsOf(HELLO);
    expect(orderOf(events)).toEqual(['created', 'in_progress', ...MESSAGE_EVENTS, 'completed']);
    const text = whole.output[0]?.content?.[0]?.text;
    expect(events.map(({ delta }) => delta ?? '').join('')).toBe(text);
    const last = events.at(-1)?.response;
    expect([last?.output[0]?.content?.[0]?.text, last?.usage]).toEqual([text, whole.usage]);
    expect(events[0]?.response).toMatchObject({
      id: last?.id,
      status: 'in_progress',
      output: [],
      usage: null,
    });
  });

  it('shows its reasoning as a summary where one is asked for, and counts it always', async () => {
    const events = await eventsOf({ ...HELLO, reasoning: { effort: 'low', summary: 'auto' } });
    expect(orderOf(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      ...MESSAGE_EVENTS,
      'completed',
    ]);
    const include = ['reasoning.encrypted_content'];
    const hidden = await jsonOf<ResponseObject>(ask({ ...HELLO, reasoning: { effort: 'low' }, include }));
    expect(hidden.output[0]).toMatchObject({ summary: [], encrypted_content: expect.any(String) as string });
    expect(hidden.usage).toMatchObject({ output_tokens_details: { reasoning_tokens: 11 } });
    expect(hidden.usage?.output_tokens).toBe(events.at(-1)?.response?.usage?.output_tokens);
  });

  it('ends incomplete at max_output_tokens', async () => {
    const events = await eventsOf({ ...HELLO, max_output_tokens: 16 });
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: {
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        usage: { output_tokens: 16 },
      },
    });
  });

  it('echoes the newest message of a list of items, not a tool’s output', async () => {
    const input = [
      { role: 'user', content: [{ type: 'input_text', text: 'Weather in Rome?' }] },
      { type: 'function_call', call_id: 'c', name: 'weather', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: 'Sunny.' },
    ];
    const { output } = await jsonOf<ResponseObject>(ask({ model: 'gpt-5', input, tools: [] }));
    expect(output[0]?.content?.[0]?.text).toContain('“Weather in Rome?”');
  });

  it('counts input tokens as the answer will', async () => {
    const { usage } = await jsonOf<ResponseObject>(ask(HELLO));
    expect(await jsonOf(ask(HELLO, '/v1/responses/input_tokens'))).toEqual({
      object: 'response.input_tokens',
      input_tokens: usage?.input_tokens,
    });
  });

  it.each([
    ['{', 'you must provide a model parameter'],
    [{ model: 'gpt-5' }, "Missing required parameter: 'input'."],
    [{ model: 'gpt-5', input: 7 }, "Invalid type for 'input'"],
    [{ ...HELLO, max_output_tokens: 15 }, "Invalid 'max_output_tokens': integer below minimum value."],
    [{ ...HELLO, background: true }, 'background'],
    [{ ...HELLO, conversation: 'conv_1' }, 'conversations'],
    [{ ...HELLO, previous_response_id: 'resp_1' }, "Previous response with id 'resp_1' not found"],
  ])('refuses a faulty body, or one that needs a memory, as the API would: %#', async (body, problem) => {
    const { status, text } = await answered(ask(body));
    expect([status, JSON.parse(text)]).toMatchObject([
      400,
      { error: { type: 'invalid_request_error', message: expect.stringContaining(problem) as string } },
    ]);
  });

  it.each(['/v1/responses/{id}', '/v1/responses/{id}/cancel', '/v1/responses/{id}/input_items'])(
    '%s is a 404 that says the sandbox keeps nothing',
    async (path) => {
      const { status, text } = await answered({ ...ask({}, path), kind: 'stored', params: { id: 'resp_1' } });
      expect([status, JSON.parse(text)]).toMatchObject([
        404,
        { error: { message: "Response with id 'resp_1' not found: the sandbox keeps no answers." } },
      ]);
    },
  );

  it('refuses to compact', async () => {
    const { status, text } = await answered(ask(HELLO, '/v1/responses/compact'));
    expect([status, JSON.parse(text)]).toMatchObject([400, { error: { type: 'invalid_request_error' } }]);
  });
});
