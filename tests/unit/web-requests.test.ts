/** What the pages make of a request before anybody is signed in: cookies, the way back, the site it comes from, the address, the form. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { NextRequest } from 'next/server';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '@/lib/domain/errors';
import {
  cookieName,
  cookieToClear,
  cookieToSet,
  readCookie,
  sessionCookieIn,
  setCookieHeader,
} from '@/lib/web/cookies';
import { readForm } from '@/lib/web/form';
import { noticePath, pathAfterSignIn, safeNextPath, signInPath } from '@/lib/web/next-path';
import { assertSameOrigin, isSameOrigin } from '@/lib/web/same-origin';
import { addressKey } from '@/lib/web/sign-in-limits';
import { proxy } from '@/proxy';

describe('the policy of pages', () => {
  const [, matcher = ''] = /matcher: \[\s*'(.*)'/.exec(readFileSync('proxy.ts', 'utf8')) ?? [];
  const pattern = new RegExp(`^${matcher.replaceAll('\\\\', '\\')}$`);

  test.each(['/', '/usage', '/nope', '/statuses', '/healthy', '/openapi.jsonx', '/icon.svgs', '/modelled'])(
    'is sent with %s',
    (path) => expect(path).toMatch(pattern),
  );

  test.each(['/health', '/status', '/openapi.json', '/icon.svg', '/v1/messages', '/_next/static/a.js'])(
    'costs %s nothing',
    (path) => expect(path).not.toMatch(pattern),
  );
});

describe('a post to a page', () => {
  const HOST = 'gateway.example';
  const answerTo = (headers: Record<string, string>): number =>
    proxy(new NextRequest(`https://${HOST}/tokens`, { method: 'POST', headers: { host: HOST, ...headers } }))
      .status;
  const forms: readonly Record<string, string>[] = [
    { 'content-type': 'multipart/form-data; boundary=x' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'text/plain;charset=UTF-8', 'next-action': '40ab' },
  ];

  test.each(forms)('as a form (%j) goes on from our own pages alone', (form) => {
    expect(answerTo({ ...form, origin: `https://${HOST}` })).toBe(200);
    expect(answerTo({ ...form, 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(answerTo(form)).toBe(403);
    expect(answerTo({ ...form, origin: 'https://evil.example' })).toBe(403);
    expect(answerTo({ ...form, 'sec-fetch-site': 'same-site' })).toBe(403);
  });

  test('that is an agent’s call to a wrong path is left to the route tree', () => {
    expect(answerTo({ 'content-type': 'application/json' })).toBe(200);
  });
});

describe('cookies', () => {
  test('over TLS are bound to this host and hidden from scripts and plain HTTP', () => {
    const cookie = cookieToSet('session', 'https://gateway.example', 'a.b.c', 60.9);
    expect(setCookieHeader(cookie)).toBe(
      '__Host-tollgate=a.b.c; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure',
    );
  });

  test('over plain HTTP go without the prefix that browsers would refuse there', () => {
    const cookie = cookieToSet('oidc', 'http://localhost:3000', 'a.b.c', 60);
    expect(setCookieHeader(cookie)).toBe('tollgate-oidc=a.b.c; Path=/; Max-Age=60; HttpOnly; SameSite=Lax');
    expect(cookieName('session', 'http://localhost:3000')).toBe('tollgate');
  });

  test('are taken away by an empty one that is over', () => {
    expect(setCookieHeader(cookieToClear('session', 'https://x.example'))).toContain(
      '__Host-tollgate=; Path=/; Max-Age=0;',
    );
  });

  test.each([
    ['tollgate=one', 'one'],
    ['a=b; tollgate=one; c=d', 'one'],
    ['nottollgate=two; tollgate=one', 'one'],
    ['tollgate=one; tollgate=one', 'one'],
    ['tollgate=one; tollgate=two', null],
    ['tollgate=', null],
    ['tollgate', null],
    ['', null],
  ])('are found by their whole name, and by one value only: %j', (header, value) => {
    expect(readCookie(header, 'tollgate')).toBe(value);
  });

  test('of this host win over one that a neighbour planted', () => {
    expect(sessionCookieIn('tollgate=planted; __Host-tollgate=ours')).toBe('ours');
    expect(sessionCookieIn('tollgate=plain')).toBe('plain');
    expect(sessionCookieIn('a.b.c')).toBe('a.b.c');
    expect(sessionCookieIn('')).toBeNull();
  });
});

describe('the way back after signing in', () => {
  test.each(['/usage', '/usage?range=7d#chart', '/logs/a%20b', '/a/../usage', '/%2F/x'])(
    'is kept: %s',
    (path) => {
      expect(safeNextPath(path)).toMatch(/^\/(?!\/)/);
    },
  );

  test.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    ' //evil.example',
    '/a/..//evil.example',
    '/.//evil.example',
    '/%2e%2e//evil.example',
    'javascript:alert(1)',
    'usage',
    '',
    '/sign-in?next=/usage',
    '/x/../sign-out',
    `/${'a'.repeat(3_000)}`,
    '/ü',
    null,
    undefined,
  ])('is dropped: %j', (path) => {
    expect(safeNextPath(path)).toBeNull();
  });

  test('never leads to another site, whatever is asked for', () => {
    const sly = fc.array(
      fc.constantFrom(
        '/',
        '\\',
        '//',
        '..',
        '.',
        '%2f',
        '%5c',
        '%2e',
        '@',
        ':',
        '?',
        '#',
        '\t',
        '\r',
        '\n',
        ' ',
        'evil.example',
        'https:',
        'a',
        '\u3002',
        '\uff0f',
        '\u0000',
      ),
      { maxLength: 12 },
    );
    const asked = fc.oneof(
      sly.map((parts) => parts.join('')),
      sly.map((parts) => `/${parts.join('')}`),
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
    );
    fc.assert(
      fc.property(asked, (text) => {
        const path = safeNextPath(text);
        if (path === null) return;
        const base = 'https://gateway.example';
        expect(new URL(path, base).origin).toBe(base);
        expect(path).toMatch(/^\/(?![/\\])[!-~]*$/);
        // What was found safe stays so, and stays the same.
        expect(safeNextPath(path)).toBe(path);
      }),
      { numRuns: 5_000 },
    );
  });

  test('leads each kind of reader to a page they may see', () => {
    expect(pathAfterSignIn('customer', null)).toBe('/usage');
    expect(pathAfterSignIn('customer', '/logs?x=1')).toBe('/logs?x=1');
    expect(pathAfterSignIn('customer', '/admin/plans')).toBe('/usage');
    expect(pathAfterSignIn('customer', '/administer')).toBe('/administer');
    expect(pathAfterSignIn('operator', '/usage?range=7d')).toBe('/admin');
    expect(pathAfterSignIn('operator', '/admin/plans')).toBe('/admin/plans');
    expect(pathAfterSignIn('operator', '/account')).toBe('/account');
    expect(pathAfterSignIn('operator', '//evil.example')).toBe('/admin');
  });

  test('survives the sign-in page and its notices', () => {
    expect(signInPath('/usage?range=7d&zone=UTC')).toBe('/sign-in?next=%2Fusage%3Frange%3D7d%26zone%3DUTC');
    expect(signInPath('//evil.example')).toBe('/sign-in');
    expect(noticePath('limited', '/usage', 7)).toBe('/sign-in?notice=limited&seconds=7&next=%2Fusage');
    expect(noticePath('refused', 'https://evil.example')).toBe('/sign-in?notice=refused');
  });
});

describe('a request that changes something', () => {
  const HOST = { host: 'gateway.example' };
  test.each<[string, Record<string, string>]>([
    ['by the browser’s word', { ...HOST, 'sec-fetch-site': 'same-origin' }],
    ['by its origin', { ...HOST, origin: 'https://gateway.example' }],
    ['by its origin in capitals', { host: 'Gateway.Example', origin: 'https://gateway.example' }],
    ['with a port', { host: 'localhost:3000', origin: 'http://localhost:3000' }],
    [
      'behind a proxy',
      {
        host: '10.0.0.1:3000',
        'x-forwarded-host': 'gateway.example, inner',
        origin: 'https://gateway.example',
      },
    ],
  ])('is taken from our own pages: %s', (_how, headers) => {
    expect(() => assertSameOrigin(new Headers(headers))).not.toThrow();
  });

  test.each<[string, Record<string, string>]>([
    ['another site', { ...HOST, origin: 'https://evil.example' }],
    ['another port', { host: 'localhost:3000', origin: 'http://localhost:4000' }],
    ['a subdomain', { ...HOST, origin: 'https://sub.gateway.example' }],
    ['a look-alike', { ...HOST, origin: 'https://gateway.example.evil' }],
    ['a sandboxed frame', { ...HOST, origin: 'null' }],
    ['who says nothing', HOST],
    ['a file', { ...HOST, origin: 'file://gateway.example' }],
    [
      'another site, by the browser’s word',
      { ...HOST, 'sec-fetch-site': 'cross-site', origin: 'https://gateway.example' },
    ],
    ['a neighbour, by the browser’s word', { ...HOST, 'sec-fetch-site': 'same-site' }],
    ['a typed address', { ...HOST, 'sec-fetch-site': 'none' }],
    ['no host at all', { origin: 'https://gateway.example' }],
  ])('is refused from %s', (_who, headers) => {
    expect(isSameOrigin(new Headers(headers))).toBe(false);
    expect(() => assertSameOrigin(new Headers(headers))).toThrow(GatewayError);
  });
});

describe('addresses that try to sign in', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:51234', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', 'unknown'],
    [null, 'unknown'],
  ])('%s counts as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  test('of one IPv6 line count as one', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    fc.assert(
      fc.property(fc.array(group, { minLength: 4, maxLength: 4 }), (host) => {
        expect(addressKey(`2001:db8:a:b:${host.join(':')}`)).toBe('2001:db8:a:b::/64');
      }),
    );
  });
});

describe('forms', () => {
  const post = (body: BodyInit, type = 'application/x-www-form-urlencoded') =>
    new Request('https://gateway.example/sign-in/token', {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    });

  test('are read field by field', async () => {
    const form = await readForm(post('token=tg_1%2B&next=%2Fusage'));
    expect([form.get('token'), form.get('next'), form.get('other')]).toEqual(['tg_1+', '/usage', null]);
  });

  test('of other kinds are refused', async () => {
    await expect(readForm(post('{"token":"x"}', 'application/json'))).rejects.toMatchObject({ status: 400 });
    await expect(readForm(post('token=x', 'text/plain'))).rejects.toMatchObject({ status: 400 });
  });

  test('without end are not read to their end', async () => {
    let given = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += 1;
        controller.enqueue(new Uint8Array(4_096).fill(97));
      },
    });
    const request = new Request('https://gateway.example/', {
      method: 'POST',
      body: endless,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      duplex: 'half',
    } as RequestInit);
    await expect(readForm(request)).rejects.toMatchObject({ status: 413 });
    expect(given).toBeLessThan(10);
  });
});
