/** Where requests in OpenAI's formats name files, stores, containers, caches and answers of the operator's account. */
import { refuseAccountAddress, refuseKeys, refuseToolResources } from '@/lib/wire/bodies/account-resources';
import { isRecord, type JsonRecord, recordsOf } from '@/lib/wire/bodies/record';
import type { RequestBody } from '@/lib/wire/bodies/request';

/** Looked for first, so that plain calls cost nothing: as literals these stand only where a field or its value does. */
const MAY_NAME_RESOURCES = /"(?:file_id|image_url|video_url|file_url|file|container_id|environment)"/;

/** @throws GatewayError `body_invalid` */
export function refuseChatResources(request: RequestBody, tools: readonly JsonRecord[]): void {
  const { record: body } = request;
  refuseGoogleCache(body);
  // Azure reads them with the operator's own rights.
  refuseKeys(body, ['data_sources'], '');
  refuseToolResources(tools);
  if (mayName(request))
    for (const { content } of recordsOf(body['messages'])) refuseParts(content, 'messages');
}

const mayName = ({ text, escaped }: RequestBody) => escaped || MAY_NAME_RESOURCES.test(text);

/** Google's compatibility layer takes its own fields in `extra_body.google`, and at the top as SDKs unfold it. */
function refuseGoogleCache(body: JsonRecord): void {
  const { extra_body: extra } = body;
  for (const outer of isRecord(extra) ? [body, extra] : [body])
    for (const fields of isRecord(outer['google']) ? [outer, outer['google']] : [outer])
      refuseKeys(fields, ['cached_content', 'cachedContent'], 'google');
}

/** @throws GatewayError `body_invalid` */
export function refuseResponsesResources(request: RequestBody, tools: readonly JsonRecord[]): void {
  const { record: body } = request;
  refuseKeys(body, ['prompt'], '');
  refuseToolResources(tools);
  if (!mayName(request)) return;
  const items = recordsOf(body['input']);
  for (const item of items) {
    // An `item_reference`, or the container of a call that is shown again, is what SDKs send in every later turn:
    // such ids are unguessable, and refusing them would end conversations.
    refuseKeys(item, ['file_id'], 'input');
    if (isRecord(item['environment'])) refuseKeys(item['environment'], ['container_id'], 'input.environment');
    refuseParts(item['content'], 'input');
    // What a tool took or made: one picture, or parts like a message's.
    refuseParts(isRecord(item['output']) ? [item['output']] : item['output'], 'input');
  }
}

function refuseParts(parts: unknown, place: string): void {
  for (const part of recordsOf(parts)) {
    const { file, image_url: image, video_url: video } = part;
    refuseKeys(part, ['file_id'], place);
    refuseAccountAddress(part['file_url'], place);
    for (const inner of [file, image, video]) {
      if (!isRecord(inner)) {
        refuseAccountAddress(inner, place);
        continue;
      }
      refuseKeys(inner, ['file_id'], place);
      for (const address of [inner['url'], inner['file_url'], inner['file_data']])
        refuseAccountAddress(address, place);
    }
  }
}
