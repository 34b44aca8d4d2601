/** Byte-exact edits of top-level JSON values, held against JSON.parse. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { replaceTopLevel, topLevelValues } from '@/lib/std/json-edit';

const edit = (
  text: string,
  edits: Record<string, string | number | boolean | null>,
  insertMissing = false,
): string => decodeUtf8(replaceTopLevel(encodeUtf8(text), edits, { insertMissing }));

/** Writes a value with random blanks wherever JSON allows them, and letters of keys escaped at random. */
function spaced(value: unknown, blank: () => string, escape: () => boolean): string {
  const string = (text: string): string => {
    const plain = JSON.stringify(text);
    if (!escape()) return plain;
    return plain.replaceAll(/(?<!\\)[a-z]/g, (c) =>
      plain.includes('\\') ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  };
  if (Array.isArray(value)) {
    return `[${blank()}${value.map((item) => spaced(item, blank, escape)).join(`${blank()},${blank()}`)}${blank()}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([key, item]) => `${string(key)}${blank()}:${blank()}${spaced(item, blank, escape)}`,
    );
    return `{${blank()}${members.join(`${blank()},${blank()}`)}${blank()}}`;
  }
  return typeof value === 'string' ? string(value) : JSON.stringify(value);
}

const keys = fc.oneof(fc.constantFrom('model', 'max_tokens', 'stream'), fc.string());
const jsonObject = fc.dictionary(keys, fc.oneof(fc.jsonValue(), fc.dictionary(keys, fc.jsonValue())), {
  noNullPrototype: true,
});
const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));

describe('replaceTopLevel', () => {
  it('agrees with JSON.parse on random objects, blanks and escapes', () => {
    const blanks = fc.infiniteStream(fc.constantFrom('', '', ' ', '\n', '\r\n\t', '    '));
    const escapes = fc.infiniteStream(fc.boolean());
    fc.assert(
      fc.property(
        jsonObject,
        scalar,
        scalar,
        blanks,
        escapes,
        fc.boolean(),
        (value, model, max, ws, es, insert) => {
          const blank = (): string => String(ws.next().value);
          const text = blank() + spaced(value, blank, () => es.next().value === true) + blank();
          const edits = { model, max_tokens: max };
          const edited: unknown = JSON.parse(edit(text, edits, insert));
          const expected = { ...(JSON.parse(text) as Record<string, unknown>) };
          for (const [key, next] of Object.entries(edits)) {
            if (insert || Object.hasOwn(expected, key)) expected[key] = JSON.parse(JSON.stringify(next));
          }
          expect(edited).toEqual(expected);
          for (const key of ['model', 'max_tokens', 'stream']) {
            expect(topLevelValues(encodeUtf8(text), key)).toHaveLength(Object.hasOwn(value, key) ? 1 : 0);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('leaves every byte outside the value alone', () => {
    const text =
      ' {\n "a" : {"model":"inner", "s":"\\"model\\":1 }"} ,\t"model"  :  "x\\"}" ,"z":[1,{"model":2}]\n} ';
    expect(edit(text, { model: 'claude' })).toBe(text.replace('"x\\"}"', '"claude"'));
  });

  it('keeps bytes that are not valid UTF-8', () => {
    const bytes = concatBytes([
      encodeUtf8('{"a":"'),
      Uint8Array.of(0xff, 0xc3),
      encodeUtf8('","model":"x"}'),
    ]);
    const out = replaceTopLevel(bytes, { model: 'yy' });
    expect([...out]).toEqual([...bytes.slice(0, -3), ...encodeUtf8('yy"}')]);
  });

  it('replaces all occurrences, in any spelling', () => {
    const text = '{"model":"a","mod\\u0065l":{"b":[1]},"x":1,"model":[true]}';
    expect(edit(text, { model: 'q' })).toBe('{"model":"q","mod\\u0065l":"q","x":1,"model":"q"}');
    expect(topLevelValues(encodeUtf8(text), 'model')).toHaveLength(3);
  });

  it('inserts a missing key as first member only when told to', () => {
    expect(edit('{ "a":1}', { m: 2 })).toBe('{ "a":1}');
    expect(edit('{ "a":1}', { m: 2, n: 'x' }, true)).toBe('{"m":2,"n":"x", "a":1}');
    expect(edit(' { } ', { m: 2 }, true)).toBe(' {"m":2 } ');
    expect(edit('{"a":1,"n":0}', { n: 3, m: null }, true)).toBe('{"m":null,"a":1,"n":3}');
  });

  it('gives the same array back when nothing changes', () => {
    const bytes = encodeUtf8('{"a":1}');
    expect(replaceTopLevel(bytes, { b: 1 })).toBe(bytes);
    expect(replaceTopLevel(bytes, {})).toBe(bytes);
  });

  it('crosses long strings with escapes and a byte order mark', () => {
    for (const tail of ['', '\\\\', '\\"', '\\\\\\"', '\\\\\\\\']) {
      for (let length = 40; length < 60; length += 1) {
        const text = `\uFEFF{"s":"${'x'.repeat(length)}${tail}","model":1}`;
        expect(decodeUtf8(replaceTopLevel(encodeUtf8(text), { model: 2 }))).toBe(
          text.slice(1).replace('"model":1', '"model":2'),
        );
      }
    }
  });

  it('refuses what is no object and never runs past the end', () => {
    const whole = '{"a":{"b":[1,"x\\"y"]},"model":"m"}';
    for (let end = 0; end < whole.length; end += 1) {
      expect(() => replaceTopLevel(encodeUtf8(whole.slice(0, end)), { model: 'q' })).toThrow(TypeError);
    }
    for (const text of ['[]', '"x"', '1', 'null', '']) expect(() => edit(text, { a: 1 })).toThrow(TypeError);
  });
});
