/** Finds the media of a Responses input, pictures that tools made or took included. */
import type { PromptExtras } from '@/lib/wire/bodies/estimate';
import { mediaOf } from '@/lib/wire/bodies/openai/media';
import { isRecord, type JsonRecord, recordsOf } from '@/lib/wire/bodies/record';

/** Items that hold a picture under a key of their own. As literals they stand only where an item names its type. */
const HOLDS_PICTURE = /"(?:computer_call_output|image_generation_call)"/;

export function responsesMediaOf(text: string, model: string, input: unknown): PromptExtras {
  const parts = mediaOf(text, model, input);
  if (!HOLDS_PICTURE.test(text)) return parts;
  const pictures = mediaOf('"input_image"', model, recordsOf(input).flatMap(pictureOf));
  return {
    encodedBytes: parts.encodedBytes + pictures.encodedBytes,
    tokensLikely: parts.tokensLikely + pictures.tokensLikely,
    tokensCeiling: parts.tokensCeiling + pictures.tokensCeiling,
  };
}

function pictureOf({ type, output, result }: JsonRecord): JsonRecord[] {
  const picture = (url: unknown) => [{ content: [{ type: 'input_image', image_url: url }] }];
  if (type === 'computer_call_output' && isRecord(output)) return picture(output['image_url']);
  return type === 'image_generation_call' && typeof result === 'string' ? picture(`data:${result}`) : [];
}
