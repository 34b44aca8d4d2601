/** What every model costs today, where that price comes from and how old it is; and the models that have none. */
import { z } from 'zod';
import { allPrices } from '@/db/queries/price-overrides';
import { unpricedModelFromRow, unpricedModelsStatement } from '@/db/queries/operator-providers';
import { withBusyRetry } from '@/db/retry';
import { dayOf } from '@/lib/domain/month';
import type { ModelPrice, Rates } from '@/lib/domain/price';
import { parsePriceOverride, PRICE_TABLE } from '@/lib/domain/price-table';
import type { AccountContext } from './context';
import { parseInput } from './input';
import type { ListedModel, OperatorPorts } from './operator-ports';
import type { PriceLine, PriceTableView, UnpricedLine } from './operator-views';
import { presentPrice } from './present';

const DAY_MS = 86_400_000;
const HOUR_S = 3_600;
/** Calls without a price are looked for this far back: what was mended long ago is no news. */
const UNPRICED_DAYS = 30;
const MOST_UNPRICED = 200;

export const PRICE_SOURCES = ['repository', 'configured', 'override'] as const;

export const ListPriceTableInput = z.strictObject({
  search: z.string().trim().max(200).optional().describe('Part of a model’s or a provider’s name.'),
  provider: z.string().max(100).optional(),
  source: z.enum(PRICE_SOURCES).optional(),
});

const ratesOf = (rates: Rates) => ({
  input: rates.input,
  output: rates.output,
  cache_read: rates.cacheRead,
  cache_write_5m: rates.cacheWrite5m,
  cache_write_1h: rates.cacheWrite1h,
});

function sourceOf(version: string): PriceLine['source'] {
  if (version.startsWith('override/')) return 'override';
  return version.startsWith('configured:') ? 'configured' : 'repository';
}

function presentLine(
  model: string,
  price: ModelPrice,
  providers: readonly string[],
  nowMs: number,
): PriceLine {
  const source = sourceOf(price.version);
  // What the configuration says has no day: it holds for every call.
  const from = source === 'configured' ? null : price.effectiveFrom;
  return {
    model,
    providers: [...providers],
    ...ratesOf(price),
    web_search: price.webSearch,
    tiers: price.tiers.map((tier) => ({ above_prompt_tokens: tier.abovePromptTokens, ...ratesOf(tier) })),
    effective_from: from,
    age_days: from === null ? null : Math.floor((nowMs - Date.parse(from)) / DAY_MS),
    source,
    version: price.version,
  };
}

/** Overrides that hold or will; a broken row is shown with its problem and left out here, as the gateway does. */
function usable(rows: Awaited<ReturnType<typeof allPrices>>): ModelPrice[] {
  return rows.flatMap((row) => {
    try {
      const rates = row.rates as object;
      return [parsePriceOverride({ ...rates, model: row.model, effectiveFrom: row.effectiveFrom })];
    } catch {
      return [];
    }
  });
}

async function readStored({ database, nowMs }: AccountContext) {
  // The hour that is running counts too, also when it has just begun.
  const toHour = Math.floor(nowMs() / 1_000) + 1;
  const span = { fromHour: toHour - UNPRICED_DAYS * 24 * HOUR_S, toHour };
  const [overrides, { rows }] = await withBusyRetry(() =>
    Promise.all([
      allPrices(database, undefined),
      database.client.execute(unpricedModelsStatement(span, MOST_UNPRICED)),
    ]),
  );
  return { overrides, seen: rows.map(unpricedModelFromRow) };
}

function providersByPrice(models: readonly ListedModel[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { provider, priceModel } of models) {
    const names = found.get(priceModel) ?? [];
    if (!names.includes(provider)) found.set(priceModel, [...names, provider]);
  }
  return found;
}

/** @throws GatewayError `body_invalid` */
export async function listPriceTable(
  context: AccountContext,
  input: unknown,
  ports: OperatorPorts,
): Promise<PriceTableView> {
  const { search = '', provider, source } = parseInput(ListPriceTableInput, input);
  const nowMs = context.nowMs();
  const { overrides, seen } = await readStored(context);
  const laid = usable(overrides);
  const book = ports.bookOf(laid);
  const providers = providersByPrice(ports.models);
  // An alias's override holds for the model: it isn't one more.
  const ids = new Set([...PRICE_TABLE, ...ports.ownPrices].map(({ model }) => model));
  const ofOverrides = laid.map(({ model }) => model);
  const unlisted = ofOverrides.filter(
    (model) =>
      book.find(model, nowMs) !== null &&
      ![...ids].some((id) => book.find(id, nowMs) === book.find(model, nowMs)),
  );
  const wanted = search.toLowerCase();
  const lines = [...ids, ...new Set(unlisted)].flatMap((model): PriceLine[] => {
    const price = book.find(model, nowMs);
    return price === null ? [] : [presentLine(model, price, providers.get(model) ?? [], nowMs)];
  });
  const unpriced: UnpricedLine[] = [
    ...seen.map((row): UnpricedLine => ({
      provider: row.provider,
      model: row.model,
      why: 'called',
      calls: row.calls,
      last_call_at: new Date(row.lastHour * 1_000).toISOString(),
    })),
    ...ports.models
      .filter((one) => one.configured && !one.reported && book.find(one.priceModel, nowMs) === null)
      .filter((one) => !seen.some((row) => row.provider === one.provider && row.model === one.model))
      .map(({ provider: name, model }): UnpricedLine => ({
        provider: name,
        model,
        why: 'listed',
        calls: 0,
        last_call_at: null,
      })),
  ];
  const matches = ({ model, providers: of }: PriceLine) =>
    wanted === '' || [model, ...of].some((name) => name.toLowerCase().includes(wanted));
  return {
    as_of: dayOf(nowMs),
    models: lines.length,
    prices: lines
      .filter(matches)
      .filter((line) => provider === undefined || line.providers.includes(provider))
      .filter((line) => source === undefined || line.source === source)
      .toSorted((a, b) => (a.model < b.model ? -1 : 1)),
    providers: [...new Set(lines.flatMap((line) => line.providers))].toSorted(),
    unpriced,
    overrides: overrides.map(presentPrice),
  };
}
