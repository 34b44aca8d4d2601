/** The Responses API through both mounts: creating, streaming, refusing, and what clients ask for around it. */
import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Customer } from '@/tests/support/gateway-verbs';
import { describeMounts, UPGRADE_URL, useRig } from '@/tests/support/mounts';
import { MODEL, responsesCalls, SMALL_RESPONSE } from '@/tests/support/responses-calls';
import { createStepper, sseEvents } from '@/tests/support/upstream-answer';

const PLACES = ['', '/api', '/api/llm/openai', '/v1/native/openai'] as const;
const dataOf = (event: string) =>
  JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '{}') as Record<string, unknown>;
const errorOf = (answer: { json(): Record<string, unknown> }) =>
  answer.json()['error'] as Record<string, unknown>;

describeMounts('Responses', (mount) => {
  const rig = useRig(mount, { openai: {} });
  const calls = responsesCalls(rig);
  const customers = new Map<string, Customer>();
  let customer: Customer;
  beforeAll(async () => {
    customer = await rig.gateway.customer({ plan: {} });
  });
  const customerOn = async (name: string, plan: Readonly<Record<string, unknown>>) => {
    const made = customers.get(name) ?? (await rig.gateway.customer({ plan }));
    customers.set(name, made);
    return made;
  };

  describe('an answer', () => {
    it('comes back byte for byte, is forwarded as it was sent, and is counted on its row', async () => {
      const body = `{ "model":"${MODEL}",  "input" : "Say \\u0068ello.","metadata":{"a":"b"} }`;
      const answer = await calls.ask(customer, 'POST', '/v1/responses?include=x', body);
      expect([answer.status, answer.json()['object'], answer.headers['x-tollgate-provider']]).toEqual([
        200,
        'response',
        'openai',
      ]);
      const forwarded = rig.openai.requests.at(-1);
      expect([forwarded?.url, forwarded?.body.toString('utf8')]).toEqual(['/v1/responses?include=x', body]);
      const { usage, model } = answer.json() as { usage: Record<string, unknown>; model: string };
      expect(await calls.rowOf(answer)).toMatchObject({
        provider: 'openai',
        model: MODEL,
        reported_model: model,
        endpoint: 'responses',
        stream: false,
        ending: 'complete',
        grade: 'exact',
        input_tokens: usage['input_tokens'],
        output_tokens: usage['output_tokens'],
        usage_raw: usage,
        answer_id: answer.json()['id'],
      });
    });

    it.each(PLACES)('is made under %s/v1/responses as well', async (place) => {
      for (const stream of [false, true]) {
        const forwarded = await calls.forwarded(async () => {
          const answer = await calls.create(customer, { stream }, `${place}/v1/responses`);
          expect([answer.status, answer.headers['content-type']]).toEqual([
            200,
            expect.stringContaining(stream ? 'text/event-stream' : 'application/json'),
          ]);
          expect(await calls.rowOf(answer)).toMatchObject({ ending: 'complete', grade: 'exact', stream });
        });
        expect(forwarded).toEqual(['POST /v1/responses']);
      }
    });

    it('that is not to be stored is nobody’s to read again', async () => {
      const answer = await calls.create(customer, { store: false });
      expect((await calls.rowOf(answer))['answer_id']).toBeNull();
      const again = await calls.ask(customer, 'GET', `/v1/responses/${String(answer.json()['id'])}`);
      expect(again.status).toBe(404);
    });

    it('that failed is broken, and costs what was reported of it', async () => {
      const failed = {
        id: 'resp_x',
        object: 'response',
        status: 'failed',
        error: { code: 'server_error' },
        usage: null,
      };
      rig.openai.script({ body: JSON.stringify(failed) });
      const row = await calls.rowOf(await calls.create(customer));
      expect(row).toMatchObject({
        ending: 'broken',
        error_code: 'upstream_error_event',
        grade: 'estimated',
        usage_raw: null,
      });
    });

    it('carries the client’s limits and none of the operator’s', async () => {
      const limited = await customerOn('limited', {
        rate_limit_rpm: 50,
        rate_limit_tpm: 60_000_000,
        monthly_tokens: 1_000_000,
      });
      const { headers } = await calls.create(limited);
      expect(headers).toMatchObject({
        'x-ratelimit-limit-requests': '50',
        'x-ratelimit-remaining-requests': '49',
        'x-ratelimit-limit-tokens': '60000000',
      });
      for (const name of ['openai-organization', 'openai-project', 'set-cookie', 'cf-ray'])
        expect(headers).not.toHaveProperty(name);
    });

    it('belongs to the thread Codex names in its headers', async () => {
      const codex = await rig.send({
        method: 'POST',
        path: '/v1/responses',
        headers: {
          authorization: `Bearer ${customer.token}`,
          'content-type': 'application/json',
          originator: 'codex_exec',
          'session-id': 'session-1',
          'thread-id': 'thread-1',
          'x-client-request-id': 'thread-1',
          'x-codex-turn-metadata': '{}',
        },
        body: JSON.stringify({ ...SMALL_RESPONSE, prompt_cache_key: 'other' }),
      });
      expect(await calls.rowOf(codex)).toMatchObject({
        session: 'thread-1',
        session_parent: 'session-1',
        session_source: 'codex',
      });
      expect(rig.openai.requests.at(-1)?.headers).toMatchObject({
        originator: 'codex_exec',
        'session-id': 'session-1',
        'x-codex-turn-metadata': '{}',
      });
    });
  });

  describe('a stream', () => {
    it('passes each event on before the next exists', async () => {
      const stepper = createStepper();
      rig.openai.script({ stepper });
      const opening = calls.open(customer, { stream: true });
      await stepper.step();
      const answer = await opening;
      const first = (await answer.next())?.toString('utf8') ?? '';
      expect(dataOf(first)['type']).toBe('response.created');
      await stepper.step();
      expect(dataOf((await answer.next())?.toString('utf8') ?? '')['type']).toBe('response.in_progress');
      stepper.runOn();
      await answer.rest();
      expect(await calls.rowOf(answer)).toMatchObject({ ending: 'complete', grade: 'exact', stream: true });
    });

    it('is left after its terminal event without harm', async () => {
      const stepper = createStepper();
      rig.openai.script({ stepper, end: 'silence' });
      const opening = calls.open(customer, { stream: true });
      stepper.runOn();
      const answer = await opening;
      for (let text = ''; !text.includes('response.completed');)
        text += (await answer.next())?.toString('utf8') ?? '';
      answer.leave();
      expect(await calls.rowOf(answer)).toMatchObject({ ending: 'complete', grade: 'exact' });
    });

    it('that is left early is aborted upstream and billed by what was seen', async () => {
      rig.openai.script({ stopAfterEvents: 8, end: 'silence' });
      const answer = await calls.open(customer, { stream: true, input: '40 words', max_output_tokens: 400 });
      await answer.next();
      answer.leave();
      await rig.openai.requests.at(-1)?.aborted;
      const row = await calls.rowOf(answer);
      expect(row).toMatchObject({ ending: 'cancelled', grade: 'estimated', usage_raw: null });
      expect(row['input_tokens']).toBeGreaterThan(0);
    });

    it.each([
      ['ends cleanly without its terminal event', 'clean'],
      ['is reset', 'reset'],
    ] as const)('that %s upstream ends with an error event, never cleanly', async (_how, end) => {
      rig.openai.script({ stopAfterEvents: 6, end });
      const answer = await calls.open(customer, { stream: true, input: '40 words', max_output_tokens: 400 });
      const seen: string[] = [];
      const broken = await (async () => {
        for (let piece = await answer.next(); piece !== null; piece = await answer.next())
          seen.push(piece.toString('utf8'));
        return false;
      })().catch(() => true);
      expect(broken).toBe(true);
      const last = sseEvents(seen.join('')).at(-1) ?? '';
      expect(last).toMatch(/^event: error\n/);
      expect(dataOf(last)).toMatchObject({ type: 'error', error: { type: 'server_error' } });
      expect(await calls.rowOf(answer)).toMatchObject({
        ending: 'broken',
        error_code: 'upstream_broken',
        grade: 'estimated',
      });
    });
  });

  describe('what a plan leaves', () => {
    it('clamps the allowance, in the one field that says it', async () => {
      const tight = await customerOn('tight', { monthly_tokens: 1_500 });
      const answer = await calls.create(tight, { max_output_tokens: 5_000 });
      const clamped = Number(answer.headers['x-tollgate-clamped-max-tokens']);
      expect(clamped).toBeGreaterThanOrEqual(64);
      expect(clamped).toBeLessThan(1_500);
      expect(rig.openai.requests.at(-1)?.json()).toEqual({ ...SMALL_RESPONSE, max_output_tokens: clamped });
      await calls.rowOf(answer);
    });

    it('never clamps a compaction, which knows no such field: it is refused instead', async () => {
      const tight = await customerOn('tight for compactions', { monthly_tokens: 20_000 });
      const forwarded = await calls.forwarded(async () => {
        const answer = await calls.ask(tight, 'POST', '/v1/responses/compact', {
          model: MODEL,
          input: 'Hello.',
        });
        expect([answer.status, errorOf(answer)['type']]).toEqual([429, 'usage_limit_reached']);
      });
      expect(forwarded).toEqual([]);
    });
  });

  describe('a refusal', () => {
    it('of a used-up month tells Codex and people when it starts afresh', async () => {
      const poor = await customerOn('poor', { monthly_tokens: 10 });
      const answer = await calls.create(poor);
      const reset = Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() + 1, 1) / 1000;
      expect([answer.status, answer.headers['x-should-retry'], answer.headers['retry-after']]).toEqual([
        429,
        'false',
        undefined,
      ]);
      expect(errorOf(answer)).toMatchObject({
        type: 'usage_limit_reached',
        code: 'insufficient_quota',
        resets_at: reset,
      });
      expect(errorOf(answer)['message']).toContain(UPGRADE_URL);
    });

    it.each([
      ['no model', { model: undefined }, 400, { param: 'model', code: 'missing_required_parameter' }],
      ['a conversation', { conversation: 'conv_1' }, 400, { param: 'conversation' }],
      ['an unknown model', { model: 'nobodys-model' }, 404, { param: 'model', code: 'model_not_found' }],
    ])('of %s is native, and nothing is forwarded', async (_what, fields, status, error) => {
      const forwarded = await calls.forwarded(async () => {
        const answer = await calls.create(customer, fields);
        expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/json']);
        expect(errorOf(answer)).toMatchObject({ type: 'invalid_request_error', ...error });
      });
      expect(forwarded).toEqual([]);
    });

    it('of a bad token is a 401, of a token for other formats a 400 with a code', async () => {
      const bad = await calls.create({ token: 'sk-foreign' });
      expect([bad.status, errorOf(bad)['code']]).toEqual([401, 'invalid_api_key']);
      const narrow = await rig.gateway.customer({
        plan: {},
        token: { scope_formats: ['anthropic-messages'] },
      });
      const answer = await calls.create(narrow);
      expect([answer.status, errorOf(answer)]).toEqual([
        400,
        expect.objectContaining({ code: 'access_denied' }),
      ]);
    });

    it('of the operator’s own key is no 401 to the caller', async () => {
      rig.openai.script({ status: 401 });
      const answer = await calls.create(customer);
      expect([answer.status, errorOf(answer)['type'], answer.headers['x-should-retry']]).toEqual([
        502,
        'server_error',
        'false',
      ]);
    });

    it('of the provider passes as it is', async () => {
      const answer = await calls.create(customer, { max_output_tokens: 1 });
      expect([answer.status, errorOf(answer)['code']]).toEqual([400, 'integer_below_min_value']);
      expect(await calls.rowOf(answer)).toMatchObject({
        ending: 'refused',
        cost_nano_usd: 0,
        error_code: 'upstream_400',
      });
    });
  });

  describe('beside answers', () => {
    it('input tokens are counted for free', async () => {
      for (const place of PLACES) {
        const answer = await calls.ask(customer, 'POST', `${place}/v1/responses/input_tokens`, {
          model: MODEL,
          input: 'Hello.',
        });
        expect([answer.status, answer.json()['object']]).toEqual([200, 'response.input_tokens']);
        expect(await calls.rowNow(answer)).not.toHaveProperty('ending');
      }
      expect(rig.openai.requests.at(-1)?.path).toBe('/v1/responses/input_tokens');
    });

    it('a compaction is metered by the usage in its answer, and is no stored answer', async () => {
      const answer = await calls.ask(customer, 'POST', '/v1/responses/compact', {
        model: MODEL,
        input: 'Hello.',
      });
      const { object, usage } = answer.json() as { object: string; usage: Record<string, unknown> };
      expect([answer.status, object]).toEqual([200, 'response.compaction']);
      expect(await calls.rowOf(answer)).toMatchObject({
        endpoint: 'responses-compact',
        grade: 'exact',
        input_tokens: usage['input_tokens'],
        output_tokens: usage['output_tokens'],
        answer_id: null,
      });
    });

    it('nothing is read without an id: 405 and which method to use', async () => {
      const answer = await calls.ask(customer, 'GET', '/v1/responses');
      expect([answer.status, answer.headers['allow'], errorOf(answer)['code']]).toEqual([
        405,
        'POST',
        'method_not_supported',
      ]);
    });
  });

  it('a WebSocket upgrade, which Codex tries first, is never left hanging', async () => {
    const said = await upgradeAnswer(rig.gateway.url);
    // Next closes the connection by itself: Codex asks some times more before it turns to HTTP.
    expect(said.split('\r\n')[0]).toBe(mount.name === 'self-hosted' ? 'HTTP/1.1 426 Upgrade Required' : '');
  });
});

/** Everything a server says to an upgrade until it closes the connection. */
function upgradeAnswer(base: string): Promise<string> {
  const { hostname, port } = new URL(base);
  const head = [
    'GET /v1/responses HTTP/1.1',
    `host: ${hostname}`,
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    'openai-beta: responses_websockets=2026-02-06',
  ];
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(Number(port), hostname, () => socket.write(`${head.join('\r\n')}\r\n\r\n`));
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => (said += text));
    socket.once('close', () => resolve(said));
    socket.once('error', reject);
  });
}
