/** Addresses of logs: any key has one that survives browsers, and a filter reads back as it was written. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  callsFrom,
  callsInput,
  hasEmptyFields,
  logsHref,
  narrowedBy,
  readFilter,
  sessionsInput,
} from '@/app/logs/log-filter';
import { keyOf, sessionPath } from '@/app/logs/session-path';

const BASE = 'http://site.invalid';

/** The segment as a browser asks for it: dot segments resolved, odd characters encoded. */
function segmentOf(path: string): string {
  const { pathname, search, hash } = new URL(path, BASE);
  expect([search, hash]).toEqual(['', '']);
  const [, logs, ...rest] = pathname.split('/');
  expect(logs).toBe('logs');
  expect(rest).toHaveLength(1);
  return rest[0] ?? '';
}

describe('the address of a session', () => {
  it.each([
    ['0b5f6f0e-3f0a-4c5e-9a52-1d2c3b4a5f60', '/logs/0b5f6f0e-3f0a-4c5e-9a52-1d2c3b4a5f60'],
    ['fp_6a0aa719507f13e9', '/logs/fp_6a0aa719507f13e9'],
    ['v1.2', '/logs/v1.2'],
  ])('is readable where a key is plain: %s', (key, path) => {
    expect(sessionPath(key)).toBe(path);
    expect(keyOf(segmentOf(path))).toBe(key);
  });

  it.each([
    '..',
    '.',
    '...',
    '.hidden',
    'a/b',
    '/',
    '%',
    '%2F',
    '50%_off',
    '~',
    '~YQ',
    'download',
    '?a#b',
    ' ',
  ])('survives a browser: %j', (key) => {
    expect(keyOf(segmentOf(sessionPath(key)))).toBe(key);
  });

  it('survives a browser whatever the key holds, and is no other key’s', () => {
    const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 500 });
    fc.assert(
      fc.property(key, key, (one, other) => {
        expect(keyOf(segmentOf(sessionPath(one)))).toBe(one);
        expect(sessionPath(one) === sessionPath(other)).toBe(one === other);
      }),
    );
  });

  it('is understood as people would write it, and never as two keys', () => {
    expect(keyOf('run-1%2Fa')).toBe('run-1/a');
    expect(keyOf('%')).toBeNull();
    for (const segment of ['~', '~YQ=', '~YQ==', '~Y', '~_w', '~YR']) expect(keyOf(segment)).toBeNull();
  });
});

describe('the filter', () => {
  const plain = readFilter({});

  it('reads what the form sends, and leaves alone what is empty or not known', () => {
    const query = {
      search: ' coder ',
      agent: '',
      roots: 'true',
      running: 'on',
      nonsense: 'x',
      view: 'other',
    };
    expect(readFilter(query)).toMatchObject({
      view: 'sessions',
      search: 'coder',
      agent: undefined,
      roots: true,
      running: false,
    });
    expect(readFilter({ agent: ['one', 'two'] }).agent).toBe('one');
    expect([hasEmptyFields(query), hasEmptyFields({ agent: 'a' })]).toEqual([true, false]);
  });

  it('reads back from its own address, without the fields of the other list', () => {
    const filter = readFilter({
      search: 'ä&=#',
      ending: 'broken',
      roots: 'true',
      from: '2026-11-01',
      model: 'm',
    });
    const href = logsHref(filter, { cursor: 'next' });
    const query = Object.fromEntries(new URL(href, BASE).searchParams);
    expect(readFilter(query)).toEqual({ ...filter, model: undefined, cursor: 'next' });
    expect(logsHref(filter)).not.toContain('cursor');
    expect(logsHref(plain)).toBe('/logs');
    expect(logsHref({ ...plain, view: 'calls' }, {}, '/logs/download', { format: 'csv' })).toBe(
      '/logs/download?view=calls&format=csv',
    );
    expect(narrowedBy(filter)).toBe(4);
  });

  it('takes days as the reader’s zone has them, clock changes included', () => {
    const filter = readFilter({ from: '2026-10-25', to: '2026-10-25' });
    expect(sessionsInput(filter, 'acme', 'Europe/Berlin')).toMatchObject({
      user: 'acme',
      from: '2026-10-24T22:00:00.000Z',
      to: '2026-10-25T23:00:00.000Z',
    });
    expect(sessionsInput(filter, 'acme', 'America/New_York')).toMatchObject({
      from: '2026-10-25T04:00:00.000Z',
      to: '2026-10-26T04:00:00.000Z',
    });
  });

  it.each(['2026-02-31', 'yesterday', '2026-11-21T00:00:00Z', '99999-01-01'])(
    'refuses the day %s in words',
    (day) => {
      expect(() => sessionsInput(readFilter({ from: day }), 'acme', 'UTC')).toThrow(/“From” must be a day/);
      expect(() => callsInput(readFilter({ view: 'calls', to: day }), 'acme', 'UTC', '2026-11-21')).toThrow(
        /“To” must be a day/,
      );
    },
  );

  it('looks for calls some weeks back unless an earlier day is asked for', () => {
    expect(callsFrom(plain, '2026-11-21')).toBe('2026-10-22');
    expect(callsFrom(readFilter({ to: '2026-06-30' }), '2026-11-21')).toBe('2026-05-31');
    expect(callsFrom(readFilter({ from: '2025-01-01' }), '2026-11-21')).toBe('2025-01-01');
  });
});
