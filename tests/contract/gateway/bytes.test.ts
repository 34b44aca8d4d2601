/** Request and response bytes cross the gateway unchanged; only the named edits and header lists apply. */
import { beforeAll, describe, expect, it } from 'vitest';
import { answerTo, eventsOf } from '@/tests/support/anthropic-messages';
import type { Customer } from '@/tests/support/gateway-verbs';
import { describeMounts, SMALL_CALL, useRig } from '@/tests/support/mounts';
import { readBytes } from '@/tests/support/raw-http';
import { compress, createStepper, wireParts, type Encoding } from '@/tests/support/upstream-answer';

/** Everything a JSON writer may do that a gateway must not tidy: blanks, escapes, number forms, unknown fields. */
const ODD_BODY =
  '\n{ "unknown" : {"a":[1.0,1e3,-0, 9007199254740993], "é":"\\u00e9\\/\\ud83e\\udda9"} ,\t"model":"claude-sonnet-4-5",' +
  '"messages" :[ {"role":"system","content":"be brief","output_config":{"effort":"low"}},\r\n' +
  '  {"role":"user","content":"naïve 日本語 🦩 \\"max_tokens\\": 3"} ], "context_management":null,\n' +
  '"stream":STREAM ,   "max_tokens" :  64000  , "metadata":{"user_id":"{\\"session_id\\":\\"s-1\\"}"} }  \n';
const oddBody = (stream: boolean): string => ODD_BODY.replace('STREAM', String(stream));

const MESSAGE = answerTo(SMALL_CALL, 'msg_000000000000000000000001', { input_tokens: 21, output_tokens: 9 });
/** A whole answer as no serializer would write it twice. */
const ODD_JSON = `${JSON.stringify(MESSAGE, null, 3).replace('"naïve', '"na\\u00efve')}  \n\n`;
const EVENTS = [
  ': a comment\n\n',
  ...eventsOf(MESSAGE),
  'event: of_the_future\r\ndata: {"type":"of_the_future","x":  1}   \r\n\r\n',
];
const EVENTS_TEXT = EVENTS.join('');
/** Figures that `MESSAGE` reports, as they stand on the row. */
const FIGURES = { input_tokens: 21, output_tokens: 9, grade: 'exact', ending: 'complete' };

const ENCODINGS: readonly Encoding[] = ['gzip', 'br', 'deflate'];
const bodyOf = (stream: boolean) => (stream ? EVENTS : [ODD_JSON]);
const typeOf = (stream: boolean): string =>
  stream ? 'text/event-stream; charset=utf-8' : 'application/json';

