/** OpenAI's own SDK and Codex in the Responses format: answers, stored answers, and the errors they throw or show. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ProgramJobs, runProgram } from '@/tests/support/client-program';
import { startTrap, type Trap, watchRequests } from '@/tests/support/clients';
import { runCodex } from '@/tests/support/codex';
import { type InProcessGateway, startGateway } from '@/tests/support/gateway';
import type { Customer, CustomerOptions, Row } from '@/tests/support/gateway-verbs';
import { OPENAI_KEY, startOpenAiUpstream, type OpenAiUpstream } from '@/tests/support/openai-upstream';

const MODEL = 'gpt-5.1';
/** Room for Codex's instructions and tools, not for much more. */
const MAX_BODY_BYTES = 200_000;
const LINES = ['openai', 'openai-4'] as const;

let upstream: OpenAiUpstream;
let gateway: InProcessGateway;
let trap: Trap;
beforeAll(async () => {
  upstream = await startOpenAiUpstream();
  gateway = await startGateway({
    OPENAI_API_KEY: OPENAI_KEY,
    OPENAI_UPSTREAM_URL: upstream.apiUrl,
    TOLLGATE_MAX_BODY_BYTES: String(MAX_BODY_BYTES),
  });
  trap = await startTrap();
});
afterEach(() => {
  upstream.script();
  upstream.planBackground({ polls: 0 });
  expect(trap.release()).toEqual([]);
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
  await trap.stop();
});

const side = () => ({ gateway, trap });
const customerOn = (plan: CustomerOptions['plan'] = {}, token: CustomerOptions['token'] = {}) =>
  gateway.customer({ plan, token });

/** Rows of a customer, settled, oldest first. */
async function rowsOf({ user }: Customer): Promise<Row[]> {
  const { body } = await gateway.admin('GET', `/api/admin/requests?user=${user}`);
  const lines = (body['data'] as { readonly id: string }[]).toReversed();
  return Promise.all(lines.map(({ id }) => gateway.settledRow(id)));
}

const sdk = (
  token: string,
  job: Partial<ProgramJobs['openai-sdk']> & { params?: Row; prompt?: string; options?: Row } = {},
) => runProgram(side(), 'openai-sdk', { token, model: MODEL, act: 'responses', ...job });

interface Stored {
  readonly [name: string]: unknown;
}
const stored = (token: string, act: ProgramJobs['openai-stored']['act'], more: { id?: string } = {}) =>
  runProgram<'openai-stored', Stored>(side(), 'openai-stored', { token, model: MODEL, act, ...more });

describe.each(LINES)('%s', (line) => {
  it.each(['responses', 'responses-stream', 'responses-helper'] as const)(
    '%s answers and is metered',
    async (act) => {
      const customer = await customerOn();
      const { value, error, requests } = await sdk(customer.token, { line, act });
      expect([error, requests, value?.stop]).toEqual([undefined, 1, 'completed']);
      expect(value?.text).not.toBe('');
      expect(await rowsOf(customer)).toEqual([
        expect.objectContaining({
          ending: 'complete',
          grade: 'exact',
          input_tokens: value?.usage?.['input_tokens'],
          output_tokens: value?.usage?.['output_tokens'],
        }),
      ]);
    },
  );

  it('throws what a broken stream says, with the text so far, and asks no second time', async () => {
    const customer = await customerOn();
    upstream.script({ stopAfterEvents: 8, end: 'reset' });
    const { error, partial, requests } = await sdk(customer.token, {
      line,
      act: 'responses-stream',
      prompt: '40 words',
    });
    expect([error?.class, requests]).toEqual(['APIError', 1]);
    expect(error?.message).toContain('The provider (openai)');
    expect(partial).not.toBe('');
    expect(await rowsOf(customer)).toEqual([
      expect.objectContaining({ ending: 'broken', grade: 'estimated' }),
    ]);
  });
});

