/** `tollgate plans …` */
import { changePlan } from '@/lib/account/change-plan';
import { createPlan } from '@/lib/account/create-plan';
import { listPlans } from '@/lib/account/list-plans';
import { command, type Command, type Flag } from './command';
import { card, list } from './output';

const FIELDS = {
  monthly_tokens: { kind: 'integer', help: 'tokens a month', none: true },
  monthly_cost_cents: { kind: 'integer', help: 'US cents a month', none: true },
  rate_limit_rpm: { kind: 'integer', help: 'requests a minute' },
  rate_limit_tpm: { kind: 'integer', help: 'tokens a minute' },
  count_cache_reads: { kind: 'boolean', help: 'whether cache reads count against monthly tokens' },
  models: { kind: 'list', help: 'models the plan is narrowed to, by commas', none: true },
  price_cents: { kind: 'integer', help: 'what customers pay a month, US cents', none: true },
  listed: { kind: 'boolean', help: 'whether customers who compare plans see it' },
  description: { kind: 'text', help: 'one line for who compares plans', none: true },
  stripe_price_id: { kind: 'text', help: 'Stripe price that it is sold by, price_…', none: true },
} as const satisfies Record<string, Flag>;

export const PLAN_COMMANDS: readonly Command[] = [
  command({
    name: 'plans create',
    summary: 'Create a plan; both monthly caps must be said, none lifts one',
    positionals: ['plan'],
    required: 1,
    flags: FIELDS,
    examples: [
      'plans create tiny --monthly-tokens 1000 --monthly-cost-cents none --rate-limit-rpm 5 --rate-limit-tpm 1000',
    ],
    run: createPlan,
    show: card,
  }),
  command({
    name: 'plans list',
    summary: 'List plans',
    examples: ['plans list'],
    run: listPlans,
    show: (page) =>
      list(page, {
        plan: (plan) => plan.plan,
        'tokens/month': (plan) => plan.monthly_tokens ?? 'none',
        'cents/month': (plan) => plan.monthly_cost_cents ?? 'none',
        'requests/min': (plan) => plan.rate_limit_rpm,
        'tokens/min': (plan) => plan.rate_limit_tpm,
        'cache reads count': (plan) => plan.count_cache_reads,
        models: (plan) => plan.models ?? 'all',
        'price in cents': (plan) => plan.price_cents,
        listed: (plan) => plan.listed,
      }),
  }),
  command({
    name: 'plans change',
    summary: 'Change a plan, for everybody on it, from their next call on',
    positionals: ['plan'],
    required: 1,
    flags: FIELDS,
    examples: [
      'plans change starter --monthly-tokens 2000000',
      'plans change pro --monthly-cost-cents none',
      'plans change pro --price-cents 4900',
    ],
    run: changePlan,
    show: card,
  }),
];
