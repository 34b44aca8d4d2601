/** Reads what admission needs from Google's three embedding bodies: one content, a batch of them, Vertex's instances. */
import { encodeUtf8 } from '@/lib/std/bytes';
import { embeddingCall } from '@/lib/wire/bodies/embedding-call';
import { estimatePrompt } from '@/lib/wire/bodies/estimate';
import { refuseAccountResources } from '@/lib/wire/bodies/gemini/account-resources';
import { recordAt, recordsAt } from '@/lib/wire/bodies/gemini/fields';
import { assertPathModel } from '@/lib/wire/bodies/gemini/model-names';
import { mediaOf, noMedia } from '@/lib/wire/bodies/gemini/media';
import { type JsonRecord, textOf } from '@/lib/wire/bodies/record';
import { readRequestBody } from '@/lib/wire/bodies/request';
import type { WireCall } from '@/lib/wire/format';

const DECISIVE_KEYS = ['content', 'requests', 'instances', 'parameters', 'model'] as const;

/**
 * @throws GatewayError `body_invalid` when the body is no JSON object, gives a key twice, names an account's resource, or asks for another model than the path
 */
export function readEmbedCall({ model, body }: { model: string; body: Uint8Array }): WireCall {
  const { record, text } = readRequestBody(body, DECISIVE_KEYS, { uniqueKeys: true });
  const requests = recordsAt(record, 'requests');
  const contents: JsonRecord[] = [];
  for (const request of [record, ...requests]) {
    assertPathModel(request, model);
    const content = recordAt(request, 'content');
    if (content !== null) contents.push(content);
  }
  refuseAccountResources(record, contents);
  const media = contents.length === 0 ? noMedia() : mediaOf(text, contents);
  const texts = [
    ...contents.flatMap((content) => recordsAt(content, 'parts').map((part) => part['text'])),
    ...recordsAt(record, 'instances').map((instance) => instance['content']),
  ];
  // Not the body's own bytes: where the answer reports nothing, this estimate is the bill.
  const textBytes = texts.reduce<number>((sum, one) => sum + encodeUtf8(textOf(one) ?? '').length, 0);
  return embeddingCall(model, estimatePrompt(textBytes, { ...media, encodedBytes: 0 }));
}
