/** Refuses bodies that name things kept in the operator's Google account: caches, files, stores, buckets, data stores. */
import { GatewayError } from '@/lib/domain/errors';
import { field, recordAt, recordsAt } from '@/lib/wire/bodies/gemini/fields';
import { partsIn } from '@/lib/wire/bodies/gemini/media';
import { type JsonRecord, textOf } from '@/lib/wire/bodies/record';

/** Uploads of the Gemini API (`files/…`, with or without its address) and Cloud Storage, which Vertex reads in the operator's name. */
const ACCOUNT_FILE = /^(?:gs:|files\/|https?:\/\/[^/]*\bgoogleapis\.com\/)/i;
/** The browser's own address of a bucket asks for the reader's account as well. */
const BUCKET_ADDRESS = /^https?:\/\/storage\.cloud\.google\.com\//i;

/** Tools that read stores of the account, or call out with its secrets. */
const STORE_TOOLS = ['fileSearch', 'retrieval'] as const;

/**
 * None of these can be made through the gateway, so whoever names one names somebody else's.
 * @throws GatewayError `body_invalid`
 */
export function refuseAccountResources(body: JsonRecord, contents: readonly JsonRecord[]): void {
  if (textOf(field(body, 'cachedContent')) !== null)
    refuse('cachedContent', 'explicit caches can’t be made or used through this gateway');
  for (const tool of recordsAt(body, 'tools'))
    for (const name of STORE_TOOLS)
      if (recordAt(tool, name) !== null)
        refuse(`tools.${name}`, 'stores of the operator’s account can’t be used through this gateway');
  for (const content of contents) {
    for (const part of partsIn(content)) {
      const file = recordAt(part, 'fileData');
      const uri = file === null ? null : textOf(field(file, 'fileUri'));
      if (uri !== null && (ACCOUNT_FILE.test(uri.trim()) || BUCKET_ADDRESS.test(uri.trim())))
        refuse(
          'fileData.fileUri',
          'only public addresses can be used through this gateway; send the bytes inline',
        );
    }
  }
}

function refuse(name: string, reason: string): never {
  throw new GatewayError('body_invalid', `${name}: ${reason}.`);
}
