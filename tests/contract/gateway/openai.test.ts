/** OpenAI's formats end to end: what its clients send and get, through OpenAI, OpenRouter and the compatibility layers. */
import { beforeAll, describe, expect, it } from 'vitest';
import { describeMounts, useRig, type Rig } from '@/tests/support/mounts';
import type { RawAnswer } from '@/tests/support/raw-http';
import { createStepper } from '@/tests/support/upstream-answer';
import type { RecordedRequest } from '@/tests/support/upstream-server';

const HELLO = [{ role: 'user', content: 'Say hello.' }];

interface Chat {
  readonly token: string;
  readonly path?: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

const post = ({ token, path = '/v1/chat/completions', body = {} }: Chat) => ({
  path,
  method: 'POST' as const,
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'gpt-4o', messages: HELLO, ...body }),
});

const newest = (requests: readonly RecordedRequest[]): RecordedRequest => {
  const request = requests.at(-1);
  if (request === undefined) throw new Error('nothing reached the upstream');
  return request;
};
const rowOf = (rig: Rig, answer: RawAnswer) => rig.gateway.settledRow(answer.headers['x-request-id'] ?? '');

describeMounts('OpenAI’s formats', (mount) => {
  const rig = useRig(mount, { openai: {}, openrouter: {} });
  let token: string;
  beforeAll(async () => {
    ({ token } = await rig.gateway.customer());
  });

  describe('a chat completion', () => {
    it.each([
      ['/v1/chat/completions'],
      ['/api/v1/chat/completions'],
      ['/api/llm/openai/v1/chat/completions'],
      ['/v1/native/openai/v1/chat/completions'],
    ])('at %s reaches OpenAI as it was sent, and is priced', async (path) => {
      const sent = post({ token, path, body: { user: 'u', unknown_field: [1.0] } });
      const answer = await rig.send(sent);
      expect([answer.status, answer.headers['x-tollgate-provider']]).toEqual([200, 'openai']);
      const { path: reached, body, headers } = newest(rig.openai.requests);
      expect([reached, body.toString('utf8')]).toEqual(['/v1/chat/completions', sent.body]);
      expect(headers['authorization']).toMatch(/^Bearer sk-proj-/);
      const row = await rowOf(rig, answer);
      expect(row).toMatchObject({
        model: 'gpt-4o',
        provider: 'openai',
        endpoint: 'chat_completions',
        ending: 'complete',
        grade: 'exact',
        price_version: 'table/gpt-4o@2024-10-02',
      });
      expect(row['cost_nano_usd']).toBeGreaterThan(0);
    });

    it('shows the caller what the answer is about, and nothing of the operator’s account', async () => {
      const { headers } = await rig.send(post({ token }));
      expect(headers['openai-processing-ms']).toBe('433');
      for (const name of ['openai-organization', 'openai-project', 'cf-ray', 'set-cookie', 'server'])
        expect(headers[name]).toBeUndefined();
      // The caller's own limit, not the account's.
      expect(headers['x-ratelimit-limit-requests']).toMatch(/^\d+$/);
      expect(headers['x-ratelimit-limit-requests']).not.toBe('10000');
    });

    it('streams each event before the next one arrives', async () => {
      const stepper = createStepper();
      rig.openai.script({ stepper });
      const opening = rig.open(post({ token, body: { stream: true } }));
      await rig.openai.waitForRequest();
      await stepper.step();
      const answer = await opening;
      const first = await answer.next();
      expect(first?.toString('utf8')).toMatch(/^data: \{.*"choices":\[/);
      stepper.runOn();
      const rest = await answer.rest();
      expect(rest.toString('utf8')).toContain('data: [DONE]\n\n');
    });

    it('is asked for its usage, which only a caller that asked gets to see', async () => {
      const quiet = await rig.send(post({ token, body: { stream: true } }));
      expect(newest(rig.openai.requests).json()).toMatchObject({ stream_options: { include_usage: true } });
      expect(quiet.body.toString('utf8')).not.toContain('"choices":[]');
      const asking = { stream: true, stream_options: { include_usage: true, include_obfuscation: false } };
      const open = await rig.send(post({ token, body: asking }));
      expect(newest(rig.openai.requests).json()).toMatchObject({ stream_options: asking.stream_options });
      expect(open.body.toString('utf8')).toContain('"choices":[]');
      for (const answer of [quiet, open])
        expect(await rowOf(rig, answer)).toMatchObject({ grade: 'exact', ending: 'complete', stream: true });
    });

    it('that breaks off ends with an error chunk and a broken connection', async () => {
      rig.openai.script({ stopAfterEvents: 2 });
      const answer = await rig.open(post({ token, body: { stream: true } }));
      let text = '';
      const readAll = async () => {
        for (let chunk = await answer.next(); chunk !== null; chunk = await answer.next())
          text += chunk.toString();
      };
      await expect(readAll()).rejects.toThrow();
      expect(text).toMatch(/data: \{"error":\{"message":.*"type":"server_error".*\}\}\n\n$/);
    });

    it('with several answers is clamped so that all of them fit', async () => {
      const poor = await rig.gateway.customer({ plan: { monthly_tokens: 5_000 } });
      const body = { n: 2, max_completion_tokens: 100_000 };
      const answer = await rig.send(post({ token: poor.token, body }));
      const { max_completion_tokens: each } = newest(rig.openai.requests).json() as Record<string, number>;
      expect(answer.headers['x-tollgate-clamped-max-tokens']).toBe(String(each));
      expect(each).toBeGreaterThan(2_000);
      expect(Number(each) * 2).toBeLessThanOrEqual(5_000);
    });

    it('of a model that thinks is clamped by the limit it knows', async () => {
      const poor = await rig.gateway.customer({ plan: { monthly_tokens: 5_000 } });
      const answer = await rig.send(post({ token: poor.token, body: { model: 'gpt-5.1' } }));
      expect(answer.status).toBe(200);
      expect(newest(rig.openai.requests).json()).toHaveProperty('max_completion_tokens');
      expect(newest(rig.openai.requests).json()).not.toHaveProperty('max_tokens');
    });

    it('whose key OpenAI refuses is the operator’s concern, not the caller’s', async () => {
      rig.openai.script({ status: 401 });
      const answer = await rig.send(post({ token }));
      expect([answer.status, answer.json()['error']]).toMatchObject([502, { type: 'server_error' }]);
    });

    it('is refused in OpenAI’s shape', async () => {
      const answer = await rig.send(post({ token: 'no-token' }));
      expect([answer.status, answer.json()['error']]).toMatchObject([401, { code: 'invalid_api_key' }]);
      const unknown = await rig.send(post({ token, body: { model: 'nonsense' } }));
      expect([unknown.status, unknown.json()['error']]).toMatchObject([404, { code: 'model_not_found' }]);
    });
  });

  it('a legacy completion is served, streamed and not', async () => {
    const body = { model: 'gpt-3.5-turbo-instruct', messages: undefined, prompt: 'Say hello.' };
    for (const stream of [false, true]) {
      const answer = await rig.send(post({ token, path: '/v1/completions', body: { ...body, stream } }));
      expect(answer.status).toBe(200);
      expect(await rowOf(rig, answer)).toMatchObject({ endpoint: 'completions', grade: 'exact', stream });
    }
  });

  it.each([['Hello'], [['Hello', 'world']], [[1, 2, 3]], [[[1, 2], [3]]]])(
    'an embedding of %o is served and counted, its encoding as asked for',
    async (input) => {
      const body = { model: 'text-embedding-3-small', messages: undefined, input, encoding_format: 'base64' };
      const sent = post({ token, path: '/v1/embeddings', body });
      const answer = await rig.send(sent);
      expect(newest(rig.openai.requests).body.toString('utf8')).toBe(sent.body);
      const { data, usage } = answer.json() as unknown as {
        data: { embedding: string }[];
        usage: { prompt_tokens: number };
      };
      expect(typeof data[0]?.embedding).toBe('string');
      expect(await rowOf(rig, answer)).toMatchObject({
        endpoint: 'embeddings',
        input_tokens: usage.prompt_tokens,
        output_tokens: 0,
        grade: 'exact',
      });
    },
  );

  describe('OpenRouter', () => {
    it('serves what its prefix names, and its answer’s cost is the bill', async () => {
      // Nobody knows beforehand what a router will cost: a plan that caps money can't hold it.
      const open = await rig.gateway.customer({ plan: {} });
      for (const stream of [false, true]) {
        const body = { model: 'openrouter/auto', stream };
        expect((await rig.send(post({ token, body }))).status).toBe(404);
        const answer = await rig.send(post({ token: open.token, body }));
        expect(answer.headers['x-tollgate-provider']).toBe('openrouter');
        const request = newest(rig.openrouter.requests);
        expect([request.path, request.json()]).toMatchObject([
          '/api/v1/chat/completions',
          { model: 'openrouter/auto' },
        ]);
        const row = await rowOf(rig, answer);
        expect(row).toMatchObject({ grade: 'exact', price_version: 'reported/openrouter' });
        // The fake charges two dollars a million tokens.
        const tokens = Number(row['input_tokens']) + Number(row['output_tokens']);
        expect(row['cost_nano_usd']).toBe(tokens * 2_000);
      }
    });

    it('gets its own names for models, by prefix and by pin', async () => {
      await rig.send(post({ token, body: { model: 'openrouter/claude-sonnet-4-5' } }));
      expect(newest(rig.openrouter.requests).json()).toMatchObject({ model: 'anthropic/claude-sonnet-4.5' });
      await rig.send(post({ token, path: '/v1/native/openrouter/v1/chat/completions' }));
      expect(newest(rig.openrouter.requests).json()).toMatchObject({ model: 'openai/gpt-4o' });
    });

    it('is told who sends its traffic', async () => {
      const sent = post({ token, body: { model: 'x-ai/grok-4.7' } });
      await rig.send({
        ...sent,
        headers: { ...sent.headers, 'x-title': 'App', 'http-referer': 'https://a.example' },
      });
      const { headers } = newest(rig.openrouter.requests);
      expect([headers['x-title'], headers['http-referer']]).toEqual(['App', 'https://a.example']);
    });

    it('may not be led to a model by a fallback that the caller may not use', async () => {
      const narrow = await rig.gateway.customer({ token: { scope_models: ['x-ai/grok-4.7'] } });
      const body = { model: 'x-ai/grok-4.7', models: ['x-ai/grok-4.7', 'anthropic/claude-opus-4.5'] };
      const answer = await rig.send(post({ token: narrow.token, body }));
      expect([answer.status, answer.json()['error']]).toMatchObject([400, { code: 'policy_blocked' }]);
    });
  });

  describe('compatibility layers', () => {
    it('Claude is asked at Anthropic’s own, with a bearer key', async () => {
      const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
      const body = JSON.stringify({ choices: [{ message: { content: 'Hello' } }], usage });
      rig.anthropic.script({ status: 200, body, headers: { 'content-type': 'application/json' } });
      const answer = await rig.send(post({ token, body: { model: 'anthropic/claude-sonnet-4-5' } }));
      expect(answer.body.toString('utf8')).toBe(body);
      const reached = newest(rig.anthropic.requests);
      const { path, headers } = reached;
      expect([path, headers['x-api-key'], headers['anthropic-version']]).toEqual([
        '/v1/chat/completions',
        undefined,
        undefined,
      ]);
      expect(headers['authorization']).toMatch(/^Bearer /);
      expect(reached.json()).toMatchObject({ model: 'claude-sonnet-4-5' });
      expect(await rowOf(rig, answer)).toMatchObject({
        provider: 'anthropic',
        input_tokens: 9,
        output_tokens: 4,
      });
    });

    it('Gemini is asked at Google’s own, chat and embeddings', async () => {
      const chat = await rig.send(post({ token, body: { model: 'google/gemini-2.5-flash', stream: true } }));
      expect([chat.status, newest(rig.gemini.requests).path]).toEqual([
        200,
        '/v1beta/openai/chat/completions',
      ]);
      expect(await rowOf(rig, chat)).toMatchObject({
        provider: 'google',
        grade: 'exact',
        ending: 'complete',
      });
      const body = { model: 'google/gemini-embedding-001', messages: undefined, input: 'Hello' };
      const embedded = await rig.send(post({ token, path: '/v1/embeddings', body }));
      expect([embedded.status, newest(rig.gemini.requests).path]).toEqual([200, '/v1beta/openai/embeddings']);
    });
  });

  describe('GET /v1/models', () => {
    const list = async (path: string, headers: Record<string, string>) =>
      (await rig.send({ path, headers })).json() as unknown as { object?: string; data: { id: string }[] };

    it('answers in the shape of whoever asks', async () => {
      const plain = await list('/v1/models', { authorization: `Bearer ${token}` });
      expect(plain.object).toBe('list');
      const ids = plain.data.map(({ id }) => id);
      for (const id of ['gpt-5.1', 'text-embedding-3-small', 'x-ai/grok-4.7', 'gemini-2.5-flash'])
        expect(ids).toContain(id);
      expect(new Set(ids).size).toBe(ids.length);
      const claude = await list('/v1/models', { 'x-api-key': token, 'anthropic-version': '2023-06-01' });
      expect(claude).toMatchObject({ has_more: expect.any(Boolean) as boolean });
      const routed = await list('/api/v1/models', { authorization: `Bearer ${token}` });
      expect(routed.data.map(({ id }) => id)).toEqual(ids);
    });

    it('answers for one model by its id, with slashes in it or not', async () => {
      const headers = { authorization: `Bearer ${token}` };
      for (const id of ['gpt-5.1', 'x-ai/grok-4.7', 'anthropic/claude-sonnet-4.5', 'claude-sonnet-4-5'])
        expect((await rig.send({ path: `/v1/models/${id}`, headers })).json()).toMatchObject({
          id,
          object: 'model',
        });
      expect((await rig.send({ path: '/v1/models/nonsense', headers })).status).toBe(404);
    });
  });
});
