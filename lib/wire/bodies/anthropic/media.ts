/** Finds images and documents in a request, whose tokens have nothing to do with their bytes. */
import { isRecord } from '@/lib/wire/bodies/record';

/** Anthropic bills width × height / 750; 1.15 megapixels is where it used to scale down to. */
export const IMAGE_TOKENS_LIKELY = 1_600;
/** Models with high-resolution vision take up to 3.75 megapixels before scaling down. */
export const IMAGE_TOKENS_CEILING = 4_784;

/** A PDF page costs 1,500 to 3,000 tokens of text and an image of the page (Anthropic, PDF support). */
export const PDF_PAGE_TOKENS_LIKELY = 3_000;
export const PDF_PAGE_TOKENS_CEILING = 3_000 + IMAGE_TOKENS_LIKELY;
/** Pages are guessed by size: scans run to 50 kB and more a page, plain text pages to 20 kB with their fonts. */
const PDF_PAGE_BYTES_LIKELY = 50_000;
const PDF_PAGE_BYTES_CEILING = 20_000;
/** Anthropic refuses a longer PDF. */
export const PDF_PAGES_MAX = 600;
/** A PDF named by address or file id shows no size; ten pages is an ordinary paper, a hundred a long report. */
export const PDF_PAGES_UNSEEN_LIKELY = 10;
export const PDF_PAGES_UNSEEN_CEILING = 100;

/** Blocks nest (tool results hold images, documents hold blocks), but never this deep. */
const MAX_DEPTH = 8;

/** As literals these stand only where a block or a schema names them: inside a string the quotes are escaped. */
const MAY_HOLD_MEDIA = /"(?:base64|image|document)"/;

export interface MediaEstimate {
  /** Bytes of base64 text in the body, to be taken off before bytes are read as tokens. */
  encodedBytes: number;
  tokensLikely: number;
  tokensCeiling: number;
}

/** Adds up the media of all messages. `text` is the body's text, looked at first so that plain calls cost nothing. */
export function mediaOf(text: string, messages: unknown): MediaEstimate {
  const total: MediaEstimate = { encodedBytes: 0, tokensLikely: 0, tokensCeiling: 0 };
  if (!MAY_HOLD_MEDIA.test(text) || !Array.isArray(messages)) return total;
  for (const message of messages) if (isRecord(message)) addBlocks(message['content'], total, 0);
  return total;
}

function addBlocks(content: unknown, total: MediaEstimate, depth: number): void {
  if (!Array.isArray(content) || depth > MAX_DEPTH) return;
  for (const block of content) {
    if (!isRecord(block)) continue;
    const { type, source } = block;
    addBlocks(block['content'], total, depth + 1);
    if (!isRecord(source)) continue;
    addBlocks(source['content'], total, depth + 1);
    const encoded =
      source['type'] === 'base64' && typeof source['data'] === 'string' ? source['data'].length : null;
    total.encodedBytes += encoded ?? 0;
    if (type === 'image') {
      total.tokensLikely += IMAGE_TOKENS_LIKELY;
      total.tokensCeiling += IMAGE_TOKENS_CEILING;
    } else if (encoded !== null) {
      addDocument(total, encoded);
    } else if (type === 'document' && (source['type'] === 'url' || source['type'] === 'file')) {
      total.tokensLikely += PDF_PAGES_UNSEEN_LIKELY * PDF_PAGE_TOKENS_LIKELY;
      total.tokensCeiling += PDF_PAGES_UNSEEN_CEILING * PDF_PAGE_TOKENS_CEILING;
    }
  }
}

/** Adds a document of so many bytes of base64. */
export function addDocument(total: MediaEstimate, encodedBytes: number): void {
  total.tokensLikely += pages(encodedBytes, PDF_PAGE_BYTES_LIKELY) * PDF_PAGE_TOKENS_LIKELY;
  total.tokensCeiling += pages(encodedBytes, PDF_PAGE_BYTES_CEILING) * PDF_PAGE_TOKENS_CEILING;
}

/** Whole pages of a base64 text, at least one. */
function pages(encodedBytes: number, pageBytes: number): number {
  const bytes = (encodedBytes * 3) / 4;
  return Math.min(PDF_PAGES_MAX, Math.max(1, Math.ceil(bytes / pageBytes)));
}
