/** Which model a Bedrock id, profile or ARN means, and the id under which a region serves one that is named otherwise. */
import type { ModelEntry } from '@/lib/domain/model';
import { ANTHROPIC_MODELS } from '@/lib/providers/anthropic/models';
import { BEDROCK_MODELS } from '@/lib/providers/bedrock/models';
import { createCatalogue, finder, priceIdOf } from '@/lib/providers/catalogue';
import type { ModelMatch } from '@/lib/providers/provider';

/** AWS's own profiles; those of an account (`application-inference-profile`, `provisioned-model`, …) are the operator's and never taken. */
const SYSTEM_ARN =
  /^arn:aws[a-z-]*:bedrock:[a-z0-9-]*:\d*:(?:inference-profile\/(?=[a-z-]+\.[a-z0-9]+\.)|foundation-model\/)([^/]+)$/;
const PROFILE = /^(?:us-gov|us|eu|apac|jp|au|ca|global)\./;
/** `maker.model`, as all of Bedrock's own ids are. */
const BEDROCK_ID =
  /^(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|moonshotai|nvidia|openai|qwen|stability|twelvelabs|writer|xai|zai)\.[a-z0-9][\w.:-]*$/;
/** Sold before profiles were: by its plain id only. */
const UNPROFILED = /^anthropic\.claude-(?:v2|instant)/;
/** Claude 4.5 and later have profiles for Japan and Australia; the older ones one for Asia and the Pacific. */
const COUNTRY_PROFILED = /^anthropic\.claude-(?:(?:opus|sonnet|haiku)-(?:4-[5-9]|[5-9])|fable|mythos)/;

const own = finder(BEDROCK_MODELS, (id) => BEDROCK_ID.test(id));
const anthropicNames = createCatalogue([{ provider: 'anthropic', models: ANTHROPIC_MODELS }]);
/** Of several editions of a model the newest, which stands first. */
const claudeByPrice = new Map<string, ModelEntry>();
for (const entry of BEDROCK_MODELS) {
  const priceId = priceIdOf(entry);
  if (priceId.startsWith('claude-') && !claudeByPrice.has(priceId)) claudeByPrice.set(priceId, entry);
}

/** Without ARN and profile prefix. */
export function bareId(model: string): string {
  return (SYSTEM_ARN.exec(model)?.[1] ?? model).replace(PROFILE, '');
}

/** The entry that one of Anthropic's own names means here. */
function claudeEntry(model: string): ModelEntry | null {
  const named = anthropicNames.find(model)?.entry;
  return (named === undefined ? undefined : claudeByPrice.get(named.id)) ?? null;
}

/** The id stays as the caller wrote it: only one of Anthropic's names is turned into a profile, when it is sent. */
export function findModel(model: string): ModelMatch | null {
  const match = own(bareId(model));
  if (match !== null) return { entry: match.entry, upstreamModel: model };
  const entry = claudeEntry(model);
  return entry === null ? null : { entry, upstreamModel: model };
}

/** Whether a model speaks Anthropic's Messages, which InvokeModel carries for Claude from version 3 on. */
export function speaksMessages(entry: ModelEntry | null, upstreamModel: string): boolean {
  const id = entry?.id ?? bareId(upstreamModel);
  return id.startsWith('anthropic.') && !UNPROFILED.test(id);
}

/** What the upstream wants to see: one of Anthropic's names becomes the profile that serves the region. */
export function upstreamIdOf(model: string, region: string): string {
  if (BEDROCK_ID.test(bareId(model))) return model;
  const id = claudeEntry(model)?.id;
  if (id === undefined) return model;
  return UNPROFILED.test(id) ? id : `${geographyOf(region, id)}.${id}`;
}

/** The profile of the region's own geography, so that data stays there; regions without one have the global profile. */
function geographyOf(region: string, id: string): string {
  const [area = '', ...place] = region.split('-');
  if (region.startsWith('us-gov-')) return 'us-gov';
  if (area === 'us' || area === 'eu') return area;
  // Canada's regions are sources of the American profiles.
  if (area === 'ca') return 'us';
  if (area !== 'ap') return 'global';
  if (!COUNTRY_PROFILED.test(id)) return 'apac';
  if (/^northeast-[13]$/.test(place.join('-'))) return 'jp';
  return /^southeast-[24]$/.test(place.join('-')) ? 'au' : 'global';
}

/** A global profile costs the list price, everything bound to a region a tenth more where the model has that premium. */
export function isGlobal(upstreamId: string): boolean {
  return /(?:^|\/)global\./.test(upstreamId);
}
