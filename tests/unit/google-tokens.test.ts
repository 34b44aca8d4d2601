/** Access tokens for Google's service accounts: fetched once, renewed in time, never kept when they failed. */
import { describe, expect, it } from 'vitest';
import { createGoogleTokens } from '@/lib/adapters/google-tokens';
import { type ServiceAccount, type UpstreamRequest, UpstreamFault } from '@/lib/providers/provider';
import { ACCESS_TOKEN_SECONDS, answerTokenRequest, testServiceAccount } from '@/tests/support/google-token';

const TOKEN_URL = 'http://127.0.0.1:1/token';
const KEY_FILE = testServiceAccount(TOKEN_URL);
const ACCOUNT: ServiceAccount = {
  clientEmail: KEY_FILE.client_email,
  privateKey: KEY_FILE.private_key,
  privateKeyId: KEY_FILE.private_key_id,
  tokenUrl: TOKEN_URL,
};

function setup() {
  const asked: UpstreamRequest[] = [];
  const state = { nowMs: Date.now(), answer: null as null | (() => Promise<Response>) };
  const tokens = createGoogleTokens({
    nowMs: () => state.nowMs,
    async fetch(request) {
      asked.push(request);
      const scripted = await state.answer?.();
      if (scripted !== undefined)
        return { status: scripted.status, headers: scripted.headers, body: scripted.body };
      const form = new TextDecoder().decode(request.body ?? new Uint8Array());
      const { status, body } = await answerTokenRequest(form, TOKEN_URL, () => `ya29.${asked.length}`);
      return { status, headers: new Headers(), body: new Response(JSON.stringify(body)).body };
    },
  });
  const get = (account = ACCOUNT, signal = new AbortController().signal) => tokens(account, signal);
  return { asked, state, get };
}

const faultOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (fault: unknown) =>
      fault instanceof UpstreamFault ? { kind: fault.kind, reached: fault.reached } : fault,
  );

describe('a token', () => {
  it('is fetched once for callers that come together and later ones', async () => {
    const { asked, get } = setup();
    expect(await Promise.all([get(), get(), get()])).toEqual(['ya29.1', 'ya29.1', 'ya29.1']);
    expect(await get()).toBe('ya29.1');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ url: TOKEN_URL, method: 'POST' });
  });

  it('is renewed five minutes before it expires, once for all', async () => {
    const { asked, get, state } = setup();
    await get();
    state.nowMs += (ACCESS_TOKEN_SECONDS - 301) * 1000;
    expect(await get()).toBe('ya29.1');
    state.nowMs += 2_000;
    // The endpoint checks the clock of the signer against its own.
    state.answer = () => Promise.resolve(Response.json({ access_token: 'next', expires_in: 3_600 }));
    expect(await Promise.all([get(), get()])).toEqual(['next', 'next']);
    expect(asked).toHaveLength(2);
  });

  it('that can’t be renewed serves while it lives, and no longer', async () => {
    const { get, state } = setup();
    await get();
    state.answer = () => Promise.resolve(new Response('busy', { status: 503 }));
    state.nowMs += (ACCESS_TOKEN_SECONDS - 100) * 1000;
    expect(await get()).toBe('ya29.1');
    expect(await get()).toBe('ya29.1');
    state.nowMs += 200_000;
    expect(await faultOf(get())).toEqual({ kind: 'refused', reached: false });
    state.answer = () => Promise.resolve(Response.json({ access_token: 'next', expires_in: 3_600 }));
    expect(await get()).toBe('next');
  });

  it('is each account’s own', async () => {
    const { asked, get } = setup();
    const other = testServiceAccount(TOKEN_URL);
    const account = { ...ACCOUNT, clientEmail: other.client_email, privateKey: other.private_key };
    expect(await get()).not.toBe(await get(account));
    expect(asked).toHaveLength(2);
  });
});

describe('a failure', () => {
  it.each([
    ['the account', 400, '{"error":"invalid_grant"}', 'credentials'],
    ['access', 403, '{}', 'credentials'],
    ['the moment', 503, 'busy', 'refused'],
    ['the rate', 429, '{}', 'refused'],
    ['nothing it can say', 200, '<html>', 'credentials'],
  ])('over %s is told as such, is no sent call, and is asked again', async (_name, status, body, kind) => {
    const { get, state, asked } = setup();
    state.answer = () => Promise.resolve(new Response(body, { status }));
    const [first, second] = await Promise.all([faultOf(get()), faultOf(get())]);
    expect([first, second]).toEqual([
      { kind, reached: false },
      { kind, reached: false },
    ]);
    expect(asked).toHaveLength(1);
    state.answer = null;
    expect(await get()).toBe('ya29.2');
  });

  it('on the way keeps its kind', async () => {
    const { get, state } = setup();
    state.answer = () => Promise.reject(new UpstreamFault('headers-timeout', 'slow', true));
    expect(await faultOf(get())).toEqual({ kind: 'headers-timeout', reached: false });
  });

  it('of the key is one of the credentials', async () => {
    const { get, asked } = setup();
    expect(await faultOf(get({ ...ACCOUNT, privateKey: 'no PRIVATE KEY' }))).toEqual({
      kind: 'credentials',
      reached: false,
    });
    expect(asked).toEqual([]);
  });
});

describe('a caller who leaves', () => {
  it('waits no longer and takes nothing from the others', async () => {
    const { get, state, asked } = setup();
    let answer: (response: Response) => void = () => undefined;
    state.answer = () => new Promise((resolve) => (answer = resolve));
    const leaving = new AbortController();
    const left = faultOf(get(ACCOUNT, leaving.signal));
    const staying = get();
    leaving.abort();
    expect(await left).toEqual({ kind: 'reset', reached: false });
    await new Promise((resolve) => setTimeout(resolve));
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve));
    answer(Response.json({ access_token: 'late', expires_in: 60 }));
    expect(await staying).toBe('late');
    expect(await faultOf(get(ACCOUNT, AbortSignal.abort()))).toEqual({ kind: 'reset', reached: false });
  });
});
