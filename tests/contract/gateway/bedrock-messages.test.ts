/** Anthropic's Messages carried through Bedrock: the same JSON in every event, native errors, nothing held back. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeUtf8 } from '@/lib/std/bytes';
import { EventStreamFramer } from '@/lib/std/event-stream';
import { eventFrame, exceptionFrame } from '@/tests/support/event-stream-frames';
import { describeMounts, useRig, type Ask } from '@/tests/support/mounts';
import { createStepper } from '@/tests/support/upstream-answer';

const FOLDER = path.resolve('../shared/fixtures/bedrock-invoke');
const STREAM = 'openllmetry__bedrock_traces_test_anthropic_test_anthropic_3_completion_streaming__0.bin';
const WHOLE = 'pydantic-ai__models_test_anthropic_test_anthropic_cache_bedrock_real_api__1.json';

const PROFILE = '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0';

const chunk = (json: string): Buffer =>
  eventFrame('chunk', { bytes: Buffer.from(json).toString('base64'), p: 'abcdef' });

/** What the frames hold, as events. */
function asEvents(frames: Uint8Array): string {
  let text = '';
  new EventStreamFramer((frame) => {
    const { bytes } = JSON.parse(decodeUtf8(frame.payload)) as { bytes: string };
    const json = Buffer.from(bytes, 'base64').toString('utf8');
    text += `event: ${(JSON.parse(json) as { type: string }).type}\ndata: ${json}\n\n`;
  }).push(frames);
  return text;
}

function recorded(file: string): Buffer | null {
  const place = path.join(FOLDER, file);
  if (existsSync(place)) return readFileSync(place);
  console.warn(`No recording ${place}: it is not carried.`);
  return null;
}

