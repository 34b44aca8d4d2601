/** Agents that speak OpenAI's and Google's formats meet the gateway's limits: they stop, or wait, as each calls for. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { describe, expect, test } from 'vitest';
import { runCodex } from '@/tests/support/codex';
import { runGeminiCli } from '@/tests/support/gemini-cli';
import type { ClientSide } from '@/tests/support/client-home';
import { withOpenclaw } from '@/tests/support/openclaw';
import { UPGRADE_URL, useRefusingBench, type UpstreamName } from '@/tests/support/refusing-bench';

const bench = useRefusingBench();
const ANSWER = 'The upstream answers: say hi – naïve, 日本語, 🦩.';
/** Four tokens a millisecond come back; agents' calls want seconds' worth of them. */
const MINUTE_TOKENS = 240_000;
const OVERDRAWN_TOKENS = 4_000;
/** It takes half a minute to start where the machine is busy. */
const OPENCLAW_TIMEOUT_MS = 240_000;
const USED_UP = [
  ['tokens', { monthly_tokens: 1 }, 'monthly token limit reached'],
  ['money', { monthly_cost_cents: 0 }, 'monthly spend limit reached'],
] as const;

const statusesOf = (watch: ReturnType<typeof bench.watch>, method = 'POST') =>
  watch.seen.filter((request) => request.method === method).map(({ status }) => status);

interface Spending {
  readonly upstream: UpstreamName;
  readonly path: string;
  readonly ask: object;
  readonly answer: (tokens: number) => object;
}

/** A small call in each format, and an answer to it that reports so many prompt tokens. */
const SPENDING = {
  chat: {
    upstream: 'openai',
    path: '/v1/chat/completions',
    ask: { model: 'gpt-4o', max_tokens: 64, messages: [{ role: 'user', content: 'spend' }] },
    answer: (tokens) => ({
      choices: [],
      usage: { prompt_tokens: tokens, completion_tokens: 1, total_tokens: tokens + 1 },
    }),
  },
  gemini: {
    upstream: 'gemini',
    path: '/v1beta/models/gemini-2.5-flash:generateContent',
    ask: { contents: [{ parts: [{ text: 'spend' }] }], generationConfig: { maxOutputTokens: 64 } },
    answer: (tokens) => ({
      candidates: [],
      usageMetadata: { promptTokenCount: tokens, totalTokenCount: tokens },
    }),
  },
} as const satisfies Record<string, Spending>;

/** A customer whose minute is overdrawn for a second or a few. */
async function overdrawn({ upstream, path, ask, answer }: Spending): Promise<string> {
  const { token } = await bench.gateway.customer({ plan: { rate_limit_tpm: MINUTE_TOKENS } });
  bench.script(upstream, { body: JSON.stringify(answer(MINUTE_TOKENS + OVERDRAWN_TOKENS)) });
  const spent = await fetch(bench.gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(ask),
  });
  await spent.text();
  expect(spent.status).toBe(200);
  await bench.gateway.settledRow(spent.headers.get('x-request-id') ?? '');
  bench.upstreams[upstream].script();
  return token;
}

const CREDENTIALS = ['authorization', 'x-api-key', 'x-goog-api-key'];
/** Headers that the way to the door has of its own. */
const HOP = ['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive'];

/**
 * A door before the gateway, at which the customer's minute is overdrawn when he first knocks: agents take so long
 * to start that it would be open again by then.
 */
async function atFullMinute<T>(spending: Spending, work: (side: ClientSide) => Promise<T>): Promise<T> {
  let made: Promise<string> | null = null;
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await request.toArray();
    const token = await (made ??= overdrawn(spending));
    const headers = new Headers({ authorization: `Bearer ${token}` });
    for (const [name, value] of Object.entries(request.headers))
      if (!HOP.includes(name) && !CREDENTIALS.includes(name)) headers.set(name, String(value));
    const { method = 'GET', url = '/' } = request;
    const sent = method === 'GET' || method === 'HEAD' ? {} : { body: Buffer.concat(body as Buffer[]) };
    const answer = await fetch(bench.gateway.url + url, { method, headers, ...sent });
    response.writeHead(
      answer.status,
      Object.fromEntries([...answer.headers].filter(([name]) => !HOP.includes(name))),
    );
    if (answer.body === null) response.end();
    else Readable.fromWeb(answer.body as ReadableStream).pipe(response);
  };
  const door = createServer(
    (request, response) => void pass(request, response).catch(() => response.destroy()),
  );
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  try {
    return await work({ gateway: { url }, trap: bench.trap });
  } finally {
    door.closeAllConnections();
    door.close();
  }
}

