/** Refuses bodies that name things kept in the operator's Google account: caches, files, stores, buckets, data stores. */
import { GatewayError } from '@/lib/domain/errors';
import { field, recordAt, recordsAt } from '@/lib/wire/bodies/gemini/fields';
import { partsIn } from '@/lib/wire/bodies/gemini/media';
import { isRecord, type JsonRecord, textOf } from '@/lib/wire/bodies/record';

/** Google's APIs, Cloud Storage and the Gemini API's uploads among them, and the browser's own address of a bucket: read in the operator's name. */
const ACCOUNT_HOST = /(?:^|\.)(?:googleapis\.com|storage\.(?:[\w-]+\.)*cloud\.google\.com)$/;
/** Parsers of addresses disagree on these, and so on which host is meant: no public address has them. */
const AMBIGUOUS = /[\\\s]/;

/** Whether an address is anybody's: no bucket's or upload's name, and not below a host that looks into the account. */
function isPublic(address: string): boolean {
  if (AMBIGUOUS.test(address) || !URL.canParse(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  if ((protocol !== 'https:' && protocol !== 'http:') || username !== '' || password !== '') return false;
  return !ACCOUNT_HOST.test(hostname.replace(/\.$/, ''));
}

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
  refusePredictionFiles(body);
  for (const content of contents) {
    for (const part of partsIn(content)) {
      const file = recordAt(part, 'fileData');
      const uri = file === null ? null : textOf(field(file, 'fileUri'));
      if (uri !== null && !isPublic(uri.trim()))
        refuse(
          'fileData.fileUri',
          'only public addresses can be used through this gateway; send the bytes inline',
        );
    }
  }
}

/** Vertex's predictions read images and films out of buckets, and may write their answers into one. */
function refusePredictionFiles(body: JsonRecord): void {
  for (const instance of recordsAt(body, 'instances'))
    for (const held of Object.values(instance))
      if (isRecord(held) && field(held, 'gcsUri') !== undefined)
        refuse('instances.gcsUri', 'buckets can’t be read through this gateway; send the bytes inline');
  const parameters = recordAt(body, 'parameters');
  if (parameters !== null && field(parameters, 'storageUri') !== undefined)
    refuse('parameters.storageUri', 'buckets can’t be written to through this gateway');
}

function refuse(name: string, reason: string): never {
  throw new GatewayError('body_invalid', `${name}: ${reason}.`);
}
