/** Finds images, sound and files in a request, whose tokens have nothing to do with their bytes. */
import { isRecord, type JsonRecord, recordsOf } from '@/lib/wire/bodies/record';
import type { PromptExtras } from '@/lib/wire/bodies/estimate';

/** As literals these stand only where a part names its type: inside a string the quotes are escaped. */
const MAY_HOLD_MEDIA = /"(?:image_url|input_image|input_audio|video_url|file|input_file)"/;

interface ImageRule {
  readonly models: RegExp;
  /** What `detail: "low"` costs, and the start of every other image. */
  readonly base: number;
  readonly tile: number;
  /** Where images are counted in patches: the most of them, times the model's factor. */
  readonly most?: number;
}

/** OpenAI scales an image to 768 pixels on its shorter side and 2,048 on the longer: mostly 2 × 2 tiles, at most 2 × 4. */
const TILES_LIKELY = 4;
const TILES_CEILING = 8;

/**
 * OpenAI's documented rules (platform.openai.com/docs/guides/images-vision, "Calculating costs"); the first that fits.
 * 1,536 patches of 32 pixels times 1.62 (minis) to 2.46 (nanos).
 */
const IMAGE_RULES: readonly ImageRule[] = [
  { models: /gpt-4o-mini/, base: 2_833, tile: 5_667 },
  { models: /gpt-4\.1-(?:mini|nano)|gpt-5-(?:mini|nano)|o4-mini/, base: 256, tile: 400, most: 3_779 },
  { models: /(?:^|\/)o[13]/, base: 75, tile: 150 },
  { models: /gpt-4/, base: 85, tile: 170 },
  // Larger budgets since: up to 10,000 patches at original detail.
  { models: /gpt-(?:5\.[4-9]|[6-9])/, base: 256, tile: 400, most: 10_000 },
  { models: /gpt-5/, base: 70, tile: 140 },
];
/** Other makers' models: Anthropic's high-resolution images are the largest. */
const OTHER_IMAGES: ImageRule = { models: /^/, base: 258, tile: 258, most: 4_784 };

/** A PDF page costs its text and an image of it (OpenAI, PDF files). */
const PAGE_TOKENS_LIKELY = 1_500;
const PAGE_TOKENS_CEILING = 4_500;
/** Scans run to 50 kB and more a page, plain text pages to 20 kB with their fonts. */
const PAGE_BYTES_LIKELY = 50_000;
const PAGE_BYTES_CEILING = 20_000;
/** A file named by id or address shows no size; ten pages is an ordinary paper, a hundred a long report. */
const PAGES_UNSEEN_LIKELY = 10;
const PAGES_UNSEEN_CEILING = 100;

/** OpenAI hears ten tokens a second, Gemini 32; WAV is 32 kB a second or more, MP3 16 kB as a rule and 4 kB at least. */
const SOUND_TOKENS_LIKELY = 10;
const SOUND_TOKENS_CEILING = 32;
const WAV_BYTES_LIKELY = 48_000;
const WAV_BYTES_CEILING = 16_000;
const MP3_BYTES_LIKELY = 16_000;
const MP3_BYTES_CEILING = 4_000;

/** Gemini sees 258 tokens a second and hears 32 more; a second of video is 100 kB as a rule and 30 kB when dense. */
const VIDEO_TOKENS = 290;
const VIDEO_BYTES_LIKELY = 100_000;
const VIDEO_BYTES_CEILING = 30_000;
/** A video named by address: half a minute, and ten minutes. */
const VIDEO_UNSEEN_LIKELY = 30 * VIDEO_TOKENS;
const VIDEO_UNSEEN_CEILING = 600 * VIDEO_TOKENS;

type Sum = { -readonly [K in keyof PromptExtras]: PromptExtras[K] };

