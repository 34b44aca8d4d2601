/** Refusals are known for what they are in every copy of their class: the server's bundle and the pages' each have one. */
import { expect, test, vi } from 'vitest';

async function copy() {
  vi.resetModules();
  return { ...(await import('@/lib/domain/errors')), ...(await import('@/lib/account/input')) };
}

test('a refusal thrown by one copy is recognised by another, and nothing else is', async () => {
  const [one, two] = [await copy(), await copy()];
  expect(one.GatewayError).not.toBe(two.GatewayError);
  const thrown: unknown = new one.GatewayError('upstream_broken', 'It went wrong.');
  expect(thrown instanceof two.GatewayError).toBe(true);
  for (const other of [new Error('upstream_broken'), { code: 'upstream_broken', status: 502 }, null, 'text'])
    expect(other instanceof two.GatewayError).toBe(false);
});

test('a refusal of a field is one, and a plain refusal is not one of a field', async () => {
  const { GatewayError, InputError } = await copy();
  const ofField: unknown = new InputError([{ field: 'plan', message: 'is unknown' }]);
  expect([ofField instanceof GatewayError, ofField instanceof InputError]).toEqual([true, true]);
  const plain: unknown = new GatewayError('conflict', 'There is one already.');
  expect(plain instanceof InputError).toBe(false);
});
