/** Takes the usage chunk that only the gateway asked for out of a chat stream again. */
import { concatBytes, encodeUtf8, hasBytesAt } from '@/lib/std/bytes';
import { type SseEvent, SseFramer } from '@/lib/std/sse';
import type { StreamFilter } from '@/lib/wire/format';
import { isRecord, parseRecord } from '@/lib/wire/bodies/record';

const CHOICES = encodeUtf8('"choices"');
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;

const LF = 10;
const CR = 13;

const isBlank = (byte: number | undefined) => byte === 0x20 || byte === 0x09;

/** Whether `"choices":[]` stands in the bytes. Brackets are rare in a chunk: one or two looks decide. */
function hasEmptyChoices(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(OPEN_BRACKET); at >= 0; at = bytes.indexOf(OPEN_BRACKET, at + 1)) {
    let after = at + 1;
    while (isBlank(bytes[after])) after += 1;
    if (bytes[after] !== CLOSE_BRACKET) continue;
    let before = at - 1;
    while (isBlank(bytes[before]) || bytes[before] === COLON) before -= 1;
    const from = before - CHOICES.length + 1;
    if (from >= 0 && hasBytesAt(bytes, from, CHOICES)) return true;
  }
  return false;
}

/** Azure's first chunk has no choices either, and a moderation chunk may follow the usage: only usage tells. */
function isUsageChunk(event: SseEvent): boolean {
  if (!hasEmptyChoices(event.raw())) return false;
  const chunk = parseRecord(event.text());
  const choices = chunk?.['choices'];
  return Array.isArray(choices) && choices.length === 0 && isRecord(chunk?.['usage']);
}

/** Drops the one chunk without choices that holds the usage; every other byte goes on as it came, whole events at once. */
export class UsageChunkFilter implements StreamFilter {
  private readonly framer: SseFramer;
  private pieces: Uint8Array[] = [];
  private dropped = false;
  /** The dropped event came as far as a CR: an LF that follows belongs to it. */
  private splitLineEnd = false;

  constructor() {
    this.framer = new SseFramer(
      (event) => {
        if (this.dropped || !isUsageChunk(event)) this.pieces.push(event.raw());
        else this.drop(event);
      },
      { onOther: (bytes) => this.pieces.push(bytes) },
    );
  }

  push(bytes: Uint8Array): readonly Uint8Array[] {
    if (bytes.length === 0) return [];
    const chunk = this.splitLineEnd && bytes[0] === LF ? bytes.subarray(1) : bytes;
    this.splitLineEnd = false;
    this.framer.push(chunk);
    const { pieces } = this;
    this.pieces = [];
    const [first] = pieces;
    if (first === undefined) return pieces;
    // Whole chunks of whole events, the common case, are passed on uncopied.
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const isChunk =
      length === chunk.length && first.buffer === chunk.buffer && first.byteOffset === chunk.byteOffset;
    return [isChunk ? chunk : concatBytes(pieces)];
  }

  end(): Uint8Array {
    return this.framer.end();
  }

  /** A line end that was cut in two stands half in the next event: the halves stay together. */
  private drop(event: SseEvent): void {
    const raw = event.raw();
    this.dropped = true;
    if (raw[0] === LF) this.pieces.push(raw.subarray(0, 1));
    this.splitLineEnd = raw.at(-1) === CR;
  }
}
