/** The model where bodies name it beside the path: it must be the path's, and follows it when the upstream knows it by another id. */
import { GatewayError } from '@/lib/domain/errors';
import { concatBytes } from '@/lib/std/bytes';
import { JsonArrayFramer } from '@/lib/std/json-array';
import { replaceAt, replaceTopLevel, topLevelValues } from '@/lib/std/json-edit';
import { type JsonRecord, textOf } from '@/lib/wire/bodies/record';

/** `models/x`, and Vertex's long names of the same. */
const RESOURCE = /^(?:.*\/)?models\//;

/**
 * The path's model is the one that is authorized, priced and called.
 * @throws GatewayError `body_invalid` when a message names another
 */
export function assertPathModel(message: JsonRecord, pathModel: string): void {
  const named = textOf(message['model']);
  if (named === null || named.replace(RESOURCE, '') === pathModel.replace(RESOURCE, '')) return;
  throw new GatewayError('body_invalid', 'model: the body must name the same model as the path');
}

/** The body with every naming of its model replaced, all other bytes kept; without any: the same array. */
export function renamed(body: Uint8Array, model: string): Uint8Array {
  const name = `models/${model}`;
  const outer = replaceTopLevel(body, { model: name });
  const wrapped = replaceAt(outer, ['generateContentRequest', 'model'], name);
  const parts: Uint8Array[] = [];
  let copied = 0;
  for (const requests of topLevelValues(wrapped, 'requests')) {
    const framer = new JsonArrayFramer((request) => {
      // A whole array in one piece is handed out as views of it.
      const from = request.byteOffset - wrapped.byteOffset;
      parts.push(wrapped.subarray(copied, from), replaceTopLevel(request, { model: name }));
      copied = from + request.length;
    });
    framer.push(requests);
  }
  return parts.length === 0 ? wrapped : concatBytes([...parts, wrapped.subarray(copied)]);
}
