/** Stage 2: the request body, bounded and decoded. */
import { GatewayError } from '@/lib/domain/errors';
import type { Ports } from '../ports';

function tooLarge(limit: number): GatewayError {
  return new GatewayError(
    'body_too_large',
    `The request body is larger than the ${limit} bytes this gateway accepts.`,
    { limit },
  );
}

/** Reads a stream to its end, refusing as soon as it grows past `limit` bytes. */
async function collect(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      void reader.cancel().catch(() => undefined);
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
  if (chunks.length === 1 && chunks[0] !== undefined) return chunks[0];
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

async function collectOrRefuse(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  try {
    return await collect(stream, limit);
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError(
      'body_invalid',
      'The request body could not be read or decoded.',
      {},
      { cause: error },
    );
  }
}

/**
 * The decoded body. `content-length` is trusted only without transfer-encoding; the real bytes are counted either way,
 * and the decoded ones too, so that a small archive can't unpack into a large body.
 * @throws GatewayError `body_too_large`, `body_invalid`, `encoding_unsupported`
 */
export async function readBody(request: Request, ports: Ports): Promise<Uint8Array> {
  const limit = ports.settings.maxBodyBytes;
  const declared = request.headers.get('content-length');
  const known = declared !== null && request.headers.get('transfer-encoding') === null;
  if (known && Number(declared) > limit) throw tooLarge(limit);
  const coding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity' && known) {
    try {
      return new Uint8Array(await request.arrayBuffer());
    } catch (error) {
      throw new GatewayError('body_invalid', 'The request body could not be read.', {}, { cause: error });
    }
  }
  if (request.body === null) return new Uint8Array();
  if (coding === 'identity') return collectOrRefuse(request.body, limit);
  const decoder = ports.decoder(coding);
  if (decoder === null)
    throw new GatewayError('encoding_unsupported', `Request bodies in "${coding}" are not supported.`);
  return collectOrRefuse(request.body.pipeThrough(decoder), limit);
}
