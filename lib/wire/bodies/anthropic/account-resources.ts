/** Where a Messages request names files and containers of the operator's account. */
import {
  refuseKeys,
  refuseResource,
  refuseSkills,
  refuseToolResources,
} from '@/lib/wire/bodies/account-resources';
import { isRecord, type JsonRecord, recordsOf } from '@/lib/wire/bodies/record';
import type { RequestBody } from '@/lib/wire/bodies/request';

/** Blocks nest (tool results hold documents, documents hold blocks), but never this deep. */
const MAX_DEPTH = 8;
/** As literals these stand only where a block names them: inside a string the quotes are escaped. */
const MAY_NAME_FILES = /"(?:file_id|file|container_upload)"/;

/** @throws GatewayError `body_invalid` */
export function refuseMessagesResources(
  { record: body, text, escaped }: RequestBody,
  tools: readonly JsonRecord[],
): void {
  const { container } = body;
  if (isRecord(container)) {
    refuseKeys(container, ['id'], 'container');
    refuseSkills(container['skills'], 'container');
  } else if ((container ?? null) !== null) refuseResource('container');
  refuseToolResources(tools);
  if (!escaped && !MAY_NAME_FILES.test(text)) return;
  refuseBlocks(body['system'], 0);
  for (const { content } of recordsOf(body['messages'])) refuseBlocks(content, 0);
}

/** What code made is named in its results: those only tell what was. */
function refuseBlocks(blocks: unknown, depth: number): void {
  if (depth > MAX_DEPTH) return;
  for (const { type, source, content } of recordsOf(blocks)) {
    if (type === 'container_upload') refuseResource('messages.container_upload');
    if (isRecord(source)) {
      if (source['type'] === 'file') refuseResource('messages.source');
      refuseKeys(source, ['file_id'], 'messages.source');
      refuseBlocks(source['content'], depth + 1);
    }
    refuseBlocks(content, depth + 1);
  }
}
