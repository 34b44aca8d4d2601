/** Sums in messages: whole cents from a dollar on, as exact as six decimals below it. */
import { expect, it } from 'vitest';
import { formatUsd } from '@/lib/domain/plan';

it.each([
  [0, '$0.00'],
  [9_165_000, '$0.009165'],
  [9_600_000, '$0.0096'],
  [10_000_000, '$0.01'],
  [500_000_000, '$0.50'],
  [999_999_999, '$1.00'],
  [1_234_567_890, '$1.23'],
  [200_000_000_000, '$200.00'],
])('writes %i nano-USD as %s', (nanoUsd, text) => {
  expect(formatUsd(nanoUsd)).toBe(text);
});

it('rounds a need up, never down', () => {
  expect(formatUsd(1, true)).toBe('$0.000001');
  expect(formatUsd(1_230_000_001, true)).toBe('$1.24');
});
