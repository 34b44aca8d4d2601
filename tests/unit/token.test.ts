/** The token format and the ids: round trips, typing mistakes, order and uniqueness. */
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isWellFormed, looksLikeToken, mintToken, tokenHint } from '@/lib/domain/token';
import { encodeBase62 } from '@/lib/std/base62';
import { crc32 } from '@/lib/std/crc32';
import { newId } from '@/lib/std/ids';
import { sha256Hex } from '@/lib/std/sha256';

const random256 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const token = random256.map((bytes) => mintToken(() => bytes));
const digit = fc.stringMatching(/^[0-9A-Za-z]$/);

describe('gateway tokens', () => {
  it('are tg_1 and 49 base 62 characters, and well formed', () => {
    fc.assert(
      fc.property(token, (minted) => {
        expect(minted).toMatch(/^tg_1[0-9A-Za-z]{49}$/);
        expect(looksLikeToken(minted)).toBe(true);
        expect(isWellFormed(minted)).toBe(true);
      }),
    );
  });

  it('differ whenever their randomness differs', () => {
    fc.assert(
      fc.property(random256, random256, (a, b) => {
        const same = Buffer.from(a).equals(Buffer.from(b));
        expect(mintToken(() => a) === mintToken(() => b)).toBe(same);
      }),
    );
  });

  it('with any one character changed are refused', () => {
    fc.assert(
      fc.property(token, fc.nat({ max: 52 }), digit, (minted, at, other) => {
        fc.pre(minted[at] !== other);
        expect(isWellFormed(minted.slice(0, at) + other + minted.slice(at + 1))).toBe(false);
      }),
    );
  });

  it('with neighbours swapped are refused', () => {
    fc.assert(
      fc.property(token, fc.integer({ min: 0, max: 51 }), (minted, at) => {
        const [a = '', b = ''] = minted.slice(at, at + 2);
        fc.pre(a !== b);
        expect(isWellFormed(minted.slice(0, at) + b + a + minted.slice(at + 2))).toBe(false);
      }),
    );
  });

  it('cut, lengthened or padded are refused', () => {
    fc.assert(
      fc.property(token, fc.nat({ max: 52 }), digit, (minted, length, extra) => {
        for (const broken of [minted.slice(0, length), minted + extra, ` ${minted}`, `${minted}\n`]) {
          expect(isWellFormed(broken)).toBe(false);
        }
      }),
    );
  });

  it('never throws on any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(isWellFormed(text)).toBe(false);
        expect(typeof looksLikeToken(text)).toBe('boolean');
      }),
    );
  });

  it('show ten characters in the hint', () => {
    fc.assert(
      fc.property(token, (minted) => {
        expect(tokenHint(minted)).toBe(`${minted.slice(0, 10)}…`);
      }),
    );
  });

  it('keep their format: a token minted today is good tomorrow', () => {
    expect(mintToken((bytes) => new Uint8Array(bytes))).toBe(
      `tg_1${'0'.repeat(43)}${encodeBase62(BigInt(crc32(`tg_1${'0'.repeat(43)}`)), 6)}`,
    );
    expect(mintToken((bytes) => new Uint8Array(bytes).fill(255))).toMatch(/^tg_1[1-9A-Za-z]/);
  });
});

describe('what tokens are made of', () => {
  it('base 62 keeps the order and the width of integers', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
        fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
        (a, b) => {
          const [x, y] = [encodeBase62(a, 43), encodeBase62(b, 43)];
          expect(x).toHaveLength(43);
          expect(x < y).toBe(a < b);
        },
      ),
    );
    expect(() => encodeBase62(62n, 1)).toThrow(RangeError);
    expect(() => encodeBase62(-1n, 1)).toThrow(RangeError);
  });

  it('crc32 is the one of zip', () => {
    expect(crc32('123456789')).toBe(0xcbf43926);
    if (typeof zlibCrc32 === 'function') {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), (text) => {
          expect(crc32(text)).toBe(zlibCrc32(text));
        }),
      );
    }
  });

  it('sha256Hex is the one of OpenSSL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(sha256Hex(text)).toBe(createHash('sha256').update(text).digest('hex'));
      }),
    );
  });
});

describe('ids', () => {
  const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });

  it('are the prefix and 26 Crockford digits', () => {
    fc.assert(
      fc.property(time, (atMs) => {
        expect(newId('req_', atMs)).toMatch(/^req_[0-9a-hjkmnp-tv-z]{26}$/);
      }),
    );
  });

  it('sort by time', () => {
    fc.assert(
      fc.property(time, time, (a, b) => {
        fc.pre(a !== b);
        expect(newId('x', a) < newId('x', b)).toBe(a < b);
      }),
    );
  });

  it('are unique within a millisecond, across batches of randomness', () => {
    const ids = Array.from({ length: 5_000 }, () => newId('', 1));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