describe('the SDK’s error classes', () => {
  const cases = [
    [
      'a used-up month',
      {},
      { monthly_tokens: 10 },
      ['RateLimitError', 429, 'insufficient_quota', 'usage_limit_reached'],
      1,
    ],
    [
      'an unknown model',
      { model: 'nonesuch' },
      {},
      ['NotFoundError', 404, 'model_not_found', 'invalid_request_error'],
      1,
    ],
    [
      'a conversation',
      { conversation: 'conv_1' },
      {},
      ['BadRequestError', 400, null, 'invalid_request_error'],
      1,
    ],
    [
      'a body too large',
      { input: 'x'.repeat(MAX_BODY_BYTES) },
      {},
      ['BadRequestError', 400, 'context_length_exceeded', 'invalid_request_error'],
      1,
    ],
  ] as const;
  it.each(cases)('%s', async (_name, params, plan, thrown, requests) => {
    const customer = await customerOn(plan);
    // No command line holds a body so large: it is sent by hand.
    if ('input' in params) {
      const answer = await fetch(`${gateway.url}/v1/responses`, {
        method: 'POST',
        headers: { authorization: `Bearer ${customer.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: MODEL, ...params }),
      });
      const { error } = (await answer.json()) as { error: Row };
      expect([answer.status, error['code'], error['type']]).toEqual(thrown.slice(1));
      return;
    }
    const outcome = await sdk(customer.token, { params });
    const { error } = outcome;
    expect([error?.class, error?.status, error?.code, error?.type]).toEqual(thrown);
    expect(outcome.requests).toBe(requests);
  });

  it('a foreign key and a token for other formats', async () => {
    const bad = await sdk('sk-foreign');
    expect([bad.error?.class, bad.error?.code, bad.requests]).toEqual([
      'AuthenticationError',
      'invalid_api_key',
      1,
    ]);
    const narrow = await customerOn({}, { scope_formats: ['anthropic-messages'] });
    const refused = await sdk(narrow.token);
    expect([refused.error?.class, refused.error?.code, refused.requests]).toEqual([
      'BadRequestError',
      'access_denied',
      1,
    ]);
  });
});

describe('stored answers with the SDK', () => {
  it('live from their creation to their deletion', async () => {
    const customer = await customerOn();
    const { value, error } = await stored(customer.token, 'life');
    expect([error, value]).toEqual([
      undefined,
      {
        same: true,
        chained: true,
        items: ['message'],
        lastEvent: 'response.completed',
        counted: expect.any(Number) as number,
        compacted: 'response.compaction',
        gone: ['NotFoundError', 404, null],
      },
    ]);
    // Reading, listing, counting and deleting are free: three calls made something.
    expect((await rowsOf(customer)).map(({ endpoint, grade }) => [endpoint, grade])).toEqual([
      ['responses', 'exact'],
      ['responses', 'exact'],
      ['responses-compact', 'exact'],
    ]);
  });

  it('are polled in the background, settled once, and deleted only then', async () => {
    const customer = await customerOn();
    upstream.planBackground({ polls: 3 });
    const { value, error } = await stored(customer.token, 'background');
    expect([error, value]).toMatchObject([
      undefined,
      { first: 'queued', last: 'completed', early: ['ConflictError', 409, null] },
    ]);
    const rows = await rowsOf(customer);
    expect(rows.map(({ endpoint, ending, status }) => [endpoint, ending, status])).toEqual([
      ['responses', 'complete', 200],
      ['responses-delete', 'refused', 409],
    ]);
    expect(rows[0]).toMatchObject({ grade: 'exact', answer_id: value?.['id'] });
  });

  it('are cancelled while they stream', async () => {
    const customer = await customerOn();
    upstream.script(({ method, path }) => {
      if (method !== 'GET')
        return path.endsWith('/cancel')
          ? { body: '{"object":"response","status":"cancelled"}' }
          : { stopAfterEvents: 4, end: 'silence' };
      return null;
    });
    const { value, error } = await stored(customer.token, 'cancel');
    expect([error, value]).toEqual([
      undefined,
      { id: expect.stringMatching(/^resp_/) as string, status: 'cancelled' },
    ]);
    expect(await rowsOf(customer)).toHaveLength(1);
  });

  it('of others are not there', async () => {
    const [maker, other] = [await customerOn(), await customerOn()];
    await sdk(maker.token);
    const id = String((await rowsOf(maker))[0]?.['answer_id']);
    const { value } = await stored(other.token, 'foreign', { id });
    expect(value).toEqual({
      retrieve: ['NotFoundError', 404, null],
      cancel: ['NotFoundError', 404, null],
      delete: ['NotFoundError', 404, null],
      previous: ['BadRequestError', 400, 'previous_response_not_found'],
    });
  });
});

describe('Codex', () => {
  it('answers, and its row belongs to its thread', async () => {
    const customer = await customerOn();
    const run = await runCodex(side(), { token: customer.token });
    expect([run.code, run.errors]).toEqual([0, []]);
    expect(run.text).not.toBeNull();
    const [row] = await rowsOf(customer);
    expect(row).toMatchObject({
      ending: 'complete',
      grade: 'exact',
      session: run.threadId,
      session_source: 'codex',
      answer_id: null,
    });
    expect(run.usage).toMatchObject({
      input_tokens: row?.['input_tokens'],
      output_tokens: row?.['output_tokens'],
    });
  });

  it('with its built-in provider turns from WebSocket to HTTP at once', async () => {
    const customer = await customerOn();
    const watch = watchRequests(gateway.url);
    const run = await runCodex(side(), { token: customer.token, provider: 'built-in' });
    watch.stop();
    expect([run.code, run.errors]).toEqual([0, []]);
    expect(watch.to('/v1/responses').map(({ method, status }) => [method, status])).toEqual([
      ['GET', 426],
      ['POST', 200],
    ]);
  });

  it.each([
    ['a used-up month', { monthly_tokens: 10 }, {}, /^You’ve hit your usage limit\. Try again at /],
    ['a token for other formats', {}, { scope_formats: ['anthropic-messages'] }, /access_denied/],
  ])('shows %s after one request', async (_what, plan, token, said) => {
    const customer = await customerOn(plan, token);
    const watch = watchRequests(gateway.url);
    const run = await runCodex(side(), { token: customer.token });
    watch.stop();
    expect(watch.to('/v1/responses')).toHaveLength(1);
    expect(run.code).not.toBe(0);
    expect(run.errors.at(-1)).toMatch(said);
  });

  it('takes a broken stream up again by itself', async () => {
    const customer = await customerOn();
    upstream.script({ stopAfterEvents: 6, end: 'reset' });
    const run = await runCodex(side(), { token: customer.token });
    expect(run.code).toBe(0);
    expect(run.text).not.toBeNull();
    expect((await rowsOf(customer)).map(({ ending }) => ending)).toEqual(['broken', 'complete']);
  });
});
