/** The plans of a seeded database, and which of them fits whom. */
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';

export interface SeedPlan {
  readonly plan: string;
  readonly monthlyTokens: number | null;
  readonly monthlyCostCents: number | null;
  readonly rpm: number;
  readonly tpm: number;
  readonly priceCents: number;
  readonly listed: boolean;
  readonly description: string;
}

/** Smallest first. The first three are every new database's own, with a price added; what the database has already stays as it is. */
export const SEED_PLANS: readonly SeedPlan[] = [
  {
    plan: 'starter',
    monthlyTokens: 1_000_000,
    monthlyCostCents: 1_000,
    rpm: 20,
    tpm: 40_000,
    priceCents: 1_200,
    listed: true,
    description: 'For trying things out',
  },
  {
    plan: 'pro',
    monthlyTokens: 5_000_000,
    monthlyCostCents: 5_000,
    rpm: 60,
    tpm: 100_000,
    priceCents: 5_900,
    listed: true,
    description: 'For one developer all day',
  },
  {
    plan: 'business',
    monthlyTokens: 20_000_000,
    monthlyCostCents: 20_000,
    rpm: 120,
    tpm: 200_000,
    priceCents: 23_900,
    listed: true,
    description: 'For a team',
  },
  {
    plan: 'scale',
    monthlyTokens: 500_000_000,
    monthlyCostCents: 500_000,
    rpm: 1_200,
    tpm: 4_000_000,
    priceCents: 599_000,
    listed: true,
    description: 'For products built on agents',
  },
  {
    plan: 'enterprise',
    monthlyTokens: null,
    monthlyCostCents: null,
    rpm: 6_000,
    tpm: 20_000_000,
    priceCents: 2_500_000,
    listed: false,
    description: 'By contract, without caps',
  },
];

/** What a month of calls uses on average; measured on seeded databases. */
const TOKENS_PER_CALL = 3_500;
const NANO_USD_PER_CALL = 22_000_000;

const capNanoUsd = ({ monthlyCostCents }: SeedPlan): number =>
  monthlyCostCents === null ? Infinity : monthlyCostCents * NANO_USD_PER_CENT;

/** Caps as amounts: `Infinity` where there is none. */
export function capsOf(plan: SeedPlan): { readonly tokens: number; readonly nanoUsd: number } {
  return { tokens: plan.monthlyTokens ?? Infinity, nanoUsd: capNanoUsd(plan) };
}

/** The smallest plan that `calls` a month fit into with `room` to spare (1.5: half as much again). */
export function planFor(calls: number, room: number): SeedPlan {
  const fitting = SEED_PLANS.find((plan) => {
    const caps = capsOf(plan);
    return calls * TOKENS_PER_CALL * room <= caps.tokens && calls * NANO_USD_PER_CALL * room <= caps.nanoUsd;
  });
  const last = SEED_PLANS.at(-1);
  if (fitting === undefined && last === undefined) throw new Error('there are no plans');
  return (fitting ?? last) as SeedPlan;
}
