/** What an issuer's claims mean here: which customer, whether an operator, and what they are called. */
import { describe, expect, test } from 'vitest';
import { EnvError, readEnv } from '@/lib/env';
import { claimOf, customerNamed, isOperator, subjectOf } from '@/lib/web/oidc-claims';
import { oidcHashOf } from '@/lib/web/oidc-settings';

describe('claims', () => {
  const claims = { sub: 's', 'https://x.example/roles': ['a'], realm_access: { roles: ['admin'] }, level: 7 };

  test('are found by name and by path, and never on the prototype', () => {
    expect(claimOf(claims, 'https://x.example/roles')).toEqual(['a']);
    expect(claimOf(claims, 'realm_access.roles')).toEqual(['admin']);
    expect(claimOf(claims, 'realm_access.nothing')).toBeUndefined();
    expect(claimOf(claims, 'sub.length')).toBeUndefined();
    expect(claimOf(claims, 'constructor')).toBeUndefined();
    expect(claimOf(claims, 'realm_access.constructor')).toBeUndefined();
  });

  test('make an operator by the very value, alone or in a list', () => {
    const operator = { claim: 'roles', value: 'admin' };
    expect(isOperator({ roles: 'admin' }, operator)).toBe(true);
    expect(isOperator({ roles: ['user', 'admin'] }, operator)).toBe(true);
    expect(isOperator({ admin: true }, { claim: 'admin', value: 'true' })).toBe(true);
    for (const roles of [
      'administrator',
      ['Admin'],
      [['admin']],
      { admin: true },
      'user admin',
      null,
      undefined,
      1,
    ])
      expect({ roles, is: isOperator({ roles }, operator) }).toEqual({ roles, is: false });
    expect(isOperator({ roles: 'admin' }, null)).toBe(false);
  });

  test('name a customer by id, or by an address that the issuer vouches for', () => {
    expect(customerNamed({ sub: 'acme' }, 'sub')).toEqual({ by: 'id', value: 'acme' });
    expect(customerNamed(claims, 'level')).toEqual({ by: 'id', value: '7' });
    expect(customerNamed({ sub: '' }, 'sub')).toBeNull();
    expect(customerNamed({ sub: ['acme'] }, 'sub')).toBeNull();
    const email = 'a@acme.example';
    expect(customerNamed({ email, email_verified: true }, 'email')).toEqual({ by: 'email', value: email });
    for (const verified of [false, 'true', 1, undefined])
      expect(customerNamed({ email, email_verified: verified }, 'email')).toBeNull();
  });

  test('call nobody by a name of their own making', () => {
    expect(subjectOf({ sub: 's1', email: 'boss@acme.example', name: 'Boss' })).toBe('s1');
    expect(subjectOf({ sub: 's1', email: 'a@acme.example', email_verified: true })).toBe('a@acme.example');
  });
});

describe('settings', () => {
  const SET = { TOLLGATE_OIDC_ISSUER: 'https://id.example/realm', TOLLGATE_OIDC_CLIENT_ID: 'tollgate' };

  test('are off when unset, and complete when issuer and client are set', () => {
    expect(readEnv({}).oidc).toBeNull();
    expect(readEnv({ ...SET }).oidc).toEqual({
      issuer: 'https://id.example/realm',
      clientId: 'tollgate',
      clientSecret: null,
      scopes: 'openid email profile',
      userClaim: 'sub',
      operator: null,
    });
  });

  test.each<[string, Record<string, string>, string]>([
    ['half of it', { TOLLGATE_OIDC_ISSUER: 'https://id.example' }, 'CLIENT_ID'],
    ['a secret alone', { TOLLGATE_OIDC_CLIENT_SECRET: 'hush-hush' }, 'TOLLGATE_OIDC_ISSUER'],
    ['plain HTTP to another host', { ...SET, TOLLGATE_OIDC_ISSUER: 'http://id.example' }, 'https:'],
    ['no URL', { ...SET, TOLLGATE_OIDC_ISSUER: 'id.example' }, 'URL'],
    ['scopes without openid', { ...SET, TOLLGATE_OIDC_SCOPES: 'email' }, 'openid'],
    ['half an operator', { ...SET, TOLLGATE_OIDC_OPERATOR_CLAIM: 'roles' }, 'OPERATOR_VALUE'],
    ['a short session secret', { TOLLGATE_SESSION_SECRET: 'short' }, 'TOLLGATE_SESSION_SECRET'],
  ])('are refused with %s, naming the variable and no value', (_what, source, named) => {
    expect(() => readEnv(source)).toThrow(EnvError);
    try {
      readEnv(source);
    } catch (error) {
      expect(String(error)).toContain(named);
      expect(String(error)).not.toContain('hush-hush');
    }
  });

  test.each(['http://127.0.0.1:8080', 'http://localhost:8080', 'http://[::1]:8080'])(
    'let plain HTTP through on this very machine: %s',
    (issuer) => {
      expect(readEnv({ ...SET, TOLLGATE_OIDC_ISSUER: issuer }).oidc?.issuer).toBe(issuer);
    },
  );

  test('have a hash that changes with whatever decides who may come in, and with nothing else', () => {
    const base = readEnv({ ...SET }).oidc;
    if (base === null) throw new Error('not set');
    const changed = [
      { ...base, issuer: 'https://other.example' },
      { ...base, clientId: 'other' },
      { ...base, userClaim: 'email' },
      { ...base, operator: { claim: 'roles', value: 'admin' } },
    ];
    expect(new Set([base, ...changed].map(oidcHashOf)).size).toBe(5);
    expect(oidcHashOf({ ...base, clientSecret: 'new', scopes: 'openid' })).toBe(oidcHashOf(base));
  });
});
