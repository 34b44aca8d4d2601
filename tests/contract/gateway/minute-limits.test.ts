/** Requests and tokens per minute: the refusal's shape, its figures, and that the wait it names is true. */
import { RateLimitError } from '@anthropic-ai/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { heldOf, reporting, sdkError } from '@/tests/support/gateway-calls';
import type { Customer } from '@/tests/support/gateway-verbs';
import { callBody, describeMounts, UPGRADE_URL, useRig } from '@/tests/support/mounts';
import type { RawAnswer } from '@/tests/support/raw-http';

const MINUTE_MS = 60_000;

/** A call of about ten thousand tokens. */
const large = (): string => callBody({ system: 'x'.repeat(40_000) });

describeMounts('limits per minute', (mount) => {
  const rig = useRig(mount);
  let customer: Customer;
  let refused: { answer: RawAnswer; fromMs: number; toMs: number };
  let firstFromMs = 0;
  let firstToMs = 0;

  describe('requests', () => {
    beforeAll(async () => {
      customer = await rig.gateway.customer({ plan: { rate_limit_rpm: 1 } });
      refused = await askUntilRefused(customer);
    });

    it('429 rate_limit_error carries limit, used, remaining, the wait and the upgrade link', async () => {
      const { answer } = refused;
      const seconds = answer.headers['retry-after'] ?? '';
      expect([answer.status, answer.json()['error']]).toEqual([
        429,
        {
          type: 'rate_limit_error',
          message: `rate limit: 1 requests per minute, used 1, remaining 0 · try again in ${seconds} s · higher limits: ${UPGRADE_URL}`,
        },
      ]);
      const row = await rig.gateway.settledRow(answer.headers['x-request-id'] ?? '');
      expect(row).toMatchObject({ status: 429, ending: 'refused', error_code: 'rate_limited_requests' });
      expect(row).toMatchObject({ counted_tokens: 0, cost_nano_usd: 0 });
      expect(await heldOf(rig.gateway, customer)).toEqual([0, 0]);
    });

    it('the wait is true: one tick after the end of the minute the counted request was made in', () => {
      const { headers } = refused.answer;
      const waitMs = Number(headers['retry-after-ms']);
      const endMs = Math.ceil((refused.fromMs + waitMs - 1) / MINUTE_MS - 0.5) * MINUTE_MS;
      expect(endMs + 1 - waitMs).toBeGreaterThanOrEqual(refused.fromMs);
      expect(endMs + 1 - waitMs).toBeLessThanOrEqual(refused.toMs);
      expect(headers).toMatchObject({
        'x-should-retry': 'true',
        'retry-after': String(Math.ceil(waitMs / 1_000)),
        'anthropic-ratelimit-requests-limit': '1',
        'anthropic-ratelimit-requests-remaining': '0',
      });
      expect(waitMs).toBeLessThanOrEqual(MINUTE_MS + 1);
    });

    it('the SDK throws RateLimitError and knows the wait', async () => {
      const { error } = await sdkError(rig.gateway.url, customer.token, {}, 0);
      expect(error).toBeInstanceOf(RateLimitError);
      const { headers } = error as RateLimitError;
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    });
  });

  describe('tokens', () => {
    const TPM = 6_000;
    const USED = 3_000;

    beforeAll(async () => {
      customer = await rig.gateway.customer({ plan: { rate_limit_tpm: TPM } });
      rig.anthropic.script(reporting(USED - 100, 100));
      // Larger than a minute's allowance, and admitted all the same: the bucket is full.
      firstFromMs = Date.now();
      const first = await rig.ask({ token: customer.token, body: large() });
      firstToMs = Date.now();
      expect([first.status, first.headers['anthropic-ratelimit-tokens-remaining']]).toEqual([200, '0']);
      await rig.gateway.settledRow(first.headers['x-request-id'] ?? '');
      const fromMs = Date.now();
      const answer = await rig.ask({ token: customer.token, body: large() });
      refused = { answer, fromMs, toMs: Date.now() };
    });

    it('429 rate_limit_error where the bucket is not full, with the figures of the settled call', async () => {
      const { answer } = refused;
      expect([answer.status, answer.headers['x-should-retry']]).toEqual([429, 'true']);
      expect(answer.headers['anthropic-ratelimit-tokens-limit']).toBe(String(TPM));
      const { message, type } = answer.json()['error'] as { message: string; type: string };
      const pattern = new RegExp(
        `^rate limit: ${TPM} tokens per minute, used (\\d+), remaining (\\d+); this call needs about ${TPM} · try again in ` +
          `${answer.headers['retry-after']} s · higher limits: ${UPGRADE_URL}$`,
      );
      expect([type, message]).toEqual(['rate_limit_error', expect.stringMatching(pattern)]);
      const [, used, remaining] = (pattern.exec(message) ?? []).map(Number);
      expect([(used ?? 0) + (remaining ?? 0), (used ?? 0) <= USED]).toEqual([TPM, true]);
      expect(await rig.gateway.settledRow(answer.headers['x-request-id'] ?? '')).toMatchObject({
        ending: 'refused',
        error_code: 'rate_limited_tokens',
        cost_nano_usd: 0,
      });
      expect(await heldOf(rig.gateway, customer)).toEqual([0, 0]);
    });

    it('the wait is true: what the settled call used, refilled at a sixtieth of the limit each second', () => {
      const waitMs = Number(refused.answer.headers['retry-after-ms']);
      const refillMs = Math.ceil(USED / (TPM / 60)) * 1_000;
      expect(waitMs).toBeGreaterThanOrEqual(firstFromMs + refillMs - refused.toMs);
      expect(waitMs).toBeLessThanOrEqual(firstToMs + refillMs - refused.fromMs);
      expect(refused.answer.headers['retry-after']).toBe(String(Math.ceil(waitMs / 1_000)));
    });

    it('a small call is admitted meanwhile', async () => {
      expect((await rig.ask({ token: customer.token })).status).toBe(200);
    });
  });

  /** At most three calls: a new minute may begin between the first two. */
  async function askUntilRefused({ token }: Customer) {
    for (let call = 1; ; call += 1) {
      const fromMs = Date.now();
      const answer = await rig.ask({ token });
      if (answer.status === 429) return { answer, fromMs, toMs: Date.now() };
      expect([answer.status, call < 3]).toEqual([200, true]);
    }
  }
});
