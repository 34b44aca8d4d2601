/** Every recorded chat completion, completion and embedding through the running gateway, whole and cut anywhere: same bytes, same counts. */
import { beforeAll, expect, it } from 'vitest';
import { describeMounts, useRig } from '@/tests/support/mounts';
import {
  type Counts,
  countsOf,
  cutsOf,
  cutSizes,
  metaOf,
  readRecorded,
  readRecordings,
  recordedRequest,
  type Recording,
  sum,
} from '@/tests/support/replay';

const FORMATS: ReadonlySet<string> = new Set(['openai-chat', 'openai-completions', 'embeddings']);
/** Google's own embeddings are recorded in Google's own shape. */
const VENDORS: ReadonlySet<string> = new Set(['openai', 'azure', 'openai-compatible']);

const RECORDINGS = readRecordings(({ format, provider }) => FORMATS.has(format) && VENDORS.has(provider));

const PATHS: Readonly<Record<string, string>> = {
  'openai-chat': '/v1/chat/completions',
  'openai-completions': '/v1/completions',
  embeddings: '/v1/embeddings',
};
const SMALL: Readonly<Record<string, object>> = {
  'openai-chat': { messages: [{ role: 'user', content: 'Hello' }] },
  'openai-completions': { prompt: 'Hello' },
  embeddings: { input: 'Hello' },
};
/** Some recordings name no model. */
const UNNAMED = 'unnamed-model';
const COMPATIBLE_KEY = 'sk-compatible';

type Body = Readonly<Record<string, unknown>>;

/** The request as recorded, or a small one for the same model. */
function requestOf(recording: Recording): Body {
  const { format, model, stream } = recording;
  const { preset: _nobodys, ...recorded } = recordedRequest(recording);
  const streams = format === 'embeddings' ? {} : { stream };
  return { ...SMALL[format], ...recorded, model: model ?? UNNAMED, ...streams };
}

const recordsIn = (value: unknown): readonly Body[] =>
  Array.isArray(value) ? value.filter((one): one is Body => typeof one === 'object' && one !== null) : [];

/** Models a request names beside its own. */
function otherModels(request: Body): unknown[] {
  const { models, tools } = request;
  const advisors = recordsIn(tools).map(({ type, parameters }) =>
    String(type).startsWith('openrouter:') ? (parameters as Body)['model'] : undefined,
  );
  return [...(Array.isArray(models) ? models : []), ...advisors];
}

/** What an operator writes to serve all of these models: one server as OpenAI's clients know it, one as Azure has it. */
function providers(baseUrl: string): string {
  const listed = (mine: readonly Recording[]) => {
    const embedding = new Set(mine.filter(({ format }) => format === 'embeddings').map(({ model }) => model));
    const ids = new Set(mine.flatMap((one) => [one.model ?? UNNAMED, ...otherModels(requestOf(one))]));
    return [...ids]
      .filter((id) => typeof id === 'string')
      .map((id) => ({
        id,
        kind: embedding.has(id) ? 'embedding' : 'chat',
        price: { input: '1', output: '2', cacheRead: '0.5' },
      }));
  };
  const formats = ['openai-chat', 'openai-embeddings'];
  const shared = { baseUrl, formats, apiKeyEnv: 'COMPATIBLE_KEY' };
  const azure = RECORDINGS.filter(({ provider }) => provider === 'azure');
  const others = RECORDINGS.filter(({ provider }) => provider !== 'azure');
  return JSON.stringify(
    [
      { name: 'recorded', ...shared, models: listed(others) },
      { name: 'azure', ...shared, auth: 'api-key', models: listed(azure) },
    ].filter(({ models }) => models.length > 0),
  );
}

const asksForUsage = (request: Body) =>
  (request['stream_options'] as Body | undefined)?.['include_usage'] === true;

/** The chunk that came because the gateway asked for it: without choices, with a usage object. */
function isUsageChunk(event: string): boolean {
  const data = /^data: ?(\{.*\})\s*$/s.exec(event)?.[1];
  if (data === undefined) return false;
  const { choices, usage } = JSON.parse(data) as { choices?: unknown; usage?: unknown };
  return Array.isArray(choices) && choices.length === 0 && typeof usage === 'object' && usage !== null;
}

/** What the caller of a recording should get. */
function expectedBody(recording: Recording, body: Buffer, request: Body): Buffer {
  if (!recording.stream || asksForUsage(request)) return body;
  const events = body.toString('utf8').split(/(?<=\r?\n\r?\n)/);
  return Buffer.from(events.filter((event) => !isUsageChunk(event)).join(''));
}

/** In the row's terms: xAI and Google's layer leave reasoning out of the output, Voyage counts nothing but a total. */
function expectedOf(recording: Recording): Counts {
  const { usage } = recording;
  const total = usage?.total ?? null;
  const input = sum(usage?.input ?? total);
  // Moonshot's name for cached tokens, which the index does not know.
  const moved = metaOf(recording).usage_raw?.['cached_tokens'];
  return {
    input,
    output: total !== null && total > sum(usage?.input, usage?.output) ? total - input : sum(usage?.output),
    cache_read: typeof moved === 'number' ? moved : sum(usage?.cache_read),
    cache_write: sum(usage?.cache_write),
  };
}

