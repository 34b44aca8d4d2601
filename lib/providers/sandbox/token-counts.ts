/** Plausible prompt counts for any dialect, by the characters of what is sent. */

const CHARS_PER_TOKEN = 4;
/** What an API adds around any prompt. */
export const FRAME_TOKENS = 8;
/** An image or document costs by its size in pixels or pages, not by the length of its base64. */
export const ATTACHMENT_TOKENS = 1_500;

/** Shorter strings are no attachments, whatever they are called. */
const ATTACHMENT_CHARS = 512;
/** Where the dialects put base64: `source.data`, `inlineData.data`, `image_url.url`, `file_data`, `source.bytes`. */
const ATTACHMENT_KEYS: ReadonlySet<string> = new Set(['data', 'url', 'image_url', 'file_data', 'bytes']);

/** Tokens of one text. */
export function textTokens(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}

/** Tokens of everything a body sends as prompt; parts that are missing count nothing. */
export function promptTokensOf(parts: readonly unknown[]): number {
  let attached = 0;
  const shorten = (key: string, value: unknown): unknown => {
    if (!ATTACHMENT_KEYS.has(key) || typeof value !== 'string' || value.length < ATTACHMENT_CHARS)
      return value;
    attached += ATTACHMENT_TOKENS;
    return '';
  };
  const sent = parts.filter((one) => one !== undefined && one !== null);
  const chars = sent.reduce<number>((sum, one) => {
    return sum + (typeof one === 'string' ? one : JSON.stringify(one, shorten)).length;
  }, 0);
  return Math.ceil(chars / CHARS_PER_TOKEN) + attached + FRAME_TOKENS;
}
