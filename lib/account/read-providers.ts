/** How each provider is doing over the last day, week or month: calls, errors, speed, spend, and its dearest models. */
import { z } from 'zod';
import {
  byProviderModelStatement,
  byProviderStatement,
  byProviderStepStatement,
  providerFiguresFromRow,
  type ProviderFigures,
} from '@/db/queries/operator-providers';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { parseInput } from './input';
import type { OperatorPorts } from './operator-ports';
import type { ProviderCounts, ProvidersView } from './operator-views';

const HOUR_S = 3_600;

/** Each range in about thirty steps: as many bars as a phone can show. */
const RANGES = {
  '24h': { hours: 24, stepHours: 1 },
  '7d': { hours: 168, stepHours: 6 },
  '30d': { hours: 720, stepHours: 24 },
} as const;

export const PROVIDER_RANGES = ['24h', '7d', '30d'] as const;

/** Beyond these nobody looks; their sums are in the providers' rows. */
const MOST_MODELS = 100;

export const ReadProvidersInput = z.strictObject({ range: z.enum(PROVIDER_RANGES).default('24h') });

const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString();

const mean = (sum: number, of: number): number | null => (of === 0 ? null : Math.round(sum / of));

function presentCounts(row: ProviderFigures | undefined): ProviderCounts {
  const requests = row?.requests ?? 0;
  return {
    requests,
    refusals: row?.refusals ?? 0,
    broken: row?.broken ?? 0,
    cancelled: row?.cancelled ?? 0,
    expired: row?.expired ?? 0,
    estimated: row?.estimated ?? 0,
    unpriced: row?.unpriced ?? 0,
    prompt_tokens: row?.promptTokens ?? 0,
    output_tokens: row?.outputTokens ?? 0,
    cost_nano_usd: row?.costNanoUsd ?? 0,
    error_percent: requests === 0 ? null : Math.round(((row?.broken ?? 0) * 10_000) / requests) / 100,
    first_byte_ms: mean(row?.firstByteMs ?? 0, row?.firstBytes ?? 0),
    duration_ms: mean(row?.durationMs ?? 0, requests + (row?.refusals ?? 0)),
  };
}

/** @throws GatewayError `body_invalid` */
export async function readProviders(
  context: AccountContext,
  input: unknown,
  ports?: OperatorPorts,
): Promise<ProvidersView> {
  const { range } = parseInput(ReadProvidersInput, input);
  const { hours, stepHours } = RANGES[range];
  const { client } = context.database;
  // The hour that is running counts too.
  const toHour = (Math.floor(context.nowMs() / 1_000 / HOUR_S) + 1) * HOUR_S;
  const span = { fromHour: toHour - hours * HOUR_S, toHour };
  const stepSeconds = stepHours * HOUR_S;
  const [results, reach] = await Promise.all([
    withBusyRetry(() =>
      client.batch(
        [
          byProviderStatement(span),
          byProviderModelStatement(span, MOST_MODELS),
          byProviderStepStatement(span, stepSeconds),
        ],
        'read',
      ),
    ),
    ports?.reach() ?? [],
  ]);
  const [byProvider = [], byModel = [], byStep = []] = results.map(({ rows }) =>
    rows.map(providerFiguresFromRow),
  );
  const configured = ports?.providers ?? [];
  const seen = byProvider.map(({ provider }) => provider);
  const idle = configured.map(({ name }) => name).filter((name) => !seen.includes(name));
  return {
    range,
    from: iso(span.fromHour),
    to: iso(span.toHour),
    step_seconds: stepSeconds,
    providers: [...seen, ...idle].map((name) => {
      const known = configured.find((one) => one.name === name);
      const probe = reach.find((one) => one.name === name);
      return {
        provider: name,
        display_name: known?.displayName ?? name,
        configured: known !== undefined,
        formats: [...(known?.formats ?? [])],
        reachable: probe?.reachable ?? null,
        last_error: probe?.last_error ?? null,
        ...presentCounts(byProvider.find(({ provider }) => provider === name)),
        steps: byStep
          .filter(({ provider }) => provider === name)
          .map((row) => ({
            at: iso(row.at),
            requests: row.requests,
            broken: row.broken,
            cost_nano_usd: row.costNanoUsd,
          })),
      };
    }),
    models: byModel.map((row) => ({ provider: row.provider, model: row.model, ...presentCounts(row) })),
  };
}
