/** One JSON line per request, and no secret or text of anybody in it: searched in all that a real process writes. */
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnthropicUpstream } from '@/tests/support/anthropic-upstream';
import { type ChildGateway, createSite, type Site } from '@/tests/support/child-gateway';
import { ADMIN_TOKEN, CRON_SECRET, type Customer } from '@/tests/support/gateway-verbs';
import { expectSettledBooks } from '@/tests/support/ledger';
import { callMessages, type MessageOptions } from '@/tests/support/socket-call';
import type { Upstream } from '@/tests/support/upstream-server';

const PROVIDER_KEY = 'sk-ant-operator-key-that-must-not-show';
const JWT_SECRET = 'a-jwt-secret-that-must-not-show-anywhere';
const PROMPT = 'xylophone-prompt-text';
const ANSWER = 'zeppelin-answer-text';
const LEAVES_AFTER = 5;
const TEST_TIMEOUT_MS = 240_000;

type Line = Readonly<Record<string, unknown>>;

let upstream: Upstream;
let site: Site;
let gateway: ChildGateway;
let customer: Customer;
let jwt: string;
/** Status by request id, as the callers saw it; `null` for one that left before its end. */
const seen = new Map<string, number | null>();
let lines: readonly Line[];
let written: { stdout: string; stderr: string };

async function call(token: string, options: MessageOptions = {}): Promise<void> {
  const made = callMessages(gateway.url, token, { prompt: PROMPT, ...options });
  await made.over();
  const { id, status } = await made.head();
  seen.set(id, status);
}

async function makeEveryKindOfCall(): Promise<void> {
  const answer = {
    id: 'msg_1',
    type: 'message',
    content: [{ type: 'text', text: ANSWER }],
    usage: { input_tokens: 3, output_tokens: 4 },
  };
  upstream.script({ body: JSON.stringify(answer) }, {}, { body: JSON.stringify(answer) });
  await call(customer.token);
  await call(customer.token, { stream: true });
  await call(jwt);
  await call(`${customer.token}x`);
  await call(`sk-ant-somebody-elses-${PROMPT}`);
  await call(customer.token, { model: 'no-such-model' });
  const small = await gateway.customer({ plan: { rate_limit_rpm: 1, monthly_tokens: 1 } });
  await call(small.token);
  const slow = await gateway.customer({ plan: { rate_limit_rpm: 1 } });
  await call(slow.token);
  await call(slow.token);
  const faults = [
    { status: 400, body: `{"type":"error","error":{"type":"invalid_request_error","message":"${ANSWER}"}}` },
    { status: 401 },
    { before: 'reset' },
    { stopAfterEvents: LEAVES_AFTER, end: 'clean' },
    { body: `{"usage":"${ANSWER}` },
  ] as const;
  for (const fault of faults) {
    upstream.script(fault);
    await call(customer.token, { stream: 'stopAfterEvents' in fault });
  }
  await upstream.refuse();
  await call(customer.token);
  await upstream.accept();
  upstream.script({ stopAfterEvents: LEAVES_AFTER, end: 'silence' });
  const left = callMessages(gateway.url, customer.token, { stream: true, prompt: PROMPT });
  await left.until('text_delta');
  seen.set((await left.head()).id, null);
  left.leave();
  await gateway.admin('GET', '/api/admin/users');
  await fetch(`${gateway.url}/api/admin/users`, {
    headers: { authorization: `Bearer wrong-${PROMPT}-secret` },
  });
  await fetch(`${gateway.url}/v1/messages?key=${customer.token}`, { method: 'POST', body: PROMPT });
  await fetch(`${gateway.url}/api/cron/sweep`, { headers: { authorization: `Bearer ${CRON_SECRET}` } });
  for (const who of [customer, small, slow]) await expectSettledBooks(site.database.client, who.user);
}

beforeAll(async () => {
  upstream = await startAnthropicUpstream({ apiKey: PROVIDER_KEY });
  site = await createSite();
  gateway = await site.start({
    ANTHROPIC_UPSTREAM_URL: upstream.url,
    ANTHROPIC_API_KEY: PROVIDER_KEY,
    TOLLGATE_SECRET: JWT_SECRET,
    TOLLGATE_LOG_LEVEL: 'debug',
  });
  customer = await gateway.customer({ plan: {} });
  jwt = await new SignJWT({ agent: 'jwt-agent' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(customer.user)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(JWT_SECRET));
  await makeEveryKindOfCall();
  gateway.signal('SIGTERM');
  expect(await gateway.exited).toBe(0);
  written = gateway.output();
  lines = written.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}, TEST_TIMEOUT_MS);

afterAll(async () => {
  await site.stop();
  await upstream.stop();
});

describe('the log of a running gateway', () => {
  it('is JSON line by line, each with a level, a time and an event', () => {
    for (const line of lines) {
      expect(line).toMatchObject({
        level: expect.any(String),
        time: expect.any(String),
        event: expect.any(String),
      });
    }
  });

  it('has exactly one line for every request, with the status its caller saw', () => {
    expect(seen.size).toBeGreaterThan(14);
    for (const [id, status] of seen) {
      const own = lines.filter((line) => line['event'] === 'request' && line['id'] === id);
      expect({ id, status, lines: own.length }).toEqual({ id, status, lines: 1 });
      if (status !== null) expect(own[0]).toMatchObject({ status });
    }
  });

  it('says whose call it was, what it cost and why it failed', () => {
    const requests = lines.filter(({ event }) => event === 'request');
    expect(requests).toContainEqual(
      expect.objectContaining({
        userId: customer.user,
        tokenId: customer.tokenId,
        ending: 'complete',
        inputTokens: 3,
        outputTokens: 4,
      }),
    );
    expect(requests).toContainEqual(expect.objectContaining({ agent: 'jwt-agent', ending: 'complete' }));
    expect(requests).toContainEqual(
      expect.objectContaining({
        error: 'upstream_unreachable',
        cause: expect.stringContaining('ECONNREFUSED'),
      }),
    );
    expect(requests).toContainEqual(expect.objectContaining({ ending: 'cancelled', grade: 'estimated' }));
  });

  it('holds no credential, secret, prompt or answer, on neither output', () => {
    const secrets = [
      customer.token,
      customer.token.slice(3),
      PROVIDER_KEY,
      ADMIN_TOKEN,
      CRON_SECRET,
      jwt,
      JWT_SECRET,
      PROMPT,
      ANSWER,
    ];
    for (const secret of secrets) {
      expect({ secret, shown: written.stdout.includes(secret) }).toEqual({ secret, shown: false });
      expect({ secret, shown: written.stderr.includes(secret) }).toEqual({ secret, shown: false });
    }
  });

  it('leaves no stack of a broken call on stderr', () => {
    expect(written.stderr).not.toMatch(/^\s+at /m);
  });
});