describeMounts('bytes', (mount) => {
  const rig = useRig(mount);
  let customer: Customer;
  beforeAll(async () => {
    customer = await rig.gateway.customer({ plan: {} });
  });
  const rowOf = (headers: Readonly<Record<string, string>>) =>
    rig.gateway.settledRow(headers['x-request-id'] ?? '');
  const sent = () => rig.anthropic.requests.at(-1);

  describe('of the request', () => {
    it.each([false, true])(
      'go upstream as they came, unknown fields and blanks included (stream: %s)',
      async (stream) => {
        const body = oddBody(stream);
        const answer = await rig.ask({ token: customer.token, body });
        expect([answer.status, answer.headers['x-tollgate-clamped-max-tokens']]).toEqual([200, undefined]);
        expect(sent()?.body.toString('utf8')).toBe(body);
        expect(await rowOf(answer.headers)).toMatchObject({ stream, session: 's-1' });
      },
    );

    it('differ only in max_tokens where the plan leaves less, and the answer discloses it', async () => {
      const { token } = await rig.gateway.customer({ plan: { monthly_tokens: 2_000 } });
      const body = oddBody(false);
      const answer = await rig.ask({ token, body });
      const clamped = answer.headers['x-tollgate-clamped-max-tokens'] ?? '';
      expect([answer.status, Number(clamped) >= 64, Number(clamped) < 2_000]).toEqual([200, true, true]);
      expect(sent()?.body.toString('utf8')).toBe(body.replace('64000', clamped));
    });

    it.each(ENCODINGS)('are decoded from %s before they go on', async (encoding) => {
      const body = await compress(Buffer.from(oddBody(false)), encoding);
      const answer = await rig.ask({
        token: customer.token,
        body,
        headers: { 'content-encoding': encoding },
      });
      expect(answer.status).toBe(200);
      expect(sent()?.body.toString('utf8')).toBe(oddBody(false));
      expect(sent()?.headers).toMatchObject({ 'content-length': String(Buffer.byteLength(oddBody(false))) });
      expect(sent()?.headers['content-encoding']).toBeUndefined();
    });

    it('go on whole when they come in chunks without a length', async () => {
      const body = oddBody(false);
      expect((await rig.ask({ token: customer.token, body, chunked: true })).status).toBe(200);
      expect(sent()?.body.toString('utf8')).toBe(body);
    });

    it('are accompanied by the format’s headers, also those nobody knows yet', async () => {
      const headers = {
        'anthropic-version': '2026-10-21',
        'anthropic-beta': 'one-2026-01-01,two-2026-02-02',
        'anthropic-of-the-future': 'yes',
        'anthropic-dangerous-direct-browser-access': 'true',
        'x-stainless-lang': 'js',
        'x-stainless-retry-count': '0',
        'x-claude-code-session-id': '0b1c',
        'x-app': 'cli',
        'user-agent': 'claude-cli/2.1.329 (external, cli)',
        accept: 'application/json',
      };
      const answer = await rig.ask({ token: customer.token, headers });
      expect(answer.status).toBe(200);
      expect(sent()?.headers).toMatchObject({ ...headers, 'accept-encoding': 'identity' });
      expect(await rowOf(answer.headers)).toMatchObject({ session: '0b1c' });
    });
  });

  describe('of the answer', () => {
    it.each([false, true])('arrive as the provider sent them (stream: %s)', async (stream) => {
      rig.anthropic.script({ body: bodyOf(stream), headers: { 'content-type': typeOf(stream) } });
      const answer = await rig.ask({ token: customer.token, call: { stream } });
      expect([answer.status, answer.headers['content-type']]).toEqual([200, typeOf(stream)]);
      expect(answer.text).toBe(bodyOf(stream).join(''));
      expect(await rowOf(answer.headers)).toMatchObject(FIGURES);
    });

    const codings = ENCODINGS.flatMap((encoding) =>
      [false, true].map((stream) => [encoding, stream] as const),
    );

    // Next drops the content-encoding of a route handler's answer, so behind it every answer is decoded.
    const takes = mount.name === 'self-hosted' ? 'go on untouched to' : 'arrive plain also at';
    it.each(codings)(`in %s ${takes} a caller that takes it (stream: %s)`, async (encoding, stream) => {
      const behaviour = { body: bodyOf(stream), encoding, headers: { 'content-type': typeOf(stream) } };
      rig.anthropic.script(behaviour);
      const answer = await rig.ask({
        token: customer.token,
        call: { stream },
        headers: { 'accept-encoding': `identity;q=0.5, ${encoding}` },
      });
      const native = { status: 200, headers: {}, body: [] };
      const [coding, wire] =
        mount.name === 'self-hosted'
          ? [encoding, Buffer.concat(await wireParts(native, behaviour))]
          : [undefined, Buffer.from(bodyOf(stream).join(''))];
      expect([answer.status, answer.headers['content-encoding']]).toEqual([200, coding]);
      expect(answer.body.equals(wire)).toBe(true);
      expect(await rowOf(answer.headers)).toMatchObject(FIGURES);
    });

    it.each(codings)(
      'in %s arrive plain at a caller that does not take it (stream: %s)',
      async (encoding, stream) => {
        rig.anthropic.script({ body: bodyOf(stream), encoding, headers: { 'content-type': typeOf(stream) } });
        const answer = await rig.ask({
          token: customer.token,
          call: { stream },
          headers: { 'accept-encoding': `identity, ${encoding};q=0` },
        });
        expect([answer.status, answer.headers['content-encoding']]).toEqual([200, undefined]);
        expect(answer.text).toBe(bodyOf(stream).join(''));
        expect(await rowOf(answer.headers)).toMatchObject(FIGURES);
      },
    );

    it('keep the provider’s request id and unknown headers, and lose what is the operator’s', async () => {
      const operators = {
        'anthropic-ratelimit-requests-limit': '4000',
        'anthropic-ratelimit-requests-remaining': '3999',
        'anthropic-ratelimit-input-tokens-limit': '2000000',
        'anthropic-ratelimit-unified-status': 'operators',
        'anthropic-organization-id': 'operators-organization',
        'anthropic-workspace-id': 'operators-workspace',
        'anthropic-priority-input-tokens-limit': '1',
        'set-cookie': ['__cf_bm=operators', 'b=operators'],
        'cf-ray': 'operators-ray',
        via: '1.1 operators',
        server: 'operators',
        'x-envoy-upstream-service-time': '12',
        'access-control-allow-origin': '*',
        'x-request-id': 'operators-id',
      };
      const kept = { 'request-id': 'req_theirs', 'anthropic-of-the-future': 'yes', 'x-unknown': 'kept' };
      rig.anthropic.script({ headers: { ...operators, ...kept } });
      const { token } = await rig.gateway.customer({
        plan: {
          monthly_tokens: 1_000_000,
          monthly_cost_cents: 1_000,
          rate_limit_rpm: 7,
          rate_limit_tpm: 50_000,
        },
      });
      const { status, headers } = await rig.ask({ token });
      expect(status).toBe(200);
      expect(headers).toMatchObject(kept);
      expect(JSON.stringify(headers)).not.toContain('operators');
      for (const name of ['set-cookie', 'x-envoy-upstream-service-time', 'access-control-allow-origin']) {
        expect(headers[name]).toBeUndefined();
      }
      const limits = Object.entries(headers).filter(([name]) => name.startsWith('anthropic-ratelimit-'));
      expect(limits.map(([name]) => name.slice('anthropic-ratelimit-'.length)).toSorted()).toEqual([
        'requests-limit',
        'requests-remaining',
        'requests-reset',
        'tokens-limit',
        'tokens-remaining',
        'tokens-reset',
        'unified-overage-reset',
        'unified-overage-status',
        'unified-overage-utilization',
        'unified-representative-claim',
        'unified-reset',
        'unified-status',
      ]);
      expect(headers).toMatchObject({
        'anthropic-ratelimit-requests-limit': '7',
        'anthropic-ratelimit-requests-remaining': '6',
        'anthropic-ratelimit-tokens-limit': '50000',
        'anthropic-ratelimit-unified-status': 'allowed',
        'anthropic-ratelimit-unified-overage-utilization': '0.00',
      });
      expect(headers['x-request-id']).toMatch(/^req_0/);
      expect(await rowOf(headers)).toMatchObject({ upstream_request_id: 'req_theirs' });
    });

    it.each([400, 402, 404, 413, 429, 500, 529])(
      'are verbatim for a %i, which costs nothing and is not tried twice',
      async (status) => {
        const body = `{"type":"error",  "error":{"details":{"error_code":"x"},"type":"odd_${status}","message":"prompt is too long: é"}}\n`;
        rig.anthropic.script({ status, body, headers: { 'retry-after': '7', 'x-should-retry': 'false' } });
        const seen = rig.anthropic.requests.length;
        const answer = await rig.ask({ token: customer.token, call: { stream: true } });
        expect([answer.status, answer.text]).toEqual([status, body]);
        expect(answer.headers).toMatchObject({ 'retry-after': '7', 'x-should-retry': 'false' });
        expect(answer.headers['request-id']).toMatch(/^req_/);
        expect(await rowOf(answer.headers)).toMatchObject({
          status,
          ending: status < 500 ? 'refused' : 'broken',
          error_code: `upstream_${status}`,
          input_tokens: null,
          output_tokens: null,
          counted_tokens: 0,
          cost_nano_usd: 0,
        });
        expect(rig.anthropic.requests).toHaveLength(seen + 1);
      },
    );

    it.each([401, 403])(
      'become a native 502 where the provider answers %i to the operator’s own key',
      async (status) => {
        rig.anthropic.script({ status });
        const answer = await rig.ask({ token: customer.token });
        expect([answer.status, answer.headers['x-should-retry']]).toEqual([502, 'false']);
        expect(answer.json()).toEqual({
          type: 'error',
          error: {
            type: 'api_error',
            message:
              "The provider (anthropic) refused this gateway's own key. Tell the operator; your token is fine.",
          },
          request_id: answer.headers['x-request-id'],
        });
        expect(await rowOf(answer.headers)).toMatchObject({
          status: 502,
          ending: 'broken',
          cost_nano_usd: 0,
        });
      },
    );
  });

  describe('of a stream', () => {
    it.each([
      ['plain', undefined],
      ['decoded from gzip on the way', 'gzip'],
    ] as const)(
      'are never held back: each event is out before the next one exists (%s)',
      async (_name, encoding) => {
        const stepper = createStepper();
        rig.anthropic.script({
          body: EVENTS,
          stepper,
          headers: { 'content-type': typeOf(true) },
          ...(encoding === undefined ? {} : { encoding }),
        });
        // Next sends the head with the first byte of the body, so the answer is awaited after the first step.
        const opening = rig.openAsk({
          token: customer.token,
          call: { stream: true },
          headers: { 'accept-encoding': 'identity' },
        });
        let received = '';
        for (const event of EVENTS) {
          await stepper.step();
          received += await readBytes(await opening, Buffer.byteLength(event));
          expect(received.endsWith(event)).toBe(true);
        }
        expect(received).toBe(EVENTS_TEXT);
        const answer = await opening;
        expect(await answer.rest()).toHaveLength(0);
        expect(await rowOf(answer.headers)).toMatchObject(FIGURES);
      },
    );
  });
});
