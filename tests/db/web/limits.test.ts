/** Guessing is stopped per address and altogether; those who get in are not in anyone's way. */
import { expect, test } from 'vitest';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { createMemoryLimiter } from '@/lib/adapters/memory-limiter';
import { openWeb, OPERATOR_TOKEN, ORIGIN, START_MS, type WebHarness } from '@/tests/support/web-auth';

async function limited(): Promise<
  WebHarness & { readonly try: (address: string, secret?: string) => Promise<string> }
> {
  let nowMs = START_MS;
  const limiter = createMemoryLimiter({ nowMs: () => nowMs });
  const w = await openWeb({ limiter });
  return {
    ...w,
    pass: (ms) => {
      nowMs += ms;
      w.pass(ms);
    },
    try: async (clientAddress, secret = 'tg_wrong') =>
      (await w.web.signInWithToken(secret, { clientAddress, origin: ORIGIN })).kind,
  };
}

test('an address that fails ten times waits six seconds for each further try, and is told so', async () => {
  const w = await limited();
  for (let i = 0; i < 10; i += 1) expect(await w.try('192.0.2.1')).toBe('refused');
  expect(await w.web.signInWithToken('tg_wrong', { clientAddress: '192.0.2.1', origin: ORIGIN })).toEqual({
    kind: 'limited',
    retryAfterMs: 6_000,
  });
  // The right one has to wait too: else its answer would tell it from the wrong ones.
  expect(await w.try('192.0.2.1', OPERATOR_TOKEN)).toBe('limited');
  expect(await w.try('192.0.2.2')).toBe('refused');
  w.pass(6_000);
  expect(await w.try('192.0.2.1')).toBe('refused');
  expect(await w.try('192.0.2.1')).toBe('limited');
  w.close();
});

test('links and tokens are counted together, and so is all of an IPv6 line', async () => {
  const w = await limited();
  for (let i = 0; i < 10; i += 1) {
    const visit = { clientAddress: `2001:db8:0:1::${i}`, origin: ORIGIN };
    const { kind } =
      i % 2 === 0 ? await w.web.signInWithLink('x', visit) : await w.web.signInWithToken('x', visit);
    expect(kind).toBe('refused');
  }
  expect(await w.try('2001:db8:0:1:ffff::1')).toBe('limited');
  w.close();
});

test('an office behind one address may arrive at once', async () => {
  const w = await limited();
  await createUser(w.h.account, { id: 'acme', plan: 'starter' });
  const { token } = await createToken(w.h.account, { user: 'acme', name: 'laptop' });
  for (let i = 0; i < 50; i += 1) expect(await w.try('192.0.2.1', token)).toBe('signed-in');
  w.close();
});

test('many addresses that fail are stopped together, and keep nobody else out', async () => {
  const w = await limited();
  await createUser(w.h.account, { id: 'acme', plan: 'starter' });
  const { token } = await createToken(w.h.account, { user: 'acme', name: 'laptop' });
  const kinds: string[] = [];
  // The first try of each is its own; the other nine are counted together.
  for (let i = 0; i < 400; i += 1) kinds.push(await w.try(`192.0.2.${Math.floor(i / 10)}`));
  const firsts = 40;
  expect(kinds.filter((kind) => kind === 'refused').length).toBeGreaterThanOrEqual(300);
  expect(kinds.filter((kind) => kind === 'refused').length).toBeLessThanOrEqual(300 + firsts);
  expect(kinds.at(-1)).toBe('limited');
  expect(await w.try('198.51.100.7', token)).toBe('signed-in');
  w.close();
});