describeMounts('recorded answers of OpenAI and its relatives', (mount) => {
  const rig = useRig(mount, {
    gemini: null,
    openai: {},
    variablesFor: ({ openai }) =>
      RECORDINGS.length === 0
        ? {}
        : { TOLLGATE_PROVIDERS: providers(openai?.apiUrl ?? ''), COMPATIBLE_KEY, OPENAI_API_KEY: '' },
  });
  let token: string;
  beforeAll(async () => {
    ({ token } = await rig.gateway.customer({ plan: { rate_limit_rpm: 1_000_000 } }));
  });

  async function replay(recording: Recording, size: number | null): Promise<void> {
    const body = readRecorded(recording.file);
    const type = recording.file.endsWith('.sse') ? 'text/event-stream; charset=utf-8' : 'application/json';
    const seen = rig.openai.requests.length;
    rig.openai.script({
      body,
      status: recording.status,
      headers: { 'content-type': type, 'x-request-id': 'req_recorded', 'x-should-retry': 'false' },
      ...(size === null ? {} : { cut: { sizes: [size] } }),
    });
    const request = requestOf(recording);
    const path = PATHS[recording.format] ?? '';
    // Azure has models of the same names: the path says whose are meant.
    const pin = recording.provider === 'azure' ? '/v1/native/azure' : '';
    const answer = await rig.send({
      path: pin + path,
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    expectSent(rig.openai.requests[seen], recording, path, request);
    if (recording.status === 401) {
      // The upstream refused the gateway's key: the caller's token is fine.
      expect(answer.status).toBe(502);
      return;
    }
    expect([answer.status, answer.headers['content-type']]).toEqual([recording.status, type]);
    expect(answer.body.equals(expectedBody(recording, body, request))).toBe(true);
    await expectRow(recording, answer.headers['x-request-id'] ?? '');
  }

  function expectSent(
    sent: { path: string; headers: Readonly<Record<string, string>>; json(): unknown } | undefined,
    recording: Recording,
    path: string,
    request: Body,
  ): void {
    expect(sent?.path).toBe(path);
    const key =
      recording.provider === 'azure' ? sent?.headers['api-key'] : sent?.headers['authorization']?.slice(7);
    expect(key).toBe(COMPATIBLE_KEY);
    const asked =
      recording.stream && !asksForUsage(request)
        ? { stream_options: { ...(request['stream_options'] as object | undefined), include_usage: true } }
        : {};
    expect(sent?.json()).toEqual({ ...request, ...asked });
  }

  async function expectRow(recording: Recording, id: string): Promise<void> {
    const row = await rig.gateway.settledRow(id);
    const ok = recording.status < 400;
    const broken = recording.flags.includes('error-mid-stream');
    const reported = recording.usage !== null || !ok;
    expect(row).toMatchObject({
      model: recording.model ?? UNNAMED,
      stream: recording.stream,
      status: recording.status,
      upstream_request_id: 'req_recorded',
      grade: reported ? 'exact' : 'estimated',
      ending: !ok ? 'refused' : broken ? 'broken' : 'complete',
      ...(ok ? {} : { cost_nano_usd: 0, counted_tokens: 0 }),
    });
    if (!ok) return;
    expect(row['cost_nano_usd']).toBeGreaterThan(0);
    if (!reported) return;
    expect(countsOf(row)).toEqual(expectedOf(recording));
    const reasoning = recording.usage?.reasoning ?? null;
    if (reasoning !== null) expect(row['reasoning_tokens']).toBe(reasoning);
  }

  it.each(RECORDINGS.map((recording) => [recording.file, recording] as const))(
    '%s arrives byte for byte and is counted to the token, whole and in pieces',
    async (_file, recording) => {
      for (const size of cutsOf(recording, mount.name)) await replay(recording, size);
    },
  );

  it('are all there: every format, vendor and kind of answer, and chunks to hide', () => {
    if (RECORDINGS.length === 0) return;
    const kinds = (pick: (one: Recording) => string) => [...new Set(RECORDINGS.map(pick))].toSorted();
    expect(kinds(({ format }) => format)).toEqual([...FORMATS].toSorted());
    expect(kinds(({ provider }) => provider)).toEqual([...VENDORS].toSorted());
    expect(kinds(({ status, stream }) => `${status < 400 ? 'ok' : 'error'} ${stream}`)).toEqual([
      'error false',
      'ok false',
      'ok true',
    ]);
    const sizes = new Set(RECORDINGS.flatMap((recording) => cutsOf(recording, mount.name)));
    for (const size of cutSizes(mount.name)) expect(sizes).toContain(size);
    const hidden = RECORDINGS.filter((one) => {
      const body = readRecorded(one.file);
      return expectedBody(one, body, requestOf(one)).length < body.length;
    });
    expect(hidden.length).toBeGreaterThan(2);
  });
});
