/** The value of `TOLLGATE_PROVIDERS`: upstreams the operator defines, as JSON. */
import { z } from 'zod';

/** Formats a defined upstream may speak; the others need a signer or an envelope of their own. */
const FORMATS = [
  'openai-chat',
  'openai-responses',
  'openai-embeddings',
  'anthropic-messages',
  'gemini',
  'bedrock',
] as const;

/** Nano-USD per dollar: prices are written in dollars per million tokens and kept as integers. */
const DECIMALS = 9;
const PRICE = /^(\d{1,5})(?:\.(\d{1,9}))?$/;

const price = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).trim())
  .refine((value) => PRICE.test(value), 'must be dollars per million tokens, e.g. "0.15"')
  .transform((value) => {
    const [, whole = '0', fraction = ''] = PRICE.exec(value) ?? [];
    return Number(whole + fraction.padEnd(DECIMALS, '0'));
  });

const id = z.string().trim().min(1).max(200);
const tokens = z.int().min(1).max(100_000_000);

const model = z.strictObject({
  id,
  aliases: z.array(id).default([]),
  displayName: z.string().trim().min(1).optional(),
  /** The id the upstream wants, where it differs. */
  upstreamId: id.optional(),
  kind: z.enum(['chat', 'embedding']).default('chat'),
  contextTokens: tokens.default(128_000),
  maxOutputTokens: tokens.default(32_000),
  price: z.strictObject({ input: price, output: price.optional(), cacheRead: price.optional() }).optional(),
  /** Priced as this model of the table instead. */
  priceAs: id.optional(),
});

const provider = z.strictObject({
  /** Shown in headers and rows, and written before a model's id: `name/model`. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and hyphens'),
  displayName: z.string().trim().min(1).optional(),
  /** As its clients' SDKs want it: OpenAI's with `/v1`, Anthropic's and Gemini's without. */
  baseUrl: z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, '')),
  formats: z.array(z.enum(FORMATS)).min(1),
  /** Name of the environment variable with the key; none for servers that want none. */
  apiKeyEnv: z
    .string()
    .regex(/^[A-Za-z_]\w*$/)
    .optional(),
  /** Where the key goes; default: where the format's own provider wants it. */
  auth: z.enum(['bearer', 'x-api-key', 'api-key', 'x-goog-api-key']).optional(),
  /** `false`: the server refuses `stream_options.include_usage`. */
  includeUsage: z.boolean().default(true),
  /** What to do when a caller leaves: `drain` where the whole answer is billed anyway. */
  onCallerLeave: z.enum(['abort', 'drain']).default('abort'),
  models: z.array(model).min(1),
});

/** A provider as the operator defined it; prices are integer nano-USD per million tokens. */
export type ProviderDefinition = z.infer<typeof provider>;

const providers = z.array(provider);

export interface ReadProviders {
  readonly definitions: readonly (ProviderDefinition & { readonly apiKey: string })[];
  readonly problems: readonly string[];
}

/** Reads the value and the keys it names. Values never stand in a problem. */
export function readProviders(
  value: string | undefined,
  source: Readonly<Record<string, string | undefined>>,
  builtIn: readonly string[],
): ReadProviders {
  if (value === undefined || value.trim() === '') return { definitions: [], problems: [] };
  const fail = (...problems: string[]): ReadProviders => ({
    definitions: [],
    problems: problems.map((problem) => `TOLLGATE_PROVIDERS: ${problem}`),
  });
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch {
    return fail('must be a JSON array of providers');
  }
  const parsed = providers.safeParse(json);
  if (!parsed.success)
    return fail(...parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
  const problems: string[] = [];
  const names = new Set(builtIn);
  for (const { name, apiKeyEnv, models } of parsed.data) {
    if (names.has(name)) problems.push(`${name}: this name is taken`);
    names.add(name);
    if (apiKeyEnv !== undefined && (source[apiKeyEnv] ?? '') === '')
      problems.push(`${name}: ${apiKeyEnv}, which should hold its key, is not set`);
    const ids = models.flatMap(({ id: own, aliases }) => [own, ...aliases]);
    const twice = ids.find((one, index) => ids.indexOf(one) !== index);
    if (twice !== undefined) problems.push(`${name}: two models are called ${twice}`);
  }
  if (problems.length > 0) return fail(...problems);
  const definitions = parsed.data.map((definition) => ({
    ...definition,
    apiKey: definition.apiKeyEnv === undefined ? '' : (source[definition.apiKeyEnv] ?? ''),
  }));
  return { definitions, problems: [] };
}
