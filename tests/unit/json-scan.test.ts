/** What is looked up in JSON bytes without parsing them is what parsing would find. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { eachKey, stringBytesAt } from '@/lib/std/json-scan';
import { textHash } from '@/lib/std/text-hash';
import { ChunkBytes, writtenBytesIn } from '@/lib/wire/bedrock/frame-look';

function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

describe('keys', () => {
  it('of any JSON are found in order, however it is spaced', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2, '\t'), (value, space) => {
        const json = encodeUtf8(JSON.stringify(value, null, space));
        const found: string[] = [];
        eachKey(json, (from, to) => {
          found.push(JSON.parse(decodeUtf8(json.subarray(from - 1, to + 1))) as string);
        });
        expect(found).toEqual(keysOf(JSON.parse(decodeUtf8(json))));
      }),
    );
  });

  it('of anything else never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        eachKey(bytes, (_from, _to, value) => void stringBytesAt(bytes, value));
      }),
    );
  });
});

it('a string is as long as the text it stands for', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      // `\u` escapes are counted as three bytes, whatever they stand for.
      fc.pre(!JSON.stringify(text).includes('\\u'));
      expect(stringBytesAt(encodeUtf8(JSON.stringify(text)), 0)).toBe(encodeUtf8(text).length);
    }),
  );
  for (const other of ['12', 'null', '{"a":"b"}', '', ' "a"'])
    expect(stringBytesAt(encodeUtf8(other), 0)).toBe(0);
});

describe('a Bedrock frame', () => {
  const chunks = new ChunkBytes();
  const of = (text: string) => chunks.of(encodeUtf8(text));

  it('gives the bytes that were put into it, whatever their number', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000, size: 'max' }), (bytes) => {
        const encoded = Buffer.from(bytes).toString('base64');
        for (const text of [`{"bytes":"${encoded}","p":"abc"}`, `{ "p":"abc", "bytes" : "${encoded}" }`])
          expect(Buffer.compare(of(text) ?? Buffer.from('none'), bytes)).toBe(0);
        const escaped = `{"bytes":"${encoded.replaceAll('/', '\\/')}"}`;
        expect(Buffer.compare(of(escaped) ?? Buffer.from('none'), bytes)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('without base64 in it gives nothing, and is no error', () => {
    for (const odd of ['', '{', '{"bytes":1}', '{"bytes":"%%%%"}', '{"bytes":"AA=A"}', '{"bytes":"AAAA'])
      expect(of(odd)).toBeNull();
  });

  it('of Converse counts what the model wrote and nothing else', () => {
    const frame = (delta: object) => encodeUtf8(JSON.stringify({ contentBlockIndex: 0, delta, p: 'abcdef' }));
    expect(writtenBytesIn(frame({ text: 'naïve' }))).toBe(6);
    expect(writtenBytesIn(frame({ toolUse: { input: '{"a"' } }))).toBe(4);
    expect(writtenBytesIn(frame({ reasoningContent: { text: 'Hm', signature: 'xyz' } }))).toBe(2);
    expect(writtenBytesIn(frame({}))).toBe(0);
  });
});

describe('the hash of a text', () => {
  it('is 16 hexadecimal digits, the same for the same text and another for any other', () => {
    const seen = new Map<string, string>();
    const texts = ['', 'a', 'b', 'ab', 'ba', 'a\0', '\0a', 'é', '語', 'x'.repeat(4_096), 'x'.repeat(4_097)];
    for (let at = 0; at < 20_000; at += 1) texts.push(`conversation ${at}`, `${at} begins like the others`);
    for (const text of texts) {
      const hash = textHash(text);
      expect(hash).toMatch(/^[0-9a-f]{16}$/);
      expect(seen.get(hash) ?? text).toBe(text);
      seen.set(hash, text);
    }
    expect(textHash('ab')).toBe(textHash('ab'));
  });
});
