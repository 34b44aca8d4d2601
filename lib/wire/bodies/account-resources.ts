/** Refuses what is kept in the operator's account: nothing of it can be made here, so whoever names it names somebody else's. */
import { GatewayError } from '@/lib/domain/errors';
import { isRecord, type JsonRecord, recordsOf } from '@/lib/wire/bodies/record';

/** Cloud Storage and uploads of the Gemini API, which Google reads in the operator's name. */
const ACCOUNT_ADDRESS =
  /^\s*(?:gs:|files\/|https?:[\\/]*[^\\/]*\b(?:storage\.cloud\.google|googleapis)\.com\b)/i;
/** An address starts with its host; what follows may be megabytes of a `data:` address. */
const LONGEST_ORIGIN = 1_000;
/** Advisors hold tools of their own; real ones go no deeper. */
const MAX_DEPTH = 8;
/** Tools whose other fields are schemas of the caller's. */
const CALLERS_TOOLS: ReadonlySet<unknown> = new Set([undefined, null, 'function', 'custom']);

const isGiven = (value: unknown) => (value ?? null) !== null && !(Array.isArray(value) && value.length === 0);

/** @throws GatewayError `body_invalid` */
export function refuseResource(param: string, instead = ''): never {
  const message = `${param}: files, stores and containers of the operator’s account can’t be named through this gateway${instead}.`;
  throw new GatewayError('body_invalid', message, { param });
}

/** Refuses any of these keys that says something; `place` is where they stand, empty for the body itself. */
export function refuseKeys(record: JsonRecord, keys: readonly string[], place: string): void {
  for (const key of keys) if (isGiven(record[key])) refuseResource(place === '' ? key : `${place}.${key}`);
}

/** Refuses an address that Google would read in the operator's name. */
export function refuseAccountAddress(address: unknown, place: string): void {
  if (typeof address === 'string' && ACCOUNT_ADDRESS.test(address.slice(0, LONGEST_ORIGIN)))
    refuseResource(place, '; send the bytes inline');
}

/** Stores, files and containers of tools that the provider runs. */
export function refuseToolResources(tools: readonly JsonRecord[], depth = 0): void {
  if (depth > MAX_DEPTH) throw new GatewayError('body_invalid', 'tools: They nest too deep.');
  for (const tool of tools) {
    if (CALLERS_TOOLS.has(tool['type'])) continue;
    const { parameters } = tool;
    for (const settings of isRecord(parameters) ? [tool, parameters] : [tool]) {
      refuseKeys(settings, ['vector_store_ids', 'file_ids', 'container_id'], 'tools');
      refuseContainer(settings['container'], 'tools.container');
      // A screen's environment is the name of its system; only a hosted shell's is a container.
      if (isRecord(settings['environment'])) refuseContainer(settings['environment'], 'tools.environment');
      const mask = settings['input_image_mask'];
      if (isRecord(mask)) refuseKeys(mask, ['file_id'], 'tools.input_image_mask');
      refuseToolResources(recordsOf(settings['tools']), depth + 1);
    }
  }
}

/** A container that is made for the call is the caller's; one that is named is not, nor are the files put into it. */
function refuseContainer(container: unknown, place: string): void {
  if (!isGiven(container)) return;
  if (!isRecord(container)) refuseResource(place);
  refuseKeys(container, ['id', 'container_id', 'file_ids'], place);
  refuseSkills(container['skills'], place);
}

/** Skills that the provider itself offers are everybody's; others were uploaded to the account. */
export function refuseSkills(skills: unknown, place: string): void {
  for (const { type, skill_id: id } of recordsOf(skills)) {
    const isOffered = type === 'anthropic' || (typeof id === 'string' && id.startsWith('openai-'));
    if (!isOffered && isGiven(id)) refuseResource(`${place}.skills`);
  }
}
