/** The Gemini API through the gateway: every path of it, streams in both forms, native refusals, nothing of the operator's account. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Customer } from '@/tests/support/gateway-verbs';
import { GEMINI_KEY } from '@/tests/support/gemini-upstream';
import { describeMounts, UPGRADE_URL, useRig } from '@/tests/support/mounts';
import { readBytes, type RawRequest } from '@/tests/support/raw-http';
import { createStepper } from '@/tests/support/upstream-answer';

const MODEL = 'gemini-2.5-flash';
const EMBEDDING = 'gemini-embedding-001';
/** Everything a JSON writer may do that a gateway must not tidy. */
const ODD_BODY =
  '\n{ "unknown":{"a":[1.0,1e3,-0]} ,"contents" : [ {"parts":[{"text":"na\\u00efve 日本語 🦩"}]} ],\t"generation_config":{"temperature":1.0 , "max_output_tokens" :  9000 } }\n';

interface Failure {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: string;
    readonly details: readonly {
      readonly '@type': string;
      readonly reason?: string;
      readonly retryDelay?: string;
    }[];
  };
}

describeMounts('the Gemini API', (mount) => {
  const rig = useRig(mount);
  let customer: Customer;
  beforeAll(async () => {
    customer = await rig.gateway.customer();
  });

  interface Wanted {
    readonly path?: string;
    readonly action?: string;
    readonly token?: string;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }
  const requestOf = ({
    action = 'generateContent',
    token = customer.token,
    headers,
    ...more
  }: Wanted): RawRequest => ({
    path: more.path ?? `/v1beta/models/${MODEL}:${action}`,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-goog-api-key': token, ...headers },
    body: more.body ?? JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }),
  });
  const ask = (wanted: Wanted = {}) => rig.send(requestOf(wanted));
  const sent = () => rig.gemini.requests.at(-1);
  const rowOf = (headers: Readonly<Record<string, string>>) =>
    rig.gateway.settledRow(headers['x-request-id'] ?? '');

  describe('paths', () => {
    it.each([
      `/v1beta/models/${MODEL}:generateContent`,
      `/v1/models/${MODEL}:generateContent`,
      `/v1beta/models/${MODEL}%3AgenerateContent`,
      `/v1beta/models/google/${MODEL}:generateContent`,
      `/v1beta1/publishers/google/models/${MODEL}:generateContent`,
      `/v1/native/google/v1beta/models/${MODEL}:generateContent`,
      `/api/llm/gemini/v1beta/models/${MODEL}:generateContent`,
    ])('%s reaches the model, byte for byte, with the operator’s key alone', async (path) => {
      const answer = await ask({
        path,
        body: ODD_BODY,
        headers: { authorization: `Bearer ${customer.token}` },
      });
      expect(answer.status).toBe(200);
      expect(sent()?.url).toBe(`/v1beta/models/${MODEL}:generateContent`);
      expect(sent()?.body.toString('utf8')).toBe(ODD_BODY);
      expect(sent()?.headers['x-goog-api-key']).toBe(GEMINI_KEY);
      expect(sent()?.headers).not.toHaveProperty('authorization');
      expect(await rowOf(answer.headers)).toMatchObject({
        endpoint: 'generateContent',
        provider: 'google',
        grade: 'exact',
        ending: 'complete',
      });
    });

    it('take a key in the query, and pass on nothing of it but the form of the answer', async () => {
      const place = `/v1beta/models/${MODEL}:streamGenerateContent`;
      const query = `?key=${customer.token}&alt=sse&fields=candidates&quotaUser=x&prettyPrint=false`;
      const answer = await ask({ path: place + query, headers: { 'x-goog-api-key': '' } });
      expect([answer.status, sent()?.url]).toEqual([200, `${place}?alt=sse`]);
      await ask({ path: `${place}?alt=proto` });
      expect(sent()?.url).toBe(place);
    });

    it('keep Google’s own headers out of both directions where they could change the bill or show the account', async () => {
      const headers = {
        'x-goog-fieldmask': 'candidates',
        'x-goog-user-project': 'p',
        'x-goog-api-client': 'google-genai-sdk/3',
      };
      rig.gemini.script({ headers: { 'x-goog-quota': '1', 'x-goog-request-id': 'g-1' } });
      const answer = await ask({ headers });
      expect(sent()?.headers).toMatchObject({ 'x-goog-api-client': 'google-genai-sdk/3' });
      expect(sent()?.headers).not.toHaveProperty('x-goog-fieldmask');
      expect(sent()?.headers).not.toHaveProperty('x-goog-user-project');
      expect(Object.keys(answer.headers).filter((name) => /^(x-goog|server|alt-svc)/.test(name))).toEqual([]);
      expect(await rowOf(answer.headers)).toMatchObject({ upstream_request_id: 'g-1' });
    });

    it('embed, one content and a batch, estimated where the answer counts nothing', async () => {
      const content = { parts: [{ text: 'x'.repeat(400) }] };
      const bodies = {
        embedContent: { content },
        batchEmbedContents: { requests: [{ model: `models/${EMBEDDING}`, content }] },
      };
      for (const [action, body] of Object.entries(bodies)) {
        const answer = await ask({
          path: `/v1beta/models/${EMBEDDING}:${action}`,
          body: JSON.stringify(body),
        });
        expect(answer.status).toBe(200);
        const row = await rowOf(answer.headers);
        expect(row).toMatchObject({
          endpoint: action,
          model: EMBEDDING,
          grade: 'estimated',
          input_tokens: 100,
          output_tokens: 0,
        });
        expect(row['cost_nano_usd']).toBe(15_000);
      }
    });

    it('embed by the provider’s own name for a model that is asked for with a prefix', async () => {
      const content = { parts: [{ text: 'hi' }] };
      const body = JSON.stringify({ requests: [{ model: `models/google/${EMBEDDING}`, content }] });
      const answer = await ask({ path: `/v1beta/models/google/${EMBEDDING}:batchEmbedContents`, body });
      expect(answer.status).toBe(200);
      expect(sent()?.json()).toEqual({ requests: [{ model: `models/${EMBEDDING}`, content }] });
    });

    it('count tokens free of charge, for embeddings too', async () => {
      for (const model of [MODEL, EMBEDDING]) {
        const answer = await ask({ path: `/v1beta/models/${model}:countTokens` });
        expect(answer.json()).toMatchObject({ totalTokens: expect.any(Number) as number });
      }
    });

    it('list models in Gemini’s shape, and in others’ for others', async () => {
      const list = async (path: string, headers: Readonly<Record<string, string>>) =>
        (await rig.send({ path, headers })).json();
      const key = { 'x-goog-api-key': customer.token };
      const gemini = {
        models: expect.arrayContaining([expect.objectContaining({ name: `models/${MODEL}` })]) as unknown,
      };
      expect(await list('/v1beta/models?pageSize=1000', key)).toMatchObject(gemini);
      expect(await list('/v1/models?pageSize=1000', key)).toMatchObject(gemini);
      expect(await list(`/v1beta/models/${MODEL}`, key)).toMatchObject({ name: `models/${MODEL}` });
      expect(await list('/v1/models', { 'x-api-key': customer.token })).toHaveProperty('data');
    });
  });

  describe('a stream', () => {
    it.each([
      ['sse', '?alt=sse'],
      ['array', ''],
    ])('in its %s form reaches the caller event by event', async (_form, query) => {
      const stepper = createStepper();
      rig.gemini.script({ stepper });
      const opened = rig.open(requestOf({ path: `/v1beta/models/${MODEL}:streamGenerateContent${query}` }));
      await stepper.step();
      const answer = await opened;
      const first = await readBytes(answer, 1);
      expect(first[0]).toBe(query === '' ? '[' : 'd');
      await stepper.step();
      stepper.runOn();
      await answer.rest();
      expect(await rowOf(answer.headers)).toMatchObject({ stream: true, grade: 'exact', ending: 'complete' });
    });

    it.each([
      ['sse', '?alt=sse', true],
      ['array', '', false],
    ])('in its %s form never ends cleanly when it breaks', async (_form, query, saysSo) => {
      for (const end of ['clean', 'reset'] as const) {
        rig.gemini.script({ stopAfterEvents: 2, end });
        const answer = await rig.open(
          requestOf({ path: `/v1beta/models/${MODEL}:streamGenerateContent${query}` }),
        );
        let text = '';
        const read = async () => {
          for (let chunk = await answer.next(); chunk !== null; chunk = await answer.next())
            text += chunk.toString();
        };
        await expect(read()).rejects.toThrow();
        expect(/data: \{"error":\{"code":503.*\}\r\n\r\n$/.test(text)).toBe(saysSo);
        expect(text.includes('"error"')).toBe(saysSo);
        expect(await rowOf(answer.headers)).toMatchObject({ ending: 'broken', grade: 'estimated' });
      }
    });

    it('that fails by its own word is passed on as it is', async () => {
      const event = 'data: {"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}\r\n\r\n';
      rig.gemini.script({ stopAfterEvents: 1, append: event });
      const answer = await ask({ path: `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse` });
      expect(answer.text.endsWith(event)).toBe(true);
      expect(await rowOf(answer.headers)).toMatchObject({
        ending: 'broken',
        error_code: 'upstream_error_event',
      });
    });
  });

  describe('limits', () => {
    it('cut the allowance inside its group, and the answer discloses it', async () => {
      const { token } = await rig.gateway.customer({ plan: { monthly_tokens: 2_000 } });
      const answer = await ask({ token, body: ODD_BODY });
      const clamped = answer.headers['x-tollgate-clamped-max-tokens'] ?? '';
      expect(Number(clamped)).toBeGreaterThan(63);
      expect(sent()?.body.toString('utf8')).toBe(ODD_BODY.replace(' 9000 ', ` ${clamped} `));
    });

    it('of the minute tell the true wait', async () => {
      const { token } = await rig.gateway.customer({ plan: { rate_limit_rpm: 1 } });
      await ask({ token });
      const answer = await ask({ token, action: 'streamGenerateContent' });
      const { error } = answer.json() as unknown as Failure;
      expect([answer.status, error.code, error.status]).toEqual([429, 429, 'RESOURCE_EXHAUSTED']);
      const delay = error.details.find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay;
      expect(delay).toBe(`${answer.headers['retry-after']}s`);
      expect(answer.headers['x-ratelimit-limit-requests']).toBe('1');
    });

    it('of the month name a wait that makes agents stop', async () => {
      const { token } = await rig.gateway.customer({ plan: { monthly_tokens: 0 } });
      const answer = await ask({ token });
      const { error } = answer.json() as unknown as Failure;
      expect(answer.status).toBe(429);
      expect(error.details.find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay).toBe('3600s');
      expect(error.message).toContain(UPGRADE_URL);
      expect(answer.headers).not.toHaveProperty('retry-after');
    });
  });

  describe('refusals', () => {
    const failure = async (wanted: Wanted) => {
      const answer = await ask(wanted);
      const { error } = answer.json() as unknown as Failure;
      expect(error.code).toBe(answer.status);
      return [answer.status, error.status, error.details[0]?.reason];
    };
    const seen = () => rig.gemini.requests.length;

    it('are Google’s own', async () => {
      const before = seen();
      expect(await failure({ token: 'AIza-of-somebody' })).toEqual([
        401,
        'UNAUTHENTICATED',
        'API_KEY_INVALID',
      ]);
      expect(await failure({ path: '/v1beta/models/unheard-of:generateContent' })).toEqual([
        404,
        'NOT_FOUND',
        'MODEL_NOT_FOUND',
      ]);
      expect(await failure({ path: `/v1beta/models/${EMBEDDING}:generateContent` })).toEqual([
        404,
        'NOT_FOUND',
        'MODEL_NOT_FOUND',
      ]);
      // A path that only reading has: a model's id may hold a colon.
      expect(await failure({ path: `/v1beta/models/${MODEL}:batchGenerateContent` })).toEqual([
        405,
        'UNIMPLEMENTED',
        'METHOD_NOT_ALLOWED',
      ]);
      expect(await failure({ path: '/v1beta/cachedContents' })).toEqual([
        404,
        'NOT_FOUND',
        'ROUTE_NOT_FOUND',
      ]);
      expect(await failure({ path: '/v1beta/models' })).toEqual([405, 'UNIMPLEMENTED', 'METHOD_NOT_ALLOWED']);
      expect(await failure({ body: '{' })).toEqual([400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT']);
      expect(await failure({ body: '{"cachedContent":"cachedContents/x"}' })).toEqual([
        400,
        'INVALID_ARGUMENT',
        'INVALID_ARGUMENT',
      ]);
      const scoped = await rig.gateway.customer({ token: { scope_models: ['gemini-2.5-pro'] } });
      expect(await failure({ token: scoped.token })).toEqual([400, 'FAILED_PRECONDITION', 'POLICY_BLOCKED']);
      expect(seen()).toBe(before);
    });

    it('of the operator’s key are no news to the caller, though Google calls them his mistake', async () => {
      const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }];
      const body = JSON.stringify({
        error: { code: 400, message: 'API key not valid.', status: 'INVALID_ARGUMENT', details },
      });
      rig.gemini.script({ status: 400, body });
      expect(await failure({})).toEqual([502, 'UNAVAILABLE', 'UPSTREAM_KEY_REFUSED']);
      rig.gemini.script({ status: 403 });
      expect(await failure({})).toEqual([502, 'UNAVAILABLE', 'UPSTREAM_KEY_REFUSED']);
    });

    it('of Google’s pass as they are', async () => {
      const body =
        '{\n  "error": {"code": 400, "message": "* contents is not specified\\n",  "status": "INVALID_ARGUMENT"}\n}\n';
      for (const size of [1, 7, 1_000]) {
        rig.gemini.script({ status: 400, body, cut: { sizes: [size] } });
        const answer = await ask();
        expect([answer.status, answer.text]).toEqual([400, body]);
        expect(await rowOf(answer.headers)).toMatchObject({ ending: 'refused', cost_nano_usd: 0 });
      }
    });
  });
});
