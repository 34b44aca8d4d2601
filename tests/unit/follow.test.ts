/** How an answer made in the background is followed: patiently, never throwing, and never billed below what was seen. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Call } from '@/lib/gateway/call';
import type { Ports } from '@/lib/gateway/ports';
import { follow } from '@/lib/gateway/stages/follow';
import { UpstreamFault, type UpstreamCall, type UpstreamResponse } from '@/lib/providers/provider';
import { NOTHING_READ } from '@/lib/wire/bodies/json-body';
import type { UsageReading, WireCall } from '@/lib/wire/format';
import { openaiResponses } from '@/lib/wire/openai-responses/format';

type Answer = { readonly status: number; readonly body: unknown } | Error;

const PENDING: UsageReading = {
  ...NOTHING_READ,
  terminal: true,
  answerId: 'resp_1',
  pending: true,
  streamedOutputTokens: 70,
};
const working: Answer = {
  status: 200,
  body: { id: 'resp_1', object: 'response', status: 'in_progress', usage: null },
};
const finished: Answer = {
  status: 200,
  body: {
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    usage: { input_tokens: 5, output_tokens: 7 },
  },
};
const fault = new UpstreamFault('reset', 'gone', true);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Follows through these answers, the last of them for ever; time passes by itself. */
async function followed(answers: readonly Answer[], keepAnswer = () => Promise.resolve(), reading = PENDING) {
  const asked: { call: UpstreamCall; atMs: number }[] = [];
  const logged: string[] = [];
  const startedAtMs = Date.now();
  const send = (call: UpstreamCall): Promise<UpstreamResponse> => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? fault;
    asked.push({ call, atMs: Date.now() - startedAtMs });
    if (answer instanceof Error) return Promise.reject(answer);
    const body = new Response(JSON.stringify(answer.body)).body;
    return Promise.resolve({
      status: answer.status,
      headers: new Headers({ 'content-type': 'application/json' }),
      body,
    });
  };
  const call = {
    id: 'req_1',
    route: { format: openaiResponses },
    authorized: { provider: { send }, settings: {}, upstreamModel: 'm' },
    wire: { background: true, stream: true, otherModels: [], promptTokensLikely: 9 } as unknown as WireCall,
  } as unknown as Call;
  const ports = {
    store: { keepAnswer },
    log: { write: (_level: string, event: string) => logged.push(event) },
  } as unknown as Ports;
  const work = follow(call, reading, ports);
  await vi.runAllTimersAsync();
  return { last: await work, asked, logged };
}

it('looks again at growing pauses until the answer is done', async () => {
  const { last, asked, logged } = await followed([working, working, working, finished]);
  expect(asked.map(({ atMs }) => atMs)).toEqual([1_000, 2_500, 4_750, 8_125]);
  expect(asked[0]?.call).toMatchObject({ params: { id: 'resp_1' }, body: null, stream: false, search: '' });
  expect(asked[0]?.call.endpoint).toMatchObject({ method: 'GET', path: '/v1/responses/{id}' });
  expect(last).toMatchObject({
    final: true,
    parts: [{ usage: { inputTokens: 5, outputTokens: 7 } }],
    answerId: 'resp_1',
  });
  expect([last.pending, logged]).toEqual([undefined, []]);
});

it('never looks less often than every fifteen seconds', async () => {
  const { asked } = await followed([...Array.from({ length: 20 }, () => working), finished]);
  const pauses = asked.map(({ atMs }, at) => atMs - (asked[at - 1]?.atMs ?? 0));
  expect(Math.max(...pauses)).toBe(15_000);
});

it('bears faults, errors of every kind and answers that say nothing, as long as they pass', async () => {
  const nonsense: Answer = { status: 200, body: 'no object' };
  for (const trouble of [
    fault,
    new TypeError('a bug'),
    { status: 500, body: {} },
    { status: 401, body: {} },
    nonsense,
  ])
    expect((await followed([trouble, trouble, finished])).last.final).toBe(true);
});

it('gives up after minutes of failures, with what was seen before', async () => {
  const { last, asked, logged } = await followed([fault]);
  expect(last).toMatchObject({ final: false, parts: [], streamedOutputTokens: 70, answerId: 'resp_1' });
  expect((asked.at(-1)?.atMs ?? 0) / 60_000).toBeGreaterThan(9);
  expect(logged).toEqual(['background_lost']);
});

it('takes an answer for deleted only once it stays unknown', async () => {
  const unknown: Answer = { status: 404, body: {} };
  expect((await followed([unknown, unknown, finished])).last.final).toBe(true);
  const { last, asked } = await followed([unknown]);
  expect([last.final, asked.length]).toEqual([false, 3]);
});

it('counts what was streamed before it was cancelled', async () => {
  const cancelled: Answer = {
    status: 200,
    body: { id: 'resp_1', object: 'response', status: 'cancelled', usage: null, output: [] },
  };
  expect((await followed([cancelled])).last).toMatchObject({ parts: [], streamedOutputTokens: 70 });
});

it('goes on when its id can’t be kept', async () => {
  const { last, logged } = await followed([finished], () =>
    Promise.reject(new Error('the database is away')),
  );
  expect([last.final, logged]).toEqual([true, ['answer_not_kept']]);
});

it('leaves alone what has no id to be found by', async () => {
  const { answerId: _, ...nameless } = PENDING;
  const { last, asked } = await followed([finished], undefined, nameless);
  expect([last, asked]).toEqual([nameless, []]);
});
