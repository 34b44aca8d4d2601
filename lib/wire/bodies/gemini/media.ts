/** Images, sound, films and documents in a request, whose tokens have nothing to do with their bytes. */
import { field, recordAt, recordsAt } from '@/lib/wire/bodies/gemini/fields';
import { type JsonRecord, textOf } from '@/lib/wire/bodies/record';

/** Gemini cuts an image into tiles of 258 tokens each; four by four and the whole once more are the most it makes. */
const TILE_TOKENS = 258;
const IMAGE_TILES_MOST = 17;
/** What Gemini 3 spends on an image at its usual resolution. */
const IMAGE_TOKENS_LIKELY = 1_120;

/** Bytes a second of ordinary and of thin encodings: the thinner, the more seconds, and tokens, in a byte. */
const AUDIO = { tokensPerSecond: 32, bytesLikely: 16_000, bytesLeast: 2_000 } as const;
const VIDEO = { tokensPerSecond: 300, bytesLikely: 125_000, bytesLeast: 12_500 } as const;

/** A page is one tile; Gemini 3 reads it at an image's resolution. Text pages run from 10 kB, scans to 50 kB and more. */
const PAGE = { tokensLikely: 258, tokensMost: 1_120, bytesLikely: 50_000, bytesLeast: 10_000 } as const;
/** Gemini refuses a longer document. */
const PAGES_MOST = 1_000;

/** Bytes of a text document a token: as for any other text. */
const TEXT = { bytesLikely: 4, bytesLeast: 2.5 } as const;

/** Something named by address shows no size: two minutes and a quarter of an hour, ten and a hundred pages. */
const UNSEEN = {
  audio: { likely: 120 * AUDIO.tokensPerSecond, most: 900 * AUDIO.tokensPerSecond },
  video: { likely: 120 * VIDEO.tokensPerSecond, most: 900 * VIDEO.tokensPerSecond },
  document: { likely: 10 * PAGE.tokensLikely, most: 100 * PAGE.tokensMost },
} as const;

/** As keys these stand unescaped only where a part names them. */
const MAY_HOLD_MEDIA = /"(?:inlineData|inline_data|fileData|file_data)"/;

export interface MediaEstimate {
  /** Bytes of base64 text in the body, to be taken off before bytes are read as tokens. */
  encodedBytes: number;
  tokensLikely: number;
  tokensCeiling: number;
}

export const noMedia = (): MediaEstimate => ({ encodedBytes: 0, tokensLikely: 0, tokensCeiling: 0 });

/** Adds up the media of all contents; `text` is looked at first, so that plain calls cost nothing. */
export function mediaOf(text: string, contents: readonly JsonRecord[]): MediaEstimate {
  const total = noMedia();
  if (!MAY_HOLD_MEDIA.test(text)) return total;
  for (const content of contents) for (const part of partsIn(content)) addPart(part, total);
  return total;
}

/** The parts of a content, with those that a tool's result holds. */
export function partsIn(content: JsonRecord): readonly JsonRecord[] {
  return recordsAt(content, 'parts').flatMap((part) => {
    const result = recordAt(part, 'functionResponse');
    return result === null ? [part] : [part, ...recordsAt(result, 'parts')];
  });
}

function addPart(part: JsonRecord, total: MediaEstimate): void {
  const inline = recordAt(part, 'inlineData');
  if (inline !== null) {
    const data = textOf(inline['data']) ?? '';
    total.encodedBytes += data.length;
    const { likely, most } = seen(kindOf(inline), (data.length * 3) / 4);
    total.tokensLikely += Math.ceil(likely);
    total.tokensCeiling += Math.ceil(most);
  }
  const file = recordAt(part, 'fileData');
  if (file !== null) {
    const { likely, most } = unseen(kindOf(file));
    total.tokensLikely += likely;
    total.tokensCeiling += most;
  }
}

type Kind = 'image' | 'audio' | 'video' | 'document' | 'text';
interface Tokens {
  readonly likely: number;
  readonly most: number;
}

const IMAGE: Tokens = { likely: IMAGE_TOKENS_LIKELY, most: TILE_TOKENS * IMAGE_TILES_MOST };

function kindOf(blob: JsonRecord): Kind {
  const type = textOf(field(blob, 'mimeType'))?.toLowerCase() ?? '';
  if (type.startsWith('image/')) return 'image';
  if (type.startsWith('audio/')) return 'audio';
  if (type.startsWith('video/')) return 'video';
  if (type === 'application/pdf') return 'document';
  // Films on YouTube are mostly named without a type.
  const uri = textOf(field(blob, 'fileUri')) ?? '';
  if (/^https?:\/\/([\w-]+\.)?youtu(\.be|be\.com)\//i.test(uri)) return 'video';
  return 'text';
}

function seen(kind: Kind, bytes: number): Tokens {
  if (kind === 'image') return IMAGE;
  if (kind === 'audio') return timed(AUDIO, bytes);
  if (kind === 'video') return timed(VIDEO, bytes);
  if (kind === 'text') return { likely: bytes / TEXT.bytesLikely, most: bytes / TEXT.bytesLeast };
  const pages = (pageBytes: number) => Math.min(PAGES_MOST, Math.max(1, Math.ceil(bytes / pageBytes)));
  return {
    likely: pages(PAGE.bytesLikely) * PAGE.tokensLikely,
    most: pages(PAGE.bytesLeast) * PAGE.tokensMost,
  };
}

function timed(
  { tokensPerSecond, bytesLikely, bytesLeast }: typeof AUDIO | typeof VIDEO,
  bytes: number,
): Tokens {
  const tokens = (bytesPerSecond: number) => Math.max(1, bytes / bytesPerSecond) * tokensPerSecond;
  return { likely: tokens(bytesLikely), most: tokens(bytesLeast) };
}

function unseen(kind: Kind): Tokens {
  if (kind === 'image') return IMAGE;
  return UNSEEN[kind === 'text' ? 'document' : kind];
}