/** As Codex writes the first of next month, in this machine's own time. */
const NEXT_RESET = /Try again at .*20\d\d/;

describe('Codex', () => {
  test.each(USED_UP)(
    'tells when the month starts afresh once its %s are used up, after one request',
    async (_name, plan) => {
      const { token } = await bench.gateway.customer({ plan });
      const watch = bench.watch();
      const { code, errors } = await runCodex(bench, { token });
      expect([code, statusesOf(watch)]).toEqual([1, [429]]);
      expect(errors.at(-1)).toMatch(NEXT_RESET);
    },
  );

  test('waits for the minute as long as it is told, and succeeds', async () => {
    const watch = bench.watch();
    const { code, text } = await atFullMinute(SPENDING.chat, (side) =>
      runCodex(side, { token: 'the-door-has-another' }),
    );
    expect([code, text, statusesOf(watch)]).toEqual([0, ANSWER, [429, 200]]);
  });

  test.each([
    [
      'a model outside the plan',
      { models: ['claude-haiku-5-5'] },
      false,
      'does not include the model gpt-5.1-codex',
    ],
    ['a suspended account', {}, true, 'This account is suspended. Ask your operator.'],
  ] as const)('shows the refusal of %s after one request', async (_name, plan, suspend, text) => {
    const { token, user } = await bench.gateway.customer({ plan });
    if (suspend) await bench.gateway.admin('POST', `/api/admin/users/${user}/suspend`);
    const watch = bench.watch();
    const { code, errors } = await runCodex(bench, { token });
    expect([code, statusesOf(watch)]).toEqual([1, [400]]);
    expect(errors.at(-1)).toContain(text);
  });

  test('shows the refusal of a strange key, and ends with its retries', async () => {
    const watch = bench.watch();
    const { code, errors } = await runCodex(bench, { token: 'sk-of-somebody' });
    expect([code, new Set(statusesOf(watch))]).toEqual([1, new Set([401])]);
    expect(statusesOf(watch).length).toBeLessThanOrEqual(6);
    expect(errors.at(-1)).toContain('The API key sent is not a gateway token.');
  });

  test('is told at once that there are no WebSockets here', async () => {
    const { token } = await bench.gateway.customer();
    const watch = bench.watch();
    const { code, text } = await runCodex(bench, { token, provider: 'built-in' });
    expect([code, text]).toEqual([0, ANSWER]);
    expect(watch.to('/v1/responses').map(({ method, status }) => [method, status])).toEqual([
      ['GET', 426],
      ['POST', 200],
    ]);
  });
});

describe('the Gemini CLI', () => {
  test.each(USED_UP)(
    "stops at once when the month's %s are used up, and shows why",
    async (_name, plan, reason) => {
      const { token } = await bench.gateway.customer({ plan });
      const watch = bench.watch();
      const { answer } = await runGeminiCli(bench, { token });
      expect(statusesOf(watch)).toEqual([429]);
      for (const part of [reason, 'limit ', 'resets 20', `upgrade: ${UPGRADE_URL}`])
        expect(answer?.error?.message).toContain(part);
    },
  );

  test('waits for the minute as long as it is told, and succeeds', async () => {
    const watch = bench.watch();
    const { answer } = await atFullMinute(SPENDING.gemini, (side) =>
      runGeminiCli(side, { token: 'the-door-has-another' }),
    );
    expect([answer?.response, statusesOf(watch)]).toEqual([expect.any(String), [429, 200]]);
  });
});

describe('OpenClaw', () => {
  const MODEL = 'gwc/gpt-4o';

  test('makes one request once the month is used up', async () => {
    const { token } = await bench.gateway.customer({ plan: { monthly_tokens: 1 } });
    const watch = bench.watch();
    const { answer } = await withOpenclaw(bench, { token }, (openclaw) => openclaw.exec(MODEL));
    expect([answer?.ok ?? false, statusesOf(watch)]).toEqual([false, [429]]);
  });

  test(
    'takes no full minute for a reason to give up its key',
    async () => {
      const watch = bench.watch();
      const answers = await atFullMinute(SPENDING.chat, (side) =>
        withOpenclaw(side, { token: 'the-door-has-another' }, async (openclaw) => {
          const first = await openclaw.exec(MODEL);
          return [first.answer?.ok, (await openclaw.exec(MODEL)).answer?.ok];
        }),
      );
      expect(answers).toEqual([true, true]);
      const statuses = statusesOf(watch);
      expect([statuses[0], new Set(statuses)]).toEqual([429, new Set([429, 200])]);
      expect(statuses.at(-1)).toBe(200);
    },
    OPENCLAW_TIMEOUT_MS,
  );
});
