/** Compares the price table with a public list in LiteLLM's shape (`[--file F | --url U] [--check]`). */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { ModelPrice, Rates, RateTier } from '@/lib/domain/price';
import { PRICE_TABLE } from '@/lib/domain/price-table';
import { ANTHROPIC_MODELS } from '@/lib/providers/anthropic/models';
import { BEDROCK_MODELS } from '@/lib/providers/bedrock/models';
import { createCatalogue, priceIdOf } from '@/lib/providers/catalogue';
import type { Catalogue } from '@/lib/providers/catalogue';
import { GOOGLE_MODELS } from '@/lib/providers/google/models';
import { OPENAI_MODELS } from '@/lib/providers/openai/models';
import { OPENROUTER_MODELS } from '@/lib/providers/openrouter/models';

const DEFAULT_URL =
  'https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json';
const TIMEOUT_MS = 30_000;

const OPENROUTER = 'openrouter';

/** LiteLLM's names for those that resell far more models than our lists hold: only ours are compared. */
const RESELLERS: ReadonlySet<string> = new Set(['bedrock', 'bedrock_converse', OPENROUTER]);

const OPENAI: ReadonlySet<string> = new Set(['openai', 'text-completion-openai']);

/** LiteLLM's provider names for what we call with our own keys. */
const PROVIDERS: ReadonlySet<string> = new Set(['anthropic', 'gemini', ...OPENAI, ...RESELLERS]);

/** OpenAI's models whose usage has kinds the table doesn't price, and the operator's own. */
const LEFT_OUT = /^ft:|audio|realtime|transcribe|tts|image/;
const MODES: ReadonlySet<string> = new Set(['chat', 'embedding', 'responses', 'completion']);

const FIELDS: readonly (readonly [keyof Rates, string])[] = [
  ['input', 'input_cost_per_token'],
  ['output', 'output_cost_per_token'],
  ['cacheRead', 'cache_read_input_token_cost'],
  ['cacheWrite5m', 'cache_creation_input_token_cost'],
  ['cacheWrite1h', 'cache_creation_input_token_cost_above_1hr'],
];

/** Dollars per token to nano-USD per million tokens: 9 + 6 decimal places. */
const PLACES = 15;

/**
 * Reads a decimal literal such as `3e-06` as nano-USD per million tokens, exactly.
 * @throws RangeError when it is no decimal or finer than one nano-USD per million tokens
 */
export function rateOf(literal: string): number {
  const parts = /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(literal.trim());
  if (parts === null) throw new RangeError(`${literal} is no price`);
  const fraction = parts[2] ?? '';
  const digits = BigInt((parts[1] ?? '') + fraction);
  const shift = PLACES - fraction.length + Number(parts[3] ?? '0');
  const scale = 10n ** BigInt(Math.abs(shift));
  if (shift < 0 && digits % scale !== 0n)
    throw new RangeError(`${literal} is finer than a nano-USD per million tokens`);
  const rate = shift < 0 ? digits / scale : digits * scale;
  if (rate > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`${literal} is too large`);
  return Number(rate);
}

/** Quotes every number of a JSON text, so that parsing keeps the literal instead of a rounded float. */
export function quoteNumbers(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
}

/** What a list says of one model; a rate it doesn't state is absent. */
export interface ListedPrice {
  /** The list's own key without its provider prefix. */
  readonly key: string;
  readonly rates: Partial<Rates>;
  readonly tiers: readonly (Partial<Rates> & { readonly abovePromptTokens: number })[];
  /** Literals that could not be read. */
  readonly unreadable: readonly string[];
  /** Listed by a reseller: of interest only where our catalogue has it. */
  readonly resold?: true;
}

/**
 * Reads the chat and embedding models of our providers from a list in LiteLLM's shape.
 * @throws SyntaxError when the text is no JSON, TypeError when it is no object
 */
export function readList(json: string): ListedPrice[] {
  const list: unknown = JSON.parse(quoteNumbers(json));
  if (typeof list !== 'object' || list === null || Array.isArray(list))
    throw new TypeError('the list is no JSON object');
  const found: ListedPrice[] = [];
  for (const [name, value] of Object.entries(list)) {
    if (typeof value !== 'object' || value === null) continue;
    const entry = value as Record<string, unknown>;
    const provider = String(entry['litellm_provider']);
    if (!PROVIDERS.has(provider) || !MODES.has(typeof entry['mode'] === 'string' ? entry['mode'] : 'chat'))
      continue;
    const key = name.startsWith(`${provider}/`) ? name.slice(provider.length + 1) : name;
    // Except in OpenRouter's ids, a slash left is a variant such as `fast/…` or `us-east-1/…`, which the table doesn't price.
    if ((key.includes('/') && provider !== OPENROUTER) || (OPENAI.has(provider) && LEFT_OUT.test(key)))
      continue;
    const listed = readEntry(key, entry);
    found.push(RESELLERS.has(provider) ? { ...listed, resold: true } : listed);
  }
  return found;
}

