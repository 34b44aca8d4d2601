/** Answers that OpenAI keeps: read, listed, cancelled and deleted by who made them, followed until their usage is known. */
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { heldOf } from '@/tests/support/gateway-calls';
import type { Customer, Row } from '@/tests/support/gateway-verbs';
import { describeMounts, useRig } from '@/tests/support/mounts';
import type { RawAnswer } from '@/tests/support/raw-http';
import { MODEL, responsesCalls } from '@/tests/support/responses-calls';
import { sseEvents } from '@/tests/support/upstream-answer';

const idOf = (answer: RawAnswer) => String(answer.json()['id']);
const notFound = (message: string) => ({
  error: { message, type: 'invalid_request_error', param: null, code: null },
});
/** Polls go at least a second apart; several of them may be waited for. */
const FOLLOWED_MS = 15_000;

describeMounts('stored answers', (mount) => {
  const rig = useRig(mount, { openai: {} });
  const calls = responsesCalls(rig);
  let maker: Customer;
  let other: Customer;
  beforeAll(async () => {
    maker = await rig.gateway.customer({ plan: {} });
    other = await rig.gateway.customer({ plan: {} });
  });

  beforeEach(() => rig.openai.planBackground({ polls: 0 }));

  /** An answer whose row is settled, so that its id is surely kept. */
  async function made(fields: Readonly<Record<string, unknown>> = {}): Promise<RawAnswer> {
    const answer = await calls.create(maker, fields);
    expect(answer.status).toBe(200);
    await calls.rowOf(answer);
    return answer;
  }
  const usageOf = ({ input_tokens, output_tokens }: Row) => ({ input_tokens, output_tokens });

  describe('for their maker', () => {
    it('are read again byte for byte, listed with the query, and deleted, all free and without a row', async () => {
      const answer = await made();
      const id = idOf(answer);
      for (const place of ['', '/api', '/api/llm/openai', '/v1/native/openai']) {
        const again = await calls.ask(maker, 'GET', `${place}/v1/responses/${id}?include=x`);
        expect([again.status, again.json()]).toEqual([200, answer.json()]);
        expect(again.headers).toMatchObject({
          'x-tollgate-provider': 'openai',
          'x-tollgate-remaining-tokens': 'unlimited',
        });
        expect(await calls.rowNow(again)).not.toHaveProperty('ending');
      }
      expect(rig.openai.requests.at(-1)?.url).toBe(`/v1/responses/${id}?include=x`);
      const items = await calls.ask(maker, 'GET', `/v1/responses/${id}/input_items?limit=2&order=asc`);
      expect([items.status, items.json()['object']]).toEqual([200, 'list']);
      expect(rig.openai.requests.at(-1)?.url).toBe(`/v1/responses/${id}/input_items?limit=2&order=asc`);
      const deleted = await calls.ask(maker, 'DELETE', `/v1/responses/${id}`);
      expect([deleted.status, deleted.json()]).toEqual([200, { id, object: 'response', deleted: true }]);
      const gone = await calls.ask(maker, 'GET', `/v1/responses/${id}`);
      expect([gone.status, gone.json()]).toEqual([404, notFound(`Response with id '${id}' not found.`)]);
    });

    it('can be streamed again, unmetered', async () => {
      const id = idOf(await made());
      const stream = await calls.ask(maker, 'GET', `/v1/responses/${id}?stream=true&starting_after=1`);
      expect([stream.status, stream.headers['content-type']]).toEqual([
        200,
        expect.stringContaining('text/event-stream'),
      ]);
      expect(sseEvents(stream.text).at(-1)).toContain('event: response.completed');
      expect(await calls.rowNow(stream)).not.toHaveProperty('ending');
    });

    it('are there as soon as they are answered, before their call is settled', async () => {
      for (const stream of [false, true]) {
        const answer = await calls.create(maker, { stream });
        const id = /"id": ?"(resp_\w+)"/.exec(answer.text)?.[1] ?? '';
        expect((await calls.ask(maker, 'GET', `/v1/responses/${id}`)).status).toBe(200);
      }
    });

    it('are open to all tokens of the customer, also once the token that made them is revoked', async () => {
      const id = idOf(await made());
      const second = await rig.gateway.admin('POST', '/api/admin/tokens', {
        user: maker.user,
        name: 'second',
      });
      const token = String(second.body['token']);
      expect((await calls.ask({ token }, 'GET', `/v1/responses/${id}`)).status).toBe(200);
      const byFirst = await calls.create({ token });
      await calls.rowOf(byFirst);
      expect(
        (await rig.gateway.admin('DELETE', `/api/admin/tokens/${String(second.body['id'])}`)).status,
      ).toBe(200);
      expect((await calls.ask(maker, 'GET', `/v1/responses/${idOf(byFirst)}`)).status).toBe(200);
      expect((await calls.create(maker, { previous_response_id: idOf(byFirst) })).status).toBe(200);
    });

    it('that end in themselves can’t be cancelled, as the provider says', async () => {
      const answer = await calls.ask(maker, 'POST', `/v1/responses/${idOf(await made())}/cancel`);
      expect([answer.status, answer.json()]).toEqual([
        400,
        notFound('Cannot cancel a synchronous response.'),
      ]);
    });
  });

  describe('for anybody else', () => {
    it('are not there: the same 404 as for an id nobody has, and nothing reaches the provider', async () => {
      const id = idOf(await made());
      const forwarded = await calls.forwarded(async () => {
        const asks = [id, 'resp_nobodys'].flatMap((asked) =>
          [
            ['GET', ''],
            ['DELETE', ''],
            ['GET', '/input_items'],
            ['POST', '/cancel'],
          ].map(async ([method = '', path = '']) => {
            const answer = await calls.ask(other, method, `/v1/responses/${asked}${path}`);
            expect([answer.status, answer.json()]).toEqual([
              404,
              notFound(`Response with id '${asked}' not found.`),
            ]);
          }),
        );
        await Promise.all(asks);
      });
      expect(forwarded).toEqual([]);
      expect((await calls.ask(maker, 'GET', `/v1/responses/${id}`)).status).toBe(200);
    });

    it('are no start for a call, a compaction or a count', async () => {
      const id = idOf(await made());
      const error = {
        message: `Previous response with id '${id}' not found.`,
        type: 'invalid_request_error',
        param: 'previous_response_id',
        code: 'previous_response_not_found',
      };
      const forwarded = await calls.forwarded(async () => {
        const body = { model: MODEL, input: 'Tell me all.', previous_response_id: id };
        const asks = ['', '/compact', '/input_tokens'].map(async (path) => {
          const answer = await calls.ask(other, 'POST', `/v1/responses${path}`, body);
          expect([path, answer.status, answer.json()]).toEqual([path, 400, { error }]);
        });
        await Promise.all(asks);
        const compared = await calls.create(other, { prompt_cache_options: { comparison_response_id: id } });
        expect(compared.status).toBe(400);
      });
      expect(forwarded).toEqual([]);
    });

    it('hide behind no strange id', async () => {
      const forwarded = await calls.forwarded(async () => {
        const asks = ['%2e%2e', '..%2fchat', 'a%2Fb', "'%20OR%201=1", 'x'.repeat(300), 'input_tokens'].map(
          async (id) =>
            expect([id, (await calls.ask(other, 'GET', `/v1/responses/${id}`)).status]).toEqual([id, 404]),
        );
        await Promise.all(asks);
      });
      expect(forwarded).toEqual([]);
    });
  });

  describe('that a call builds on', () => {
    it('are part of what is held for it, and of its session', async () => {
      rig.openai.script({
        body: JSON.stringify({
          id: 'resp_long',
          object: 'response',
          status: 'completed',
          model: MODEL,
          output: [],
          usage: {
            input_tokens: 90_000,
            input_tokens_details: { cached_tokens: 80_000 },
            output_tokens: 1_000,
            total_tokens: 91_000,
          },
        }),
      });
      const first = await calls.rowOf(await calls.create(maker, { prompt_cache_key: 'chain-1' }));
      expect(first).toMatchObject({ session: 'chain-1', answer_id: 'resp_long' });
      const fresh = await calls.rowOf(await calls.create(maker));
      const next = await calls.rowOf(await calls.create(maker, { previous_response_id: 'resp_long' }));
      expect(Number(next['hold_tokens']) - Number(fresh['hold_tokens'])).toBeGreaterThanOrEqual(91_000);
      expect(next['session']).toBe('chain-1');
      expect(fresh['session']).not.toBe('chain-1');
    });
  });

  describe('made in the background', () => {
    it(
      'are settled once they are done, with their usage, and held until then',
      { timeout: FOLLOWED_MS },
      async () => {
        const owner = await rig.gateway.customer({ plan: { monthly_tokens: 1_000_000 } });
        rig.openai.planBackground({ polls: 1 });
        const answer = await calls.create(owner, { background: true });
        const id = idOf(answer);
        expect(answer.json()).toMatchObject({ status: 'queued', usage: null });
        const running = await calls.rowNow(answer);
        expect([running['ending'], (await heldOf(rig.gateway, owner))[0]]).toEqual([
          null,
          running['hold_tokens'],
        ]);
        const row = await calls.rowOf(answer);
        const done = await calls.ask(owner, 'GET', `/v1/responses/${id}`);
        const { usage } = done.json() as { usage: Record<string, unknown> };
        expect(row).toMatchObject({
          ending: 'complete',
          grade: 'exact',
          answer_id: id,
          ...usageOf(usage),
          usage_raw: usage,
        });
        expect((await heldOf(rig.gateway, owner))[0]).toBe(0);
        expect((await rig.usage(owner.token)).month.tokens.used).toBe(row['counted_tokens']);
      },
    );

    it(
      'can be read and cancelled by their maker meanwhile, not deleted',
      { timeout: FOLLOWED_MS },
      async () => {
        rig.openai.planBackground({ polls: 1_000 });
        const answer = await calls.create(maker, { background: true });
        const id = idOf(answer);
        expect((await calls.ask(maker, 'GET', `/v1/responses/${id}`)).json()['status']).toMatch(
          /queued|in_progress/,
        );
        expect((await calls.ask(other, 'POST', `/v1/responses/${id}/cancel`)).status).toBe(404);
        const early = await calls.ask(maker, 'DELETE', `/v1/responses/${id}`);
        expect([early.status, early.headers['x-should-retry']]).toEqual([409, 'false']);
        const cancelled = await calls.ask(maker, 'POST', `/v1/responses/${id}/cancel`);
        expect([cancelled.status, cancelled.json()['status']]).toEqual([200, 'cancelled']);
        // Nobody says what the part that was written cost.
        expect(await calls.rowOf(answer)).toMatchObject({
          grade: 'estimated',
          usage_raw: null,
          answer_id: id,
        });
        expect((await calls.ask(maker, 'DELETE', `/v1/responses/${id}`)).status).toBe(200);
      },
    );

    it('that fail are broken', { timeout: FOLLOWED_MS }, async () => {
      rig.openai.planBackground({ polls: 0, ends: 'failed' });
      expect(await calls.rowOf(await calls.create(maker, { background: true }))).toMatchObject({
        ending: 'broken',
        grade: 'estimated',
        error_code: 'upstream_error_event',
      });
    });

    it('and streamed are settled by the stream alone', async () => {
      const forwarded = await calls.forwarded(async () => {
        const answer = await calls.create(maker, { background: true, stream: true });
        expect(sseEvents(answer.text).at(-1)).toContain('event: response.completed');
        expect(await calls.rowOf(answer)).toMatchObject({ ending: 'complete', grade: 'exact' });
      });
      expect(forwarded).toEqual(['POST /v1/responses']);
    });

    it(
      'can be read and cancelled while their stream runs, from its first event on',
      { timeout: FOLLOWED_MS },
      async () => {
        rig.openai.script({ stopAfterEvents: 5, end: 'silence' });
        const streaming = await calls.open(maker, { background: true, stream: true, input: '40 words' });
        const first = (await streaming.next())?.toString('utf8') ?? '';
        const id = /"id": ?"(resp_\w+)"/.exec(first)?.[1] ?? '';
        expect((await calls.ask(maker, 'GET', `/v1/responses/${id}`)).status).toBe(200);
        expect((await calls.ask(maker, 'GET', `/v1/responses/${id}?stream=true`)).status).toBe(409);
        expect((await calls.ask(other, 'GET', `/v1/responses/${id}`)).status).toBe(404);
        streaming.leave();
        await calls.rowOf(streaming);
      },
    );

    it(
      'go on when their stream is left, and are settled with all that was written',
      { timeout: FOLLOWED_MS },
      async () => {
        rig.openai.script({ stopAfterEvents: 8, end: 'silence' });
        const streaming = await calls.open(maker, {
          background: true,
          stream: true,
          input: '40 words',
          max_output_tokens: 400,
        });
        await streaming.next();
        streaming.leave();
        const row = await calls.rowOf(streaming);
        expect(row).toMatchObject({ ending: 'complete', grade: 'exact', stream: true });
        const done = await calls.ask(maker, 'GET', `/v1/responses/${String(row['answer_id'])}`);
        expect(row).toMatchObject(usageOf(done.json()['usage'] as Row));
      },
    );

    it('are looked for again after looks that failed', { timeout: FOLLOWED_MS }, async () => {
      rig.openai.planBackground({ polls: 0 });
      let looks = 0;
      rig.openai.script(({ method }) => {
        if (method !== 'GET') return null;
        looks += 1;
        return looks === 1 ? { status: 503 } : looks === 2 ? { status: 404 } : null;
      });
      const answer = await calls.create(maker, { background: true });
      expect(await calls.rowOf(answer)).toMatchObject({ ending: 'complete', grade: 'exact' });
      expect(looks).toBe(3);
    });

    it('that their provider forgot are settled by an estimate', { timeout: FOLLOWED_MS }, async () => {
      rig.openai.script(({ method }) => (method === 'GET' ? { status: 404 } : null));
      const answer = await calls.create(maker, { background: true });
      const row = await vi.waitFor(() => calls.rowOf(answer), FOLLOWED_MS);
      expect(row).toMatchObject({ ending: 'complete', grade: 'estimated', usage_raw: null });
      expect(row['input_tokens']).toBeGreaterThan(0);
    });
  });
});
