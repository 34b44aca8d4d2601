/** Edits below the top level of a JSON body, and keys taken out of it, held against JSON.parse. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { type JsonScalar, removeTopLevel, replaceAt } from '@/lib/std/json-edit';

type Path = readonly [string, ...string[]];

const replace = (text: string, path: Path, value: JsonScalar, insertMissing = false): string =>
  decodeUtf8(replaceAt(encodeUtf8(text), path, value, { insertMissing }));
const remove = (text: string, keys: readonly string[]): string =>
  decodeUtf8(removeTopLevel(encodeUtf8(text), keys));

const key = fc.constantFrom('a', 'b', 'c', 'it"s', 'ü');
const object = fc.dictionary(key, fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.jsonValue())), {
  noNullPrototype: true,
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

describe('replaceAt', () => {
  it('agrees with JSON.parse on any object and path, and leaves every byte outside alone', () => {
    fc.assert(
      fc.property(
        object,
        key,
        key,
        fc.integer(),
        fc.boolean(),
        (value, outer, inner, next, insertMissing) => {
          const text = JSON.stringify(value, null, 1);
          const edited = replace(text, [outer, inner], next, insertMissing);
          const expected = JSON.parse(text) as Record<string, unknown>;
          const held = expected[outer];
          const stands = isObject(held) && Object.hasOwn(held, inner);
          if (stands) held[inner] = next;
          else if (insertMissing)
            expected[outer] = isObject(held) ? { ...held, [inner]: next } : { [inner]: next };
          expect(JSON.parse(edited)).toEqual(expected);
          if (!stands && !insertMissing) expect(edited).toBe(text);
        },
      ),
    );
  });

  it('changes every place of a path that is written twice, however its keys are escaped', () => {
    const text =
      '{ "c": {"max": 1}, "x": {"max": 2}, "\\u0063" : { "m\\u0061x" :3 , "y": [1, {"max": 4}] } }';
    expect(replace(text, ['c', 'max'], 9)).toBe(
      '{ "c": {"max": 9}, "x": {"max": 2}, "\\u0063" : { "m\\u0061x" :9 , "y": [1, {"max": 4}] } }',
    );
  });

  it('inserts what is missing of a path where the path breaks off', () => {
    expect(replace('{"m":[]}', ['a', 'b', 'c'], 5, true)).toBe('{"a":{"b":{"c":5}},"m":[]}');
    expect(replace('{"a":{}}', ['a', 'b', 'c'], 5, true)).toBe('{"a":{"b":{"c":5}}}');
    expect(replace('{"a": null , "m":1}', ['a', 'b'], 5, true)).toBe('{"a": {"b":5} , "m":1}');
    expect(replace('{"a":null}', ['a', 'b'], 5)).toBe('{"a":null}');
  });
});

describe('removeTopLevel', () => {
  it('agrees with JSON.parse on any object, and keeps the bytes of what stays', () => {
    fc.assert(
      fc.property(object, fc.array(key), (value, keys) => {
        const edited = remove(JSON.stringify(value), keys);
        expect(edited).toBe(
          JSON.stringify(
            Object.fromEntries(Object.entries(value).filter(([name]) => !(keys as string[]).includes(name))),
          ),
        );
        expect(remove(JSON.stringify(value, null, 2), [])).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  it('takes out a key as often as it stands, also one spelled in escapes', () => {
    expect(remove('{"model":1,"m\\u006fdel":2, "k" : [ 1 ] ,"model":3}', ['model'])).toBe('{"k" : [ 1 ]}');
    expect(remove('{"model":1}', ['model'])).toBe('{}');
  });
});
