/** Vertex AI through the gateway: always the operator's project, Claude in Vertex's clothes and Anthropic's, one token for all. */
import { beforeAll, describe, expect, it } from 'vitest';
import { eventsOf, answerTo } from '@/tests/support/anthropic-messages';
import type { Customer } from '@/tests/support/gateway-verbs';
import { describeMounts, SMALL_CALL, useRig } from '@/tests/support/mounts';
import { readBytes, type RawRequest } from '@/tests/support/raw-http';
import { createStepper, type Behaviour } from '@/tests/support/upstream-answer';
import type { RecordedRequest } from '@/tests/support/upstream-server';

const OPERATORS = '/projects/operator-project/locations/europe-west4/publishers';
const CALLERS = '/projects/callers-project/locations/us-east5/publishers';
const CLAUDE = 'claude-sonnet-4-5@20250929';
const GEMINI = 'gemini-2.5-flash';
const HI = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] });
const hello = (fields: object) =>
  JSON.stringify({ max_tokens: 64, messages: [{ role: 'user', content: 'Say hello.' }], ...fields });
const REFUSED_KEY = expect.arrayContaining([
  expect.objectContaining({ reason: 'UPSTREAM_KEY_REFUSED' }),
]) as unknown;
const VERSION = { anthropic_version: 'vertex-2023-10-16' };