/** Adds up the media of all messages (or input items). `text` is the body's text, looked at first so that plain calls cost nothing. */
export function mediaOf(text: string, model: string, messages: unknown): PromptExtras {
  const sum: Sum = { encodedBytes: 0, tokensLikely: 0, tokensCeiling: 0 };
  if (!MAY_HOLD_MEDIA.test(text)) return sum;
  for (const message of recordsOf(messages)) {
    // A tool's output holds parts too; in Responses it is an item with an `output`.
    for (const part of [...recordsOf(message['content']), ...recordsOf(message['output'])])
      addPart(part, model, sum);
  }
  return sum;
}

function addPart(part: JsonRecord, model: string, sum: Sum): void {
  switch (part['type']) {
    case 'image_url':
    case 'input_image':
      return addImage(part, model, sum);
    case 'input_audio':
      return addSound(part['input_audio'], sum);
    case 'video_url':
      return addVideo(part['video_url'], sum);
    case 'file':
    case 'input_file':
      return addFile(isRecord(part['file']) ? part['file'] : part, sum);
    default:
  }
}

function add(sum: Sum, encodedBytes: number, tokensLikely: number, tokensCeiling: number): void {
  sum.encodedBytes += encodedBytes;
  sum.tokensLikely += Math.ceil(tokensLikely);
  sum.tokensCeiling += Math.ceil(tokensCeiling);
}

/** Chat puts the address into an object with the detail, Responses beside it. */
function addImage(part: JsonRecord, model: string, sum: Sum): void {
  const image = isRecord(part['image_url']) ? part['image_url'] : { url: part['image_url'], ...part };
  const rule = IMAGE_RULES.find(({ models }) => models.test(model)) ?? OTHER_IMAGES;
  const { base, tile, most = base + tile * TILES_CEILING } = rule;
  const isLow = image['detail'] === 'low' && rule !== OTHER_IMAGES;
  const likely = isLow ? base : Math.min(most, base + tile * TILES_LIKELY);
  add(sum, encodedBytesOf(image['url']), likely, isLow ? base : most);
}

function addSound(sound: unknown, sum: Sum): void {
  const { data, format } = isRecord(sound) ? sound : {};
  const encoded = typeof data === 'string' ? data.length : 0;
  const isWav = format === 'wav';
  const seconds = (bytesPerSecond: number) => decodedBytes(encoded) / bytesPerSecond;
  add(
    sum,
    encoded,
    seconds(isWav ? WAV_BYTES_LIKELY : MP3_BYTES_LIKELY) * SOUND_TOKENS_LIKELY,
    seconds(isWav ? WAV_BYTES_CEILING : MP3_BYTES_CEILING) * SOUND_TOKENS_CEILING,
  );
}

function addVideo(video: unknown, sum: Sum): void {
  const encoded = encodedBytesOf(isRecord(video) ? video['url'] : video);
  if (encoded === 0) return add(sum, 0, VIDEO_UNSEEN_LIKELY, VIDEO_UNSEEN_CEILING);
  const tokens = (bytesPerSecond: number) =>
    Math.max(1, decodedBytes(encoded) / bytesPerSecond) * VIDEO_TOKENS;
  add(sum, encoded, tokens(VIDEO_BYTES_LIKELY), tokens(VIDEO_BYTES_CEILING));
}

function addFile(file: JsonRecord, sum: Sum): void {
  const { file_data: data } = file;
  const encoded = typeof data === 'string' ? data.length : 0;
  const pages = (pageBytes: number, unseen: number) =>
    encoded === 0 ? unseen : Math.max(1, Math.ceil(decodedBytes(encoded) / pageBytes));
  add(
    sum,
    encoded,
    pages(PAGE_BYTES_LIKELY, PAGES_UNSEEN_LIKELY) * PAGE_TOKENS_LIKELY,
    pages(PAGE_BYTES_CEILING, PAGES_UNSEEN_CEILING) * PAGE_TOKENS_CEILING,
  );
}

/** Bytes of a `data:` URL; any other address is text and short. */
function encodedBytesOf(url: unknown): number {
  return typeof url === 'string' && url.startsWith('data:') ? url.length : 0;
}

/** What so much base64 stands for. */
function decodedBytes(encoded: number): number {
  return (encoded * 3) / 4;
}
