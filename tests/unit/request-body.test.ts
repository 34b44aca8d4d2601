/** What is refused before a body is parsed, and that looking for it takes no longer than its bytes. */
import { describe, expect, it } from 'vitest';
import { GatewayError } from '@/lib/domain/errors';
import { decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { count, nestedCount, positive } from '@/lib/wire/bodies/record';
import { prepareChat } from '@/lib/wire/bodies/openai/prepare-chat';
import { readRequestBody, streamOf } from '@/lib/wire/bodies/request';

const KEYS = ['model', 'stream', 'max_tokens', 'kind'] as const;

function refusal(body: string, uniqueKeys = false): string {
  try {
    readRequestBody(encodeUtf8(body), KEYS, { uniqueKeys });
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'body_invalid') return error.message;
    throw error;
  }
  return 'nothing';
}

describe('a body', () => {
  it.each([
    '"\\u0061":1',
    '"b":{"x\\u005F":1}',
    '"b":[{"\\u0041":[]}]',
    '"\\\\\\u0061":1',
    '"\\u0061" \n :1',
  ])('that spells a key with escaped letters is refused: %s', (member) =>
    expect(refusal(`{"model":"m",${member}}`)).toContain('escaped letters'),
  );

  it.each(['"C:\\\\u0061":1', '"\\u00e9":1', '"a\\u003cb\\n\\"":1', '"a":"\\u0061"', '"a":["\\u0061","b"]'])(
    'with escapes that writers make is read: %s',
    (member) => expect(refusal(`{"model":"m",${member}}`, true)).toBe('nothing'),
  );

  it.each(['Model', 'MAX_TOKENS', 'Stream', '\u017ftream', '\u212aind'])(
    'with a decisive key in other letters, as Go reads it, is refused: %s',
    (key) => expect(refusal(`{"model":"m","${key}":1}`)).toContain('it is spelt'),
  );

  it('may use other letters below the top, and keys that only look alike', () => {
    expect(refusal('{"model":"m","tools":[{"Model":1}],"mode":1,"Modell":2,"streams":{"Stream":1}}')).toBe(
      'nothing',
    );
  });

  it('gives a decisive key once, and where it is asked for every key of every object', () => {
    expect(refusal('{"model":"a","x":[{"model":1}],"model":"b"}')).toBe('model: Field given more than once');
    expect(refusal('{"x":[{"model":1,"model":2}],"model":"b","y":1,"y":2}')).toBe('nothing');
    expect(refusal('{"x":[{"a":1},{"a":1,"b":{"a":1},"a":2}]}', true)).toBe('a: Field given more than once');
    const many = Array.from({ length: 40 }, (_, index) => `"key${index}":{"key0":[]}`).join();
    expect(refusal(`{"x":{${many}},"y":{${many}}}`, true)).toBe('nothing');
    expect(refusal(`{"x":{${many},"key0":1}}`, true)).toContain('key0');
    expect(refusal(`{"x":{${many},"key39":1}}`, true)).toContain('key39');
    const long = 'k'.repeat(100);
    expect(refusal(`{"x":{"${long}":1,"${long}":1}}`, true)).toContain('more than once');
  });

  it('that is cheap to send and dear to parse is refused', () => {
    const nested = (depth: number) => `{"x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(refusal(nested(500))).toBe('nothing');
    expect(refusal(nested(1_000))).toContain('nests deeper');
    expect(refusal(`{"x":${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}}`)).toContain('nests deeper');
    expect(refusal(`{"x":"${'['.repeat(1_000)}"}`)).toBe('nothing');
    for (const unit of ['[],', '{},', '"",', '{"a":1},'])
      expect(refusal(`{"x":[${unit.repeat(600_000)}1]}`)).toContain('too many values');
    expect(refusal(`{"x":[${'1,'.repeat(5_000_000)}1]}`)).toContain('too many values');
    expect(refusal(`{${'"k":1,'.repeat(2_000)}"z":1}`)).toContain('too many values');
  });
});

it('a stream is asked for by a boolean alone', () => {
  expect([{}, { stream: null }, { stream: false }, { stream: true }].map(streamOf)).toEqual([
    false,
    false,
    false,
    true,
  ]);
  for (const stream of ['true', 1, 0, [], {}]) expect(() => streamOf({ stream })).toThrow('valid boolean');
});

it('a figure no call can reach is not reported', () => {
  for (const figure of [1e9 + 1, 9e12, Number.MAX_SAFE_INTEGER, -1, 0.5, '5', null]) {
    expect(count(figure)).toBeNull();
    expect(nestedCount({ details: { cached: figure } }, 'details', 'cached')).toBeNull();
  }
  expect([0, 1e9].map(count)).toEqual([0, 1e9]);
});

it('a number written as text is held for, since some servers follow it', () => {
  expect(['8192', ' 8192 ', '8_192', '+8192', '8192.0'].map((text) => positive(text))).toEqual(
    Array.from({ length: 5 }, () => 8192),
  );
  expect(positive('99999999999999999999')).toBe(10_000_000);
  expect(['', '_', '.0', '0', '-1', 'eight', '8e3x', '1.5'].map((text) => positive(text))).toEqual(
    Array.from({ length: 8 }, () => null),
  );
});

it('a limit written as text is lowered like any other', () => {
  const lowered = (body: string) => decodeUtf8(prepareChat(encodeUtf8(body), { maxOutputTokens: 7 }));
  expect(lowered('{"model":"small","max_completion_tokens":"8192"}')).toBe(
    '{"model":"small","max_completion_tokens":7}',
  );
  expect(lowered('{"model":"small","max_tokens":null}')).toBe('{"model":"small","max_tokens":7}');
});
