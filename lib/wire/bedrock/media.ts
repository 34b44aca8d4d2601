/** Finds images, documents and videos in Converse, Nova and chat bodies, and what they reach for outside of the body. */
import { GatewayError } from '@/lib/domain/errors';
import {
  addDocument,
  IMAGE_TOKENS_CEILING,
  IMAGE_TOKENS_LIKELY,
  type MediaEstimate,
} from '@/lib/wire/bodies/anthropic/media';
import { isRecord } from '@/lib/wire/bodies/record';
import type { RequestBody } from '@/lib/wire/bodies/request';

/** Nova takes about a frame a second at 288 tokens each; a minute is an ordinary clip, 960 frames are the most it looks at. */
const VIDEO_TOKENS_LIKELY = 60 * 288;
const VIDEO_TOKENS_CEILING = 960 * 288;

/** Blocks nest (tool results hold images), but never this deep. */
const MAX_DEPTH = 12;

/** What a model's caller wrote himself: a tool's schema or arguments may use any key. */
const OPAQUE: ReadonlySet<string> = new Set(['toolSpec', 'toolUse', 'json']);

/** As literals these stand only where a key or a whole value is called so. */
const MAY_HOLD_MEDIA = /"(?:bytes|s3Location|image_url|inputImage|images|uri)"/;

/** Adds up the media of a body. @throws GatewayError `policy_blocked` for a file in the operator's S3 buckets */
export function mediaOf({ record, text }: RequestBody): MediaEstimate {
  const total: MediaEstimate = { encodedBytes: 0, tokensLikely: 0, tokensCeiling: 0 };
  if (MAY_HOLD_MEDIA.test(text)) addMedia(record, total, 0);
  return total;
}

function addMedia(value: unknown, total: MediaEstimate, depth: number): void {
  if (depth > MAX_DEPTH) return;
  if (Array.isArray(value)) {
    for (const item of value) addMedia(item, total, depth + 1);
    return;
  }
  if (!isRecord(value)) return;
  for (const [key, held] of Object.entries(value)) {
    if (OPAQUE.has(key)) continue;
    if (key === 's3Location' && isRecord(held)) throw foreignFile();
    const source = isRecord(held) && isRecord(held['source']) ? held['source'] : null;
    if (source !== null && typeof source['bytes'] === 'string') addPiece(key, source['bytes'].length, total);
    else if (key === 'image_url' || key === 'inputImage') addPiece('image', lengthOf(held), total);
    else if (key === 'images' && Array.isArray(held))
      for (const image of held) if (typeof image === 'string') addPiece('image', image.length, total);
    addMedia(held, total, depth + 1);
  }
}

/** An image as text of its own, or as a record with a URL; the URL of a web page is short. */
function lengthOf(image: unknown): number {
  const url = isRecord(image) ? image['url'] : image;
  return typeof url === 'string' ? url.length : 0;
}

function addPiece(kind: string, encodedBytes: number, total: MediaEstimate): void {
  total.encodedBytes += encodedBytes;
  if (kind === 'document') addDocument(total, encodedBytes);
  else if (kind === 'video' || kind === 'audio') {
    total.tokensLikely += VIDEO_TOKENS_LIKELY;
    total.tokensCeiling += VIDEO_TOKENS_CEILING;
  } else {
    total.tokensLikely += IMAGE_TOKENS_LIKELY;
    total.tokensCeiling += IMAGE_TOKENS_CEILING;
  }
}

/** Bedrock would read it with the operator's rights. */
function foreignFile(): GatewayError {
  const message = 's3Location: this gateway takes files as bytes in the request, not out of S3 buckets.';
  return new GatewayError('policy_blocked', message, { headers: { 'x-should-retry': 'false' } });
}
