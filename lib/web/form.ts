/** Reads what a plain form of our pages sent. */
import { GatewayError } from '@/lib/domain/errors';

/** Longer than any form here; a body without end is not read to its end. */
const LONGEST_FORM_BYTES = 16 * 1024;
const URL_ENCODED = /^application\/x-www-form-urlencoded\b/i;

/** @throws GatewayError `body_too_large`, `body_invalid` */
export async function readForm(request: Request): Promise<URLSearchParams> {
  if (!URL_ENCODED.test(request.headers.get('content-type') ?? ''))
    throw new GatewayError('body_invalid', 'Only forms are taken here.');
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  const reader = request.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || value === undefined) break;
    bytes += value.byteLength;
    if (bytes > LONGEST_FORM_BYTES) {
      await reader?.cancel();
      throw new GatewayError('body_too_large', 'The form is longer than any of ours.');
    }
    text += decoder.decode(value, { stream: true });
  }
  return new URLSearchParams(text + decoder.decode());
}
