/** How much a model wrote into a Response: the bytes behind an estimate of its output, whole or piece by piece. */
import { decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { stringBytes } from '@/lib/wire/bodies/openai/chunk-size';
import { type JsonRecord, parseRecord, recordsOf } from '@/lib/wire/bodies/record';

const DELTA = '"delta":';
const DELTA_EVENT = /\.delta$/;
/** What a tool said, and sound: neither is text of the model's. */
const NOT_WRITTEN = /^response\.(?:shell_call_output_content|audio)/;

/** Where an item keeps what the model wrote in it. */
const TEXT_KEYS = ['arguments', 'input', 'code', 'diff'] as const;
const PART_LISTS = ['content', 'summary'] as const;

/**
 * Hidden thinking comes encrypted: recorded answers hold some 6.7 characters a reasoning token beyond a frame of
 * about 700, which is this share of the four bytes that text is reckoned with.
 */
const ENCRYPTED_FRAME_CHARS = 700;
const ENCRYPTED_TEXT_SHARE = 0.6;

export function isTextDelta(type: string): boolean {
  return DELTA_EVENT.test(type) && !NOT_WRITTEN.test(type);
}

/** UTF-8 bytes of text in a delta event. Inside strings the quotes are escaped, so the literal is the real key. */
export function deltaBytes(data: Uint8Array): number {
  const text = decodeUtf8(data);
  const at = text.indexOf(DELTA);
  if (at >= 0) return stringBytes(text, at + DELTA.length);
  return bytesOf(parseRecord(text)?.['delta']);
}

/** Bytes that encrypted thinking stands for, beyond what is shown of it in its summary. */
export function hiddenBytes(item: JsonRecord): number {
  const { encrypted_content: encrypted } = item;
  if (typeof encrypted !== 'string') return 0;
  const likely = Math.max(0, encrypted.length - ENCRYPTED_FRAME_CHARS) * ENCRYPTED_TEXT_SHARE;
  return Math.max(0, Math.round(likely) - shownBytes(item));
}

/** UTF-8 bytes of everything the model wrote in a Response. */
export function writtenBytes({ output }: JsonRecord): number {
  return recordsOf(output).reduce((sum, item) => sum + shownBytes(item) + hiddenBytes(item), 0);
}

function shownBytes(item: JsonRecord): number {
  let bytes = 0;
  for (const key of TEXT_KEYS) bytes += bytesOf(item[key]);
  for (const list of PART_LISTS) {
    for (const part of recordsOf(item[list])) bytes += bytesOf(part['text']) + bytesOf(part['refusal']);
  }
  return bytes;
}

function bytesOf(value: unknown): number {
  return typeof value === 'string' ? encodeUtf8(value).length : 0;
}
