/** Somebody who changes the very token they signed in with: a rotation keeps them signed in, and nobody else; revoking it ends the session. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { revokeToken } from '@/lib/account/revoke-token';
import { rotateToken } from '@/lib/account/rotate-token';
import { followToken, ownTokenOf } from '@/lib/web/own-token';
import { openWeb, OPERATOR_TOKEN, signedIn, VISIT, type WebHarness } from '@/tests/support/web-auth';

let w: WebHarness;
let laptop: { id: string; token: string };
let rival: { id: string; token: string };

beforeEach(async () => {
  w = await openWeb();
  await createUser(w.h.account, { id: 'acme', plan: 'starter' });
  await createUser(w.h.account, { id: 'rival', plan: 'starter' });
  laptop = await createToken(w.h.account, { user: 'acme', name: 'laptop' });
  rival = await createToken(w.h.account, { user: 'rival', name: 'theirs' });
});
afterEach(() => w.close());

const signIn = async (secret: string) => signedIn(await w.web.signInWithToken(secret, VISIT));

describe('the token of a session', () => {
  test('is the one it was opened with; an operator has none', async () => {
    const { viewer } = await signIn(laptop.token);
    expect(await ownTokenOf(w.h.database, viewer)).toBe(laptop.id);
    const operator = await signIn(OPERATOR_TOKEN);
    expect(await ownTokenOf(w.h.database, operator.viewer)).toBeNull();
  });
});

describe('a rotation', () => {
  test.each([0, 3_600])(
    'with %i s of overlap keeps who asked for it signed in, changes allowed, and no other browser',
    async (overlap) => {
      const mine = await signIn(laptop.token);
      const other = await signIn(laptop.token);
      const next = await rotateToken(w.h.account, { id: laptop.id, user: 'acme', overlap_seconds: overlap });
      await followToken(w.h.database, mine.viewer, { from: laptop.id, to: next.id });
      expect(await w.web.viewerOf(mine.value)).toMatchObject({ userId: 'acme', mayChange: true });
      expect(await ownTokenOf(w.h.database, mine.viewer)).toBe(next.id);
      const left = await w.web.viewerOf(other.value);
      expect(left?.mayChange ?? null).toBe(overlap === 0 ? null : false);
    },
  );

  test('moves no session to a token of another customer, nor one that rests on another token', async () => {
    const { viewer, value } = await signIn(laptop.token);
    await followToken(w.h.database, viewer, { from: laptop.id, to: rival.id });
    await followToken(w.h.database, viewer, { from: rival.id, to: laptop.id });
    await followToken(w.h.database, viewer, { from: laptop.id, to: 'tok_none' });
    expect(await ownTokenOf(w.h.database, viewer)).toBe(laptop.id);
    expect(await w.web.viewerOf(value)).toMatchObject({ userId: 'acme' });
  });
});

describe('revoking', () => {
  test('ends the sessions of that token alone', async () => {
    const mine = await signIn(laptop.token);
    const spare = await createToken(w.h.account, { user: 'acme', name: 'spare' });
    const stays = await signIn(spare.token);
    await revokeToken(w.h.account, { id: laptop.id, user: 'acme' });
    expect(await w.web.viewerOf(mine.value)).toBeNull();
    expect(await w.web.viewerOf(stays.value)).not.toBeNull();
  });
});
