/** Settings of webhook and Stripe: complete or refused by name, and links that carry who upgrades. */
import { describe, expect, it } from 'vitest';
import { createStripe } from '@/lib/adapters/stripe';
import { writeNotice, type CapNotice } from '@/lib/domain/cap-notice';
import { upgradeUrl } from '@/lib/domain/upgrade-url';
import { readEnv } from '@/lib/env';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

describe('the environment', () => {
  it.each([
    [
      { TOLLGATE_WEBHOOK_URL: 'https://example.com/hook' },
      'TOLLGATE_WEBHOOK_URL and TOLLGATE_WEBHOOK_SECRET',
    ],
    [{ TOLLGATE_WEBHOOK_SECRET: SECRET }, 'TOLLGATE_WEBHOOK_URL and TOLLGATE_WEBHOOK_SECRET'],
    [{ TOLLGATE_WEBHOOK_URL: 'ftp://example.com', TOLLGATE_WEBHOOK_SECRET: SECRET }, 'TOLLGATE_WEBHOOK_URL:'],
    [
      { TOLLGATE_WEBHOOK_URL: 'https://example.com', TOLLGATE_WEBHOOK_SECRET: 'short' },
      'TOLLGATE_WEBHOOK_SECRET:',
    ],
    [{ STRIPE_SECRET_KEY: 'sk_test_1' }, 'STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET'],
    [{ STRIPE_WEBHOOK_SECRET: 'whsec_1' }, 'STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET'],
    [{ STRIPE_SECRET_KEY: 'a', STRIPE_WEBHOOK_SECRET: 'b', STRIPE_API_URL: 'nowhere' }, 'STRIPE_API_URL:'],
  ])('refuses %j, naming what is missing', (source, problem) => {
    expect(() => readEnv(source)).toThrow(problem);
  });

  it('takes both secrets, with and without their prefix', () => {
    const env = readEnv({
      TOLLGATE_WEBHOOK_URL: 'https://example.com/hook',
      TOLLGATE_WEBHOOK_SECRET: SECRET,
      STRIPE_SECRET_KEY: 'sk_test_1',
      STRIPE_WEBHOOK_SECRET: 'whsec_1',
      STRIPE_FALLBACK_PLAN: 'starter',
    });
    expect(env.webhook).toEqual({ url: 'https://example.com/hook', secret: SECRET.slice(6) });
    expect(env.stripe).toEqual({
      secretKey: 'sk_test_1',
      webhookSecret: 'whsec_1',
      apiUrl: null,
      fallbackPlan: 'starter',
    });
    expect(readEnv({}).stripe).toBeNull();
  });
});

describe('the upgrade link', () => {
  it('adds user and plan to whatever query there is', () => {
    const base = 'https://example.com/pay?from=gateway&user=nobody#top';
    expect(upgradeUrl(base, { user: 'a&b', plan: 'starter', to: 'pro' })).toBe(
      'https://example.com/pay?from=gateway&user=a%26b&plan=starter&to=pro#top',
    );
    expect(upgradeUrl('https://example.com', { user: 'acme', plan: 'starter' })).toBe(
      'https://example.com/?user=acme&plan=starter',
    );
  });
});

describe('the e-mail', () => {
  const notice: CapNotice = {
    kind: 'threshold',
    name: 'Acme',
    plan: 'starter',
    cap: 'tokens',
    limit: 1_000_000,
    used: 812_345,
    percent: 81,
    reachesAtMs: Date.parse('2026-11-24T09:30:00Z'),
    resetsAtMs: Date.parse('2026-12-01T00:00:00Z'),
    upgradeUrl: 'https://example.com/?user=acme&plan=starter',
  };

  it('says what is used, what will happen and when, and where to have more', () => {
    expect(writeNotice(notice)).toEqual({
      subject: "81 % of this month's tokens are used",
      text: [
        'Hello Acme,',
        '812,345 tokens of the 1,000,000 tokens that the plan "starter" has for this month are used (81 %).',
        'At the present pace the rest is used up on 24 November 2026, 09:30 UTC. From then on calls are refused until 1 December 2026, 00:00 UTC.',
        'To have more, change the plan: https://example.com/?user=acme&plan=starter\n',
      ].join('\n\n'),
    });
  });

  it('of money shows dollars, and has no link where there is nowhere to go', () => {
    const money = {
      ...notice,
      cap: 'cost',
      limit: 20_000_000_000,
      used: 19_000_000_000,
      percent: 95,
    } as const;
    const { subject, text } = writeNotice({ ...money, reachesAtMs: null, upgradeUrl: null, name: null });
    expect(subject).toBe("95 % of this month's budget is used");
    expect(text).toContain('$19.00 of the $20.00');
    expect(text).toContain('the rest lasts until it starts afresh on 1 December 2026');
    expect(text).not.toContain('http');
  });

  it('of a reached cap and of a refused call says until when', () => {
    expect(writeNotice({ ...notice, percent: 100 }).text).toContain(
      'Calls are refused until 1 December 2026',
    );
    const blocked = writeNotice({ ...notice, kind: 'blocked' });
    expect(blocked.subject).toContain('Calls are being refused');
    expect(blocked.text).toContain('are refused until 1 December 2026, 00:00 UTC');
  });
});

it('a signature of Stripe’s own test helper is taken within five minutes and not after', async () => {
  const { Stripe } = await import('stripe');
  const secret = 'whsec_unit';
  const payload = JSON.stringify({
    id: 'evt_1',
    object: 'event',
    type: 'invoice.paid',
    data: { object: {} },
  });
  const atMs = Date.parse('2026-11-21T12:00:00Z');
  const signature = new Stripe('sk_test_1').webhooks.generateTestHeaderString({
    payload,
    secret,
    timestamp: atMs / 1_000,
  });
  const read = (nowMs: number) =>
    createStripe({
      secretKey: 'sk_test_1',
      webhookSecret: secret,
      apiUrl: null,
      nowMs: () => nowMs,
    }).readEvent(payload, signature);
  await expect(read(atMs + 300_000)).resolves.toBeNull();
  await expect(read(atMs + 301_000)).rejects.toMatchObject({ code: 'body_invalid' });
});