describeMounts('Vertex AI', (mount) => {
  const rig = useRig(mount, { vertex: {}, gemini: null });
  let customer: Customer;
  beforeAll(async () => {
    customer = await rig.gateway.customer();
  });

  const post = (path: string, body: string, headers: Readonly<Record<string, string>> = {}): RawRequest => ({
    path,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${customer.token}`, ...headers },
    body,
  });
  const ask = (...request: Parameters<typeof post>) => rig.send(post(...request));
  const sent = (): RecordedRequest => {
    const newest = rig.vertex.requests.findLast(({ path }) => path !== '/token');
    if (newest === undefined) throw new Error('nothing reached Vertex');
    return newest;
  };
  /** The next call is answered so; the token endpoint stays as it is. */
  const script = (behaviour: Behaviour) =>
    rig.vertex.script(({ path }: RecordedRequest) => (path === '/token' ? null : behaviour));
  const rowOf = (headers: Readonly<Record<string, string>>) =>
    rig.gateway.settledRow(headers['x-request-id'] ?? '');

  it('fetches one access token for calls that come together, and sends nothing of the caller’s', async () => {
    const before = rig.vertex.tokenCalls();
    const path = `/v1${CALLERS}/google/models/${GEMINI}:generateContent`;
    const answers = await Promise.all(
      [1, 2, 3].map(() => ask(path, HI, { 'x-goog-user-project': 'callers-project' })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(rig.vertex.tokenCalls() - before).toBeLessThan(2);
    expect(sent().headers['authorization']).toMatch(/^Bearer ya29\.c\.test/);
    expect(JSON.stringify(sent().headers)).not.toContain(customer.token);
    expect(sent().headers).not.toHaveProperty('x-goog-user-project');
  });

  describe('Google’s models', () => {
    it.each([
      ['/v1', ''],
      ['/v1beta1', ''],
      ['/vertex/v1', ''],
      ['/vertex/v1beta1', ''],
      ['/api/llm/vertex/v1', ''],
      ['/v1beta1', '%3A'],
    ])('at %s are called in the operator’s project and location', async (base, colon) => {
      const action = colon === '' ? ':generateContent' : '%3AgenerateContent';
      const answer = await ask(`${base}${CALLERS}/google/models/${GEMINI}${action}`, HI);
      expect(answer.status).toBe(200);
      expect(sent().url).toBe(`/v1beta1${OPERATORS}/google/models/${GEMINI}:generateContent`);
      expect(sent().body.toString('utf8')).toBe(HI);
      expect(await rowOf(answer.headers)).toMatchObject({
        provider: 'vertex',
        grade: 'exact',
        ending: 'complete',
        model: GEMINI,
      });
    });

    it('answer the Gemini API’s own paths where Google’s key is not configured', async () => {
      for (const path of [
        `/v1beta/models/${GEMINI}:generateContent`,
        `/v1beta/models/vertex/${GEMINI}:generateContent`,
        `/v1/native/vertex/v1beta/models/${GEMINI}:generateContent`,
      ]) {
        expect((await ask(path, HI)).status).toBe(200);
        expect(sent().url).toBe(`/v1beta1${OPERATORS}/google/models/${GEMINI}:generateContent`);
      }
    });

    it.each(['?alt=sse', ''])('stream event by event (%s)', async (query) => {
      const stepper = createStepper();
      script({ stepper });
      const opened = rig.open(
        post(`/v1${CALLERS}/google/models/${GEMINI}:streamGenerateContent${query}`, HI),
      );
      await stepper.step();
      const answer = await opened;
      await readBytes(answer, 1);
      stepper.runOn();
      await answer.rest();
      expect(sent().url).toBe(`/v1beta1${OPERATORS}/google/models/${GEMINI}:streamGenerateContent${query}`);
      expect(await rowOf(answer.headers)).toMatchObject({ stream: true, grade: 'exact', ending: 'complete' });
    });

    it('count tokens free of charge and embed by instances', async () => {
      const counted = await ask(`/v1${CALLERS}/google/models/${GEMINI}:countTokens`, HI);
      expect(counted.json()).toHaveProperty('totalTokens');
      const named = `projects/callers-project/locations/us-east5/publishers/google/models/${GEMINI}`;
      await ask(`/v1${CALLERS}/google/models/${GEMINI}:countTokens`, HI.replace('{', `{"model":"${named}",`));
      expect(sent().json()).toMatchObject({ model: `${OPERATORS.slice(1)}/google/models/${GEMINI}` });
      const body = JSON.stringify({ instances: [{ content: 'Hello, world!' }, { content: 'again' }] });
      for (const model of ['text-embedding-005', 'gemini-embedding-001']) {
        const answer = await ask(`/v1${CALLERS}/google/models/${model}:predict`, body);
        const row = await rowOf(answer.headers);
        expect(row).toMatchObject({ endpoint: 'predict', model, grade: 'exact', output_tokens: 0 });
        expect(row['input_tokens']).toBeGreaterThan(2);
        expect(row['cost_nano_usd']).toBeGreaterThan(0);
      }
    });

    it('are refused as Google refuses', async () => {
      const path = `/v1${CALLERS}/google/models/unheard-of:generateContent`;
      expect((await ask(path, HI)).json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } });
      const claude = await ask(`/v1${CALLERS}/google/models/${CLAUDE}:generateContent`, HI);
      expect(claude.json()).toMatchObject({ error: { code: 404 } });
      const unknown = await ask('/vertex/v1/projects/p/locations/l/endpoints/1:predict', HI);
      expect(unknown.json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } });
    });
  });

  describe('Claude', () => {
    it.each(['/v1', '/vertex/v1', '/api/llm/vertex/v1'])(
      'at %s is called in the operator’s project, byte for byte',
      async (base) => {
        const body = `\n${hello(VERSION)} `;
        const headers = { 'anthropic-beta': 'context-management-2025-06-27' };
        const answer = await ask(`${base}${CALLERS}/anthropic/models/${CLAUDE}:rawPredict`, body, headers);
        expect(answer.status).toBe(200);
        expect(sent().url).toBe(`/v1${OPERATORS}/anthropic/models/${CLAUDE}:rawPredict`);
        expect(sent().body.toString('utf8')).toBe(body);
        expect(sent().headers).toMatchObject(headers);
        expect(await rowOf(answer.headers)).toMatchObject({
          endpoint: 'rawPredict',
          provider: 'vertex',
          grade: 'exact',
          ending: 'complete',
        });
      },
    );

    it('is known by Anthropic’s names as well', async () => {
      for (const name of [
        'claude-sonnet-4-5',
        'claude-sonnet-4-5-20250929',
        'claude-sonnet-4-5%4020250929',
        'claude-sonnet-4-5@default',
      ]) {
        const answer = await ask(`/v1${CALLERS}/anthropic/models/${name}:rawPredict`, hello(VERSION));
        expect([name, answer.status]).toEqual([name, 200]);
        expect(sent().path).toBe(`/v1${OPERATORS}/anthropic/models/${CLAUDE}:rawPredict`);
      }
    });

    it('streams event by event', async () => {
      const stepper = createStepper();
      script({ stepper });
      const opened = rig.open(
        post(
          `/v1${CALLERS}/anthropic/models/${CLAUDE}:streamRawPredict`,
          hello({ ...VERSION, stream: true }),
        ),
      );
      await stepper.step();
      const answer = await opened;
      expect(await readBytes(answer, 20)).toContain('event: message_start');
      stepper.runOn();
      await answer.rest();
      expect(await rowOf(answer.headers)).toMatchObject({ stream: true, grade: 'exact', ending: 'complete' });
    });

    it('counts by the one path for all its models', async () => {
      const path = `/v1${CALLERS}/anthropic/models/count-tokens:rawPredict`;
      const answer = await ask(path, hello({ model: 'claude-sonnet-4-5' }));
      expect(answer.json()).toMatchObject({ input_tokens: expect.any(Number) as number });
      expect(sent().url).toBe(`/v1${OPERATORS}/anthropic/models/count-tokens:rawPredict`);
      expect(sent().json()).toMatchObject({ model: CLAUDE });
    });

    it('speaks Anthropic’s own API, transcribed: the answer is unaltered', async () => {
      const { token } = await rig.gateway.customer();
      const message = answerTo(SMALL_CALL, 'msg_vrtx_1', { input_tokens: 21, output_tokens: 9 });
      const body = eventsOf(message);
      script({ body, headers: { 'content-type': 'text/event-stream' } });
      const headers = { 'anthropic-beta': 'fine-grained-tool-streaming-2025-05-14' };
      const answer = await rig.ask({
        token,
        path: '/v1/messages?beta=true',
        headers,
        body: hello({ unknown: { a: 1.5 }, model: `vertex/claude-sonnet-4-5`, stream: true, metadata: {} }),
      });
      expect(answer.text).toBe(body.join(''));
      expect(sent().url).toBe(`/v1${OPERATORS}/anthropic/models/${CLAUDE}:streamRawPredict`);
      expect(sent().json()).toEqual(
        JSON.parse(hello({ ...VERSION, unknown: { a: 1.5 }, stream: true, metadata: {} })),
      );
      expect(sent().headers).toMatchObject(headers);
      expect(sent().headers).not.toHaveProperty('anthropic-version');
      expect(sent().headers).not.toHaveProperty('x-api-key');
      const row = await rowOf(answer.headers);
      expect(row).toMatchObject({
        provider: 'vertex',
        input_tokens: 21,
        output_tokens: 9,
        grade: 'exact',
        ending: 'complete',
      });
      // $3 and $15 a million, and a tenth more outside the global location.
      expect(row['cost_nano_usd']).toBe(Math.round((21 * 3_000 + 9 * 15_000) * 1.1));
    });

    it('answers and counts whole in Anthropic’s own API too', async () => {
      const { token } = await rig.gateway.customer();
      const whole = await rig.ask({ token, call: { model: 'vertex/claude-opus-5' } });
      expect(whole.status).toBe(200);
      expect(sent().path).toBe(`/v1${OPERATORS}/anthropic/models/claude-opus-5:rawPredict`);
      const counted = await rig.ask({
        token,
        path: '/v1/messages/count_tokens',
        call: { model: 'vertex/claude-opus-5' },
      });
      expect(counted.json()).toMatchObject({ input_tokens: expect.any(Number) as number });
      expect(sent().json()).toMatchObject({ model: 'claude-opus-5', ...VERSION });
    });

    it('is refused as Anthropic refuses', async () => {
      const path = `/v1${CALLERS}/anthropic/models`;
      const refused = async (place: string, body: string, headers = {}) => {
        const answer = await ask(`${path}/${place}`, body, headers);
        const { error } = answer.json() as { error: { type: string } };
        return [answer.status, error.type];
      };
      expect(await refused('claude-unheard-of-9:rawPredict', hello(VERSION))).toEqual([
        404,
        'not_found_error',
      ]);
      expect(await refused(`${CLAUDE}:rawPredict`, '[]')).toEqual([400, 'invalid_request_error']);
      expect(
        await refused(`${CLAUDE}:rawPredict`, hello(VERSION), { authorization: 'Bearer nobody' }),
      ).toEqual([401, 'authentication_error']);
    });
  });

  describe('in trouble', () => {
    it('keeps the operator’s credentials his own affair', async () => {
      script({ status: 401 });
      const path = `/v1${CALLERS}/google/models/${GEMINI}:generateContent`;
      const answer = await ask(path, HI);
      expect(answer.json()).toMatchObject({
        error: { code: 502, details: REFUSED_KEY },
      });
    });

    it('tells a broken Claude stream in Anthropic’s words', async () => {
      script({ stopAfterEvents: 3, end: 'reset' });
      const answer = await rig.open(
        post(
          `/v1${CALLERS}/anthropic/models/${CLAUDE}:streamRawPredict`,
          hello({ ...VERSION, stream: true }),
        ),
      );
      let text = '';
      await expect(
        (async () => {
          for (let chunk = await answer.next(); chunk !== null; chunk = await answer.next())
            text += chunk.toString();
        })(),
      ).rejects.toThrow();
      expect(text).toContain('event: error');
      expect(await rowOf(answer.headers)).toMatchObject({ ending: 'broken' });
    });
  });

  it('lists each model in the formats that reach it', async () => {
    const list = async (path: string, headers: Readonly<Record<string, string>>) =>
      (await rig.send({ path, headers })).text;
    const gemini = await list('/v1beta/models?pageSize=1000', { 'x-goog-api-key': customer.token });
    expect(gemini).toContain('"models/gemini-2.5-pro"');
    expect(gemini).not.toContain('claude');
    const claude = await list('/v1/models?limit=1000', { 'x-api-key': customer.token });
    expect(claude).toContain('"claude-sonnet-4-5@20250929"');
    expect(claude).not.toContain('gemini');
  });
});

describeMounts('Vertex AI, whose account is refused,', (mount) => {
  const rig = useRig(mount, {
    vertex: {},
    variablesFor: ({ vertex }) => {
      const file = { client_email: 'x@y.example', project_id: 'p1', private_key: 'no PRIVATE KEY' };
      return { VERTEX_SERVICE_ACCOUNT: JSON.stringify({ ...file, token_uri: vertex?.tokenUrl }) };
    },
  });

  it('is the operator’s affair: nothing is sent, nothing is charged', async () => {
    const { token } = await rig.gateway.customer();
    const answer = await rig.send({
      path: `/v1${CALLERS}/google/models/${GEMINI}:generateContent`,
      headers: { 'x-goog-api-key': token },
      body: HI,
    });
    expect([answer.status, answer.json()]).toMatchObject([502, { error: { details: REFUSED_KEY } }]);
    const row = await rig.gateway.settledRow(answer.headers['x-request-id'] ?? '');
    expect(row).toMatchObject({ cost_nano_usd: 0, error_code: 'upstream_key_refused' });
    expect(rig.vertex.requests).toEqual([]);
  });
});