function readEntry(key: string, entry: Record<string, unknown>): ListedPrice {
  const unreadable: string[] = [];
  const read = (suffix: string): Partial<Rates> => {
    const rates: { -readonly [K in keyof Rates]?: Rates[K] } = {};
    for (const [kind, field] of FIELDS) {
      const literal = entry[field + suffix];
      if (typeof literal !== 'string') continue;
      try {
        rates[kind] = rateOf(literal);
      } catch (error) {
        unreadable.push(`${field + suffix}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return rates;
  };
  const thresholds = Object.keys(entry)
    .map((field) => /^input_cost_per_token_above_(\d+)k_tokens$/.exec(field)?.[1])
    .filter((thousands) => thousands !== undefined);
  return {
    key,
    rates: read(''),
    tiers: thresholds
      .map((thousands) => ({
        abovePromptTokens: Number(thousands) * 1000,
        ...read(`_above_${thousands}k_tokens`),
      }))
      .sort((a, b) => a.abovePromptTokens - b.abovePromptTokens),
    unreadable,
  };
}

/** One line of the report; `theirs` and `ours` in nano-USD per million tokens, `null` where there is none. */
export interface Difference {
  readonly kind: 'new' | 'changed' | 'missing' | 'unreadable';
  readonly model: string;
  readonly what: string;
  readonly ours: number | null;
  readonly theirs: number | null;
}

export interface Comparison {
  readonly differences: readonly Difference[];
  /** Complete rows for new and changed models, dated `day`. */
  readonly rows: readonly Omit<ModelPrice, 'version'>[];
}

function rateDifferences(model: string, label: string, ours: Rates, theirs: Partial<Rates>): Difference[] {
  return FIELDS.flatMap(([kind]) => {
    const stated = theirs[kind];
    if (stated === undefined || stated === ours[kind]) return [];
    return [{ kind: 'changed' as const, model, what: label + kind, ours: ours[kind], theirs: stated }];
  });
}

/** Fills in what a list leaves out, from `known` or, for a new model, as plain input. */
function complete(known: Rates | null, listed: Partial<Rates>): Rates | null {
  const input = listed.input ?? known?.input;
  if (input === undefined) return null;
  return {
    input,
    output: listed.output ?? known?.output ?? 0,
    cacheRead: listed.cacheRead ?? known?.cacheRead ?? input,
    cacheWrite5m: listed.cacheWrite5m ?? known?.cacheWrite5m ?? input,
    cacheWrite1h: listed.cacheWrite1h ?? known?.cacheWrite1h ?? listed.cacheWrite5m ?? input,
  };
}

function rowFor(
  listed: ListedPrice,
  ours: ModelPrice | null,
  model: string,
  day: string,
): Comparison['rows'] {
  const rates = complete(ours, listed.rates);
  if (rates === null) return [];
  const tiers: RateTier[] = [];
  for (const tier of listed.tiers) {
    const known = ours?.tiers.find((own) => own.abovePromptTokens === tier.abovePromptTokens) ?? null;
    const filled = complete(known ?? rates, tier);
    if (filled !== null) tiers.push({ abovePromptTokens: tier.abovePromptTokens, ...filled });
  }
  return [
    {
      model,
      effectiveFrom: day,
      ...rates,
      tiers,
      webSearch: ours?.webSearch ?? 0,
      premiums: ours?.premiums ?? {},
    },
  ];
}

function compareOne(listed: ListedPrice, ours: ModelPrice, model: string): Difference[] {
  const differences = rateDifferences(model, '', ours, listed.rates);
  for (const tier of listed.tiers) {
    const label = `>${tier.abovePromptTokens} `;
    const own = ours.tiers.find((candidate) => candidate.abovePromptTokens === tier.abovePromptTokens);
    if (own !== undefined) differences.push(...rateDifferences(model, label, own, tier));
    else
      differences.push({
        kind: 'changed',
        model,
        what: `${label}tier`,
        ours: null,
        theirs: tier.input ?? null,
      });
  }
  for (const own of ours.tiers) {
    if (listed.tiers.some((tier) => tier.abovePromptTokens === own.abovePromptTokens)) continue;
    differences.push({
      kind: 'changed',
      model,
      what: `>${own.abovePromptTokens} tier`,
      ours: own.input,
      theirs: null,
    });
  }
  return differences;
}

/**
 * Compares a list with the table as it holds on `day` (`YYYY-MM-DD`, UTC).
 * A list often has a model under several keys: its own id speaks for it where present, else all are compared.
 */
export function compare(
  list: readonly ListedPrice[],
  table: readonly ModelPrice[],
  catalogue: Catalogue,
  day: string,
): Comparison {
  const byModel = new Map<string, ListedPrice[]>();
  for (const listed of list) {
    const entry = catalogue.find(listed.key)?.entry;
    if (entry === undefined && listed.resold === true) continue;
    const model = entry === undefined ? listed.key : priceIdOf(entry);
    byModel.set(model, [...(byModel.get(model) ?? []), listed]);
  }
  const newestFirst = table
    .filter((price) => price.effectiveFrom <= day)
    .sort((a, b) => (a.effectiveFrom < b.effectiveFrom ? 1 : -1));
  const current = (model: string): ModelPrice | null =>
    newestFirst.find((price) => price.model === model) ?? null;
  const differences: Difference[] = [];
  const rows: Omit<ModelPrice, 'version'>[] = [];
  for (const [model, keys] of byModel) {
    const own = keys.filter((listed) => listed.key === model);
    const ours = current(model);
    for (const listed of own.length > 0 ? own : keys) {
      for (const what of listed.unreadable)
        differences.push({ kind: 'unreadable', model, what, ours: null, theirs: null });
      if (ours === null) {
        const theirs = listed.rates.input ?? null;
        differences.push({ kind: 'new', model, what: 'input', ours: null, theirs });
        rows.push(...rowFor(listed, null, model, day));
        continue;
      }
      const changed = compareOne(listed, ours, model);
      differences.push(...changed);
      if (changed.length > 0) rows.push(...rowFor(listed, ours, model, day));
    }
  }
  for (const model of new Set(table.map((price) => price.model))) {
    if (byModel.has(model)) continue;
    differences.push({
      kind: 'missing',
      model,
      what: 'input',
      ours: current(model)?.input ?? null,
      theirs: null,
    });
  }
  return { differences, rows };
}

/** Nano-USD per million tokens as dollars, exactly. */
export function dollars(rate: number | null): string {
  if (rate === null) return '–';
  const digits = String(rate).padStart(10, '0');
  return `$${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/0+$/, '').replace(/\.$/, '');
}

/** The differences as a table of plain text, one line each, in dollars per million tokens. */
export function formatDifferences(differences: readonly Difference[]): string {
  const lines = [
    ['', 'model', 'what', 'ours', 'theirs'],
    ...differences.map((d) => [d.kind, d.model, d.what, dollars(d.ours), dollars(d.theirs)]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, '_');

/** A row as source text for `lib/domain/prices/*.ts`. */
export function formatRow(price: Omit<ModelPrice, 'version'>): string {
  const rates = (of: Rates): string => FIELDS.map(([kind]) => `${kind}: ${grouped(of[kind])}`).join(', ');
  const tiers = price.tiers.map((t) => `{ abovePromptTokens: ${grouped(t.abovePromptTokens)}, ${rates(t)} }`);
  const sold = Object.entries(price.premiums).map(([name, percent]) => `'${name}': ${percent}`);
  const premiums = sold.length === 0 ? '' : `, premiums: { ${sold.join(', ')} }`;
  const head = `model: '${price.model}', effectiveFrom: '${price.effectiveFrom}', ${rates(price)}`;
  return `  row({ ${head}, tiers: [${tiers.join(', ')}], webSearch: ${grouped(price.webSearch)}${premiums} }),`;
}

async function load(file: string | undefined, url: string): Promise<string> {
  if (file !== undefined) return readFile(file, 'utf8');
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.text();
}

/** Why something failed, with the reason below: undici says only «fetch failed» on top. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

async function main(): Promise<number> {
  const options = { file: { type: 'string' }, url: { type: 'string' }, check: { type: 'boolean' } } as const;
  const { values } = parseArgs({ options });
  const source = values.file ?? values.url ?? DEFAULT_URL;
  const day = new Date().toISOString().slice(0, 10);
  const catalogue = createCatalogue([
    { provider: 'anthropic', models: ANTHROPIC_MODELS },
    { provider: 'google', models: GOOGLE_MODELS },
    { provider: 'openai', models: OPENAI_MODELS },
    { provider: 'bedrock', models: BEDROCK_MODELS },
    { provider: 'openrouter', models: OPENROUTER_MODELS },
  ]);
  let list: ListedPrice[];
  try {
    list = readList(await load(values.file, values.url ?? DEFAULT_URL));
    if (list.length === 0) throw new Error('it lists none of our providers; is it in LiteLLM’s shape?');
  } catch (error) {
    console.error(`refresh-prices: cannot read ${source}: ${reason(error)}`);
    return 2;
  }
  const { differences, rows } = compare(list, PRICE_TABLE, catalogue, day);
  if (differences.length === 0) {
    console.log(`No differences: ${list.length} listed models agree with the table.`);
    return 0;
  }
  console.log(`${formatDifferences(differences)}\n\nDollars per million tokens (${source}).`);
  if (rows.length > 0) console.log(`\nRows to check and paste:\n${rows.map(formatRow).join('\n')}`);
  return values.check === true ? 1 : 0;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main().catch((error: unknown) => {
    console.error(`refresh-prices: ${reason(error)}`);
    return 2;
  });
}
