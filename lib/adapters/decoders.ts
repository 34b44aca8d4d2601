/** Content codings by Node's zlib, as Web streams: the platform's own DecompressionStream knows no brotli. */
import { Duplex } from 'node:stream';
import zlib from 'node:zlib';

/** A map, as names come from upstream: on an object, `constructor` would be a coding too. */
const CODINGS: ReadonlyMap<string, () => Duplex> = new Map<string, () => Duplex>([
  ['gzip', () => zlib.createGunzip()],
  ['x-gzip', () => zlib.createGunzip()],
  ['deflate', () => zlib.createInflate()],
  ['br', () => zlib.createBrotliDecompress()],
]);

/** A decoder for a content coding, or `null` where it is not known. */
export function createDecoder(coding: string): TransformStream<Uint8Array, Uint8Array> | null {
  const create = CODINGS.get(coding);
  return create === undefined
    ? null
    : (Duplex.toWeb(create()) as unknown as TransformStream<Uint8Array, Uint8Array>);
}
