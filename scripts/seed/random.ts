/** Chance that repeats: everything a seeded database holds is drawn from here, so that one number makes the same database again. */

const TWO_TO_32 = 4_294_967_296;
/** Crockford's base 32, as the gateway's own ids are written. */
const BASE_32 = '0123456789abcdefghjkmnpqrstvwxyz';
const HEX = '0123456789abcdef';
/** Base-32 digits that one draw of 32 bits gives. */
const DIGITS_PER_DRAW = 6;
const ID_RANDOM_DIGITS = 16;
const ID_TIME_DIGITS = 10;
/** The generator's first numbers still resemble its seed. */
const WARM_UP = 16;

export interface Random {
  /** From 0 to below 1. */
  readonly next: () => number;
  readonly chance: (share: number) => boolean;
  /** A whole number, both ends included. */
  readonly between: (least: number, most: number) => number;
  readonly pick: <T>(list: readonly T[]) => T;
  /** Log-normal, rounded: half of all draws lie below `median`, and `spread` is the deviation of the logarithm. */
  readonly around: (median: number, spread: number) => number;
  readonly hex: (digits: number) => string;
  readonly uuid: () => string;
  /** As `newId` makes them: a prefix, the time, 16 random digits. */
  readonly id: (prefix: string, atMs: number) => string;
}

/** sfc32: small, fast, and good enough for anything but secrets. */
function generator(seed: number): () => number {
  let [a, b, c, counter] = [0x9e3779b9 | 0, 0x243f6a88 | 0, seed | 0, 1];
  const next = (): number => {
    const mixed = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + mixed) | 0;
    return mixed >>> 0;
  };
  for (let round = 0; round < WARM_UP; round += 1) next();
  return next;
}

function timeDigits(atMs: number): string {
  let text = '';
  let rest = Math.floor(atMs);
  for (let digit = 0; digit < ID_TIME_DIGITS; digit += 1) {
    text = BASE_32.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

export function createRandom(seed: number): Random {
  const bits = generator(seed);
  const next = (): number => bits() / TWO_TO_32;

  function normal(): number {
    return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  }

  function hex(digits: number): string {
    let text = '';
    let left = 0;
    let drawn = 0;
    while (text.length < digits) {
      if (left === 0) [drawn, left] = [bits(), 8];
      text += HEX.charAt(drawn & 15);
      drawn >>>= 4;
      left -= 1;
    }
    return text;
  }

  function id(prefix: string, atMs: number): string {
    let text = prefix + timeDigits(atMs);
    const length = text.length + ID_RANDOM_DIGITS;
    while (text.length < length) {
      let drawn = bits();
      for (let digit = 0; digit < DIGITS_PER_DRAW && text.length < length; digit += 1) {
        text += BASE_32.charAt(drawn & 31);
        drawn >>>= 5;
      }
    }
    return text;
  }

  return {
    next,
    chance: (share) => next() < share,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick(list) {
      const picked = list[Math.floor(next() * list.length)];
      if (picked === undefined) throw new RangeError('nothing to pick from');
      return picked;
    },
    around: (median, spread) => Math.round(median * Math.exp(spread * normal())),
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    id,
  };
}

/** Draws an index by weight: running sums once, a binary search per draw. */
export function weighted(weights: readonly number[]): (random: Random) => number {
  const sums: number[] = [];
  let sum = 0;
  for (const weight of weights) sums.push((sum += weight));
  return (random) => {
    const at = random.next() * sum;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