describeMounts('Messages through Bedrock', (mount) => {
  const rig = useRig(mount, { bedrock: {}, variables: { ANTHROPIC_API_KEY: '' } });
  let token: string;
  beforeAll(async () => {
    ({ token } = await rig.gateway.customer({ plan: {} }));
  });
  const sent = () => rig.bedrock.requests.at(-1);
  const ask = (made: Ask = {}) =>
    rig.ask({ token, ...made, call: { model: 'claude-sonnet-4-5', ...made.call } });
  const rowOf = ({ headers }: { headers: Readonly<Record<string, string>> }) =>
    rig.gateway.settledRow(headers['x-request-id'] ?? '');

  describe('the request', () => {
    it('names the model in the path, the version and the betas in the body, and keeps all else', async () => {
      const headers = { 'anthropic-beta': 'context-1m-2025-08-07, effort-2025-11-24' };
      const call = { stream: true, system: 'Be kind.', unknown: { a: [1.0, 'é'] } };
      expect((await ask({ call, headers, path: '/v1/messages?beta=true' })).status).toBe(200);
      expect(sent()?.url).toBe(`${PROFILE}/invoke-with-response-stream`);
      expect(sent()?.json()).toEqual({
        anthropic_version: 'bedrock-2023-05-31',
        anthropic_beta: ['context-1m-2025-08-07', 'effort-2025-11-24'],
        max_tokens: 64,
        messages: [{ role: 'user', content: 'Say hello.' }],
        system: 'Be kind.',
        unknown: { a: [1, 'é'] },
      });
      for (const name of ['anthropic-beta', 'anthropic-version', 'x-api-key'])
        expect(sent()?.headers[name]).toBeUndefined();
    });

    it('takes a later version under its own name, and goes to the plain path without a stream', async () => {
      const answer = await ask({
        headers: { 'anthropic-version': '2026-10-21' },
        call: { model: 'bedrock/claude-sonnet-4-5' },
      });
      expect(answer.status).toBe(200);
      expect(sent()?.url).toBe(`${PROFILE}/invoke`);
      expect(sent()?.json()).toMatchObject({ anthropic_version: '2026-10-21' });
      expect(sent()?.json()).not.toHaveProperty('model');
    });

    it('is taken for a profile, an id or an ARN as well, but not for models that speak otherwise', async () => {
      const id = 'global.anthropic.claude-sonnet-4-5-20250929-v1:0';
      expect((await ask({ call: { model: id } })).status).toBe(200);
      expect(sent()?.path).toBe(`/model/${encodeURIComponent(id)}/invoke`);
      for (const model of [
        'amazon.nova-lite-v1:0',
        'us.meta.llama3-3-70b-instruct-v1:0',
        'anthropic.claude-v2',
      ])
        expect((await ask({ call: { model } })).status).toBe(404);
    });

    it('goes once more with the documented betas where Bedrock refuses one of the others', async () => {
      const refusal = { status: 400, body: '{"message":"invalid beta flag"}' };
      const headers = { 'anthropic-beta': 'claude-code-20250219,effort-2025-11-24,oauth-2025-04-20' };
      rig.bedrock.script(refusal);
      const before = rig.bedrock.requests.length;
      expect((await ask({ headers })).status).toBe(200);
      const betas = rig.bedrock.requests
        .slice(before)
        .map((request) => (request.json() as { anthropic_beta: string[] }).anthropic_beta);
      expect(betas).toEqual([
        ['claude-code-20250219', 'effort-2025-11-24', 'oauth-2025-04-20'],
        ['effort-2025-11-24'],
      ]);
      rig.bedrock.script(refusal, refusal, { status: 400, body: '{"message":"prompt is too long"}' });
      expect((await ask({ headers })).json()['error']).toMatchObject({ message: 'invalid beta flag' });
      expect((await ask({ headers })).json()['error']).toMatchObject({ message: 'prompt is too long' });
    });

    it('for a count goes to the model itself, and its answer comes back in Anthropic’s words', async () => {
      const body = JSON.stringify({
        model: 'claude-sonnet-4-5',
        messages: [{ role: 'user', content: 'Grüße' }],
      });
      const answer = await ask({ path: '/v1/messages/count_tokens', body });
      expect([answer.status, Object.keys(answer.json())]).toEqual([200, ['input_tokens']]);
      expect(answer.json()['input_tokens']).toBeGreaterThan(0);
      expect(sent()?.path).toBe('/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens');
    });
  });

  describe('the answer', () => {
    it('as a stream holds the recorded JSON byte for byte, however the frames are cut', async () => {
      const frames = recorded(STREAM);
      if (frames === null) return;
      for (const sizes of [[frames.length], [1], [7, 61], [999]]) {
        rig.bedrock.script({ body: frames, cut: { sizes }, headers: { 'content-length': null } });
        const answer = await ask({ call: { stream: true } });
        expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
        expect(answer.text).toBe(asEvents(frames));
        expect(await rowOf(answer)).toMatchObject({
          provider: 'bedrock',
          input_tokens: 16,
          output_tokens: 21,
          grade: 'exact',
          ending: 'complete',
        });
      }
    });

    it('as a whole is the recorded message byte for byte', async () => {
      const message = recorded(WHOLE);
      if (message === null) return;
      rig.bedrock.script({ body: message });
      const answer = await ask();
      expect(answer.body.equals(message)).toBe(true);
      expect(answer.headers['request-id']).toBe(answer.headers['x-amzn-requestid']);
      expect(await rowOf(answer)).toMatchObject({
        input_tokens: 3,
        cache_read_tokens: 9_511,
        cache_write_5m_tokens: 1_956,
        output_tokens: 44,
      });
    });

    it('passes on each event before the next is sent', async () => {
      const stepper = createStepper();
      rig.bedrock.script({ stepper });
      const opened = rig.openAsk({ token, call: { model: 'claude-sonnet-4-5', stream: true } });
      await stepper.step();
      const answer = await opened;
      expect((await answer.next())?.toString('utf8')).toMatch(/^event: message_start\ndata: \{.*\}\n\n$/);
      stepper.runOn();
      const rest = (await answer.rest()).toString('utf8');
      expect(rest).toContain('event: message_stop\ndata: {"type":"message_stop"');
      expect(await rowOf(answer)).toMatchObject({ grade: 'exact', ending: 'complete' });
    });

    it('keeps an event on one line where its JSON is written on several', async () => {
      const json = JSON.stringify({ type: 'message_stop', a: 1 }, null, 2);
      rig.bedrock.script({
        body: [chunk(json), eventFrame('chunk', { bytes: 'e30=' }), eventFrame('new', {})],
      });
      const answer = await ask({ call: { stream: true } });
      expect(answer.text).toBe('event: message_stop\ndata: {"type":"message_stop","a":1}\n\n');
    });

    it('that fails in mid-stream ends in Anthropic’s error event', async () => {
      rig.bedrock.script({
        stopAfterEvents: 3,
        append: exceptionFrame('throttlingException', 'Too many tokens'),
      });
      const answer = await ask({ call: { stream: true } });
      expect(answer.text).toContain(
        'event: error\ndata: {"type":"error","error":{"type":"rate_limit_error","message":"Too many tokens"}}\n\n',
      );
      expect(await rowOf(answer)).toMatchObject({ ending: 'broken' });
    });

    it.each([
      ['is cut off inside of a frame', { stopAfterBytes: 700 }],
      ['ends without its last event', { stopAfterEvents: 3 }],
      ['holds a damaged frame', { stopAfterEvents: 2, append: Buffer.alloc(64, 7) }],
    ])('that %s never ends cleanly', async (_how, behaviour) => {
      rig.bedrock.script(behaviour);
      const answer = await rig.openAsk({ token, call: { model: 'claude-sonnet-4-5', stream: true } });
      const read: Buffer[] = [];
      const reading = (async () => {
        for (let next = await answer.next(); next !== null; next = await answer.next()) read.push(next);
      })();
      await expect(reading).rejects.toThrow();
      const text = Buffer.concat(read).toString('utf8');
      expect(text.startsWith('event: message_start\n')).toBe(true);
      expect(text).toContain('event: error\ndata: {"type":"error"');
      expect(await rowOf(answer)).toMatchObject({ ending: 'broken' });
    });

    it.each([
      [400, 400, 'invalid_request_error'],
      [404, 404, 'not_found_error'],
      [408, 408, 'timeout_error'],
      [424, 424, 'api_error'],
      [429, 429, 'rate_limit_error'],
      [500, 500, 'api_error'],
      [503, 503, 'overloaded_error'],
      [403, 502, 'api_error'],
    ])('of status %i is an error of Anthropic’s with %i and %s', async (status, shown, type) => {
      rig.bedrock.script({ status });
      const answer = await ask();
      expect(answer.status).toBe(shown);
      expect(answer.json()).toMatchObject({ type: 'error', error: { type, message: expect.any(String) } });
      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.headers['x-amzn-errortype']).toBeUndefined();
    });

    it('keeps the words of an error: clients know what to do by them', async () => {
      const headers = { 'x-amzn-errortype': 'ServiceQuotaExceededException:http://x/' };
      const message = 'Input is too long for requested model.';
      rig.bedrock.script(
        { status: 400, body: JSON.stringify({ message }) },
        { status: 400, body: '<html>', headers },
      );
      expect((await ask()).json()['error']).toEqual({ type: 'invalid_request_error', message });
      const quota = await ask();
      expect([quota.status, quota.json()['error']]).toEqual([
        429,
        { type: 'rate_limit_error', message: '<html>' },
      ]);
    });
  });

  it('lists the Claude models that it can carry, and no others', async () => {
    const answer = await rig.send({
      path: '/v1/models?limit=1000',
      headers: { 'x-api-key': token, 'anthropic-version': '2023-06-01' },
    });
    const ids = (answer.json()['data'] as { id: string }[]).map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(5);
    expect(ids.filter((id) => !id.includes('claude'))).toEqual([]);
  });
});
