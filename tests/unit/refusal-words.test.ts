/** Every reason that a refusal is kept with has words. */
import { expect, it } from 'vitest';
import { ERRORS } from '@/lib/domain/errors';
import { ERROR_MEANINGS, meaningOf } from '@/lib/domain/refusal-words';

it('every code of the error table has a meaning, without marks of code', () => {
  expect(Object.keys(ERROR_MEANINGS).toSorted()).toEqual(Object.keys(ERRORS).toSorted());
  for (const code of Object.keys(ERRORS)) expect(meaningOf(code)).toMatch(/^[^`]{10,}$/);
});

it('a provider’s status is told in words, known or not; anything else says that nothing was kept', () => {
  expect(meaningOf('upstream_429')).toBe('the provider’s own limits were reached');
  expect(meaningOf('upstream_451')).toBe('the provider refused with status 451');
  for (const odd of ['unknown', '', 'constructor', 'upstream_x'])
    expect(meaningOf(odd)).toBe('no reason was kept');
});
