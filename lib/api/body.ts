/** Reads a JSON object from a request, within a size limit. */
import { GatewayError } from '@/lib/domain/errors';
import { inputError } from '@/lib/account/input';

/** Far above any input of the management API. */
export const MOST_BODY_BYTES = 1024 * 1024;

function tooLarge(): GatewayError {
  return new GatewayError('body_too_large', `The body is larger than ${MOST_BODY_BYTES} bytes.`);
}

/** The body as text. @throws GatewayError `body_too_large`; TypeError where it is no UTF-8 */
export async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > MOST_BODY_BYTES) throw tooLarge();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  const reader = request.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    bytes += read.value.byteLength;
    if (bytes > MOST_BODY_BYTES) {
      await reader?.cancel();
      throw tooLarge();
    }
    text += decoder.decode(read.value, { stream: true });
  }
  return text + decoder.decode();
}

/**
 * The body as an object; no body at all is an empty one.
 * @throws GatewayError `body_invalid`, `body_too_large`, `encoding_unsupported`
 */
export async function readJsonObject(request: Request): Promise<Record<string, unknown>> {
  const coding = request.headers.get('content-encoding') ?? 'identity';
  if (coding !== 'identity')
    throw new GatewayError('encoding_unsupported', `Send the body uncompressed, not as "${coding}".`);
  let value: unknown;
  try {
    const text = await readText(request);
    if (text.trim() === '') return {};
    value = JSON.parse(text);
  } catch (error) {
    throw error instanceof GatewayError ? error : inputError('', 'The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw inputError('', 'The body is not a JSON object.');
  return value as Record<string, unknown>;
}
