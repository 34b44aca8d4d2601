/** The named edits of bodies that hold model and output limit at the top level. */
import { replaceTopLevel } from '@/lib/std/json-edit';
import type { BodyEdits } from '@/lib/wire/format';

/** @param limitKey where the body's dialect has its output limit */
export function editTopLevel(
  body: Uint8Array,
  { model, maxOutputTokens }: BodyEdits,
  limitKey: string,
): Uint8Array {
  if (model === undefined && maxOutputTokens === undefined) return body;
  const values = {
    ...(model === undefined ? {} : { model }),
    ...(maxOutputTokens === undefined ? {} : { [limitKey]: maxOutputTokens }),
  };
  return replaceTopLevel(body, values, { insertMissing: true });
}
