/** No dialect is ever held back: on every streaming endpoint of every format each event is out before the next one exists. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createRouteTable } from '@/lib/gateway/routes';
import { encodeUtf8 } from '@/lib/std/bytes';
import { FORMATS } from '@/lib/wire/registry';
import { type Dialect, dialectBody, DIALECTS } from '@/tests/bench/dialects';
import { describeMounts, type Rig, useRig } from '@/tests/support/mounts';
import type { OpenAnswer } from '@/tests/support/raw-http';
import { createStepper } from '@/tests/support/upstream-answer';
import type { Upstream } from '@/tests/support/upstream-server';

/** Opening, text and closing of every dialect. */
const EVENTS = 9;
/** Endpoints that generate, but only ever answer whole. */
const NEVER_STREAM = [
  'bedrock invoke',
  'bedrock converse',
  'gemini generateContent',
  'vertex-gemini generateContent',
  'vertex-claude rawPredict',
  'openai-responses responses-compact',
];

function completionEvents(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const reason = index === count - 3 ? 'stop' : null;
    const choices = [{ text: ` word ${index}`, index: 0, logprobs: null, finish_reason: reason }];
    const chunk = { id: 'cmpl-1', object: 'text_completion', created: 1, model: 'gpt-3.5-turbo-instruct' };
    const usage = { prompt_tokens: 9, completion_tokens: count, total_tokens: 9 + count };
    if (index === count - 1) return encodeUtf8('data: [DONE]\n\n');
    const data = index === count - 2 ? { ...chunk, choices: [], usage } : { ...chunk, choices };
    return encodeUtf8(`data: ${JSON.stringify(data)}\n\n`);
  });
}

/** The bench's dialects, and what it does not measure. */
const CASES: readonly Dialect[] = [
  ...DIALECTS,
  {
    label: 'OpenAI Completions',
    path: '/v1/completions',
    upstreamPath: /\/completions$/,
    headers: {},
    contentType: 'text/event-stream',
    call: (prompt) => ({
      model: 'gpt-3.5-turbo-instruct',
      prompt,
      stream: true,
      stream_options: { include_usage: true },
    }),
    events: completionEvents,
  },
];

const routes = createRouteTable(FORMATS);

function routeOf({ path, headers }: Dialect) {
  const { pathname } = new URL(path, 'http://localhost');
  return routes.match('POST', pathname, new Headers(headers));
}

const endpointName = (format: string, endpoint: string) => `${format} ${endpoint}`;

it('every endpoint that generates is tried here, or never streams', () => {
  const all = FORMATS.flatMap(({ name, endpoints }) =>
    endpoints.filter(({ kind }) => kind === 'generate').map((endpoint) => endpointName(name, endpoint.name)),
  );
  const tried = CASES.map((dialect) => {
    const { format, endpoint } = routeOf(dialect);
    return endpointName(format.name, endpoint.name);
  });
  expect([...new Set([...tried, ...NEVER_STREAM])].sort()).toEqual(all.sort());
});

/** Where a format's calls go. */
function upstreamOf(rig: Rig, format: string): Upstream {
  if (format.startsWith('openai-')) return rig.openai;
  if (format.startsWith('vertex-')) return rig.vertex;
  if (format === 'anthropic-messages') return rig.anthropic;
  if (format === 'gemini') return rig.gemini;
  if (format === 'bedrock') return rig.bedrock;
  throw new Error(`no upstream speaks ${format}`);
}

/** So many bytes, or what there is before the end. */
async function takeBytes(answer: OpenAnswer, bytes: number): Promise<Buffer> {
  const taken: Buffer[] = [];
  for (let size = 0; size < bytes;) {
    const chunk = await answer.next();
    if (chunk === null) break;
    taken.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(taken);
}

describeMounts('no buffering', (mount) => {
  const rig = useRig(mount, { openai: {}, bedrock: {}, vertex: {} });
  let token = '';
  beforeAll(async () => {
    ({ token } = await rig.gateway.customer({ plan: {} }));
  });

  describe.each(CASES.map((dialect) => [dialect.label, dialect] as const))('%s', (_label, dialect) => {
    it('each event is out before the next one exists, and the whole is metered', async () => {
      const events = dialect.events(EVENTS);
      const hidden = dialect.hidden === undefined ? -1 : events.length - 2;
      const stepper = createStepper();
      const behaviour = { body: events, stepper, headers: { 'content-type': dialect.contentType } };
      upstreamOf(rig, routeOf(dialect).format.name).script(({ path }) =>
        path === '/token' ? null : behaviour,
      );
      // Next sends the head with the first byte of the body, so the answer is awaited after the first step.
      const opening = rig.open({
        path: dialect.path,
        method: 'POST',
        body: dialectBody(dialect, false),
        headers: {
          ...dialect.headers,
          'content-type': 'application/json',
          'accept-encoding': 'identity',
          'x-api-key': token,
        },
      });
      for (const [index, event] of events.entries()) {
        await stepper.step();
        if (index === hidden) continue;
        const received = await takeBytes(await opening, event.length);
        expect(Buffer.compare(received, event)).toBe(0);
      }
      const answer = await opening;
      expect([answer.status, (await answer.rest()).length]).toEqual([200, 0]);
      expect(await rig.gateway.settledRow(answer.headers['x-request-id'] ?? '')).toMatchObject({
        ending: 'complete',
        grade: 'exact',
        stream: true,
      });
    });
  });
});
