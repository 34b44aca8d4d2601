/** Writes non-negative integers in base 62, at a fixed width. */

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62n;

/**
 * `value` in exactly `width` digits, padded with `0` on the left.
 * @throws RangeError when it is negative or needs more digits
 */
export function encodeBase62(value: bigint, width: number): string {
  if (value < 0n) throw new RangeError('base 62 holds no negative numbers');
  let text = '';
  let rest = value;
  for (let i = 0; i < width; i++) {
    text = DIGITS.charAt(Number(rest % BASE)) + text;
    rest /= BASE;
  }
  if (rest > 0n) throw new RangeError(`the value needs more than ${width} base 62 digits`);
  return text;
}
