/** `tollgate overview`, `customers …`, `providers`, `refusals` and `activity`: the house at a glance. */
import { listCustomers } from '@/lib/account/list-customers';
import { readActivity } from '@/lib/account/read-activity';
import { readOverview } from '@/lib/account/read-overview';
import { PROVIDER_RANGES, readProviders } from '@/lib/account/read-providers';
import { readRefusals } from '@/lib/account/read-refusals';
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';
import { command, PAGE_FLAGS, type Command } from './command';
import { card, list, table, usd } from './output';

/** A loss is written with its sign before the dollars. */
const signedUsd = (nanoUsd: number | null): string =>
  nanoUsd !== null && nanoUsd < 0 ? `-${usd(-nanoUsd)}` : usd(nanoUsd);

const percent = (value: number | null): string => (value === null ? '-' : `${value} %`);

const MONTH = { kind: 'text', help: 'e.g. 2026-11 (this month)' } as const;

export const OPERATOR_COMMANDS: readonly Command[] = [
  command({
    name: 'overview',
    summary: 'A month at a glance, over all customers',
    flags: { month: MONTH },
    examples: ['overview', 'overview --month 2026-10'],
    run: readOverview,
    show: ({ caps, ...totals }) =>
      card({
        month: totals.month,
        spend: usd(totals.spend_nano_usd),
        'held now': usd(totals.held_nano_usd),
        'plan income': usd(totals.income_cents * NANO_USD_PER_CENT),
        margin: `${signedUsd(totals.margin_nano_usd)} (${percent(totals.margin_percent)})`,
        customers: totals.customers,
        active: totals.active_customers,
        suspended: totals.suspended_customers,
        requests: totals.requests,
        tokens: totals.counted_tokens,
        'from 80 % / 95 % / at a cap': `${caps.near} / ${caps.close} / ${caps.reached}`,
      }),
  }),
  command({
    name: 'customers list',
    summary: 'Customers of a month by spend, margin or nearness to a cap',
    positionals: ['search'],
    flags: {
      search: { kind: 'text', help: 'part of an id, a name or an e-mail address' },
      month: MONTH,
      plan: { kind: 'text', help: 'only customers on this plan' },
      sort: { kind: 'text', help: 'spend, margin, cap or name (spend)' },
      order: { kind: 'text', help: 'asc or desc' },
      ...PAGE_FLAGS,
    },
    examples: ['customers list', 'customers list --sort margin', 'customers list acme --json'],
    run: listCustomers,
    show: (page) =>
      list(page, {
        user: (row) => row.user,
        name: (row) => row.name,
        plan: (row) => row.plan,
        spend: (row) => usd(row.spend_nano_usd),
        price: (row) => usd(row.price_cents === null ? null : row.price_cents * NANO_USD_PER_CENT),
        margin: (row) => signedUsd(row.margin_nano_usd),
        '%': (row) => percent(row.margin_percent),
        cap: (row) => `${percent(row.cap.percent)} ${row.cap.level === 'none' ? '' : row.cap.level}`.trim(),
        tokens: (row) => row.tokens_used,
        requests: (row) => row.requests,
        'last call': (row) => row.last_call_at,
        suspended: (row) => row.suspended,
      }),
  }),
  command({
    name: 'providers',
    summary: 'How providers are doing, and the dearest models',
    flags: { range: { kind: 'text', help: `${PROVIDER_RANGES.join(', ')} (24h)` } },
    examples: ['providers', 'providers --range 30d --json'],
    run: (account, input) => readProviders(account, input),
    show: ({ providers, models }) => {
      const figures = {
        calls: (row: (typeof models)[number]) => row.requests,
        'errors %': (row: (typeof models)[number]) => row.error_percent,
        'first byte ms': (row: (typeof models)[number]) => row.first_byte_ms,
        spend: (row: (typeof models)[number]) => usd(row.cost_nano_usd),
        tokens: (row: (typeof models)[number]) => row.prompt_tokens + row.output_tokens,
        unpriced: (row: (typeof models)[number]) => row.unpriced,
      };
      const whole = providers.map((row) => ({ ...row, model: '' }));
      return [
        table(whole, { provider: (row) => row.provider, ...figures }),
        '',
        table(models, { provider: (row) => row.provider, model: (row) => row.model, ...figures }),
      ].join('\n');
    },
  }),
  command({
    name: 'refusals',
    summary: 'Refused calls of the last days by reason and customer',
    flags: {
      days: { kind: 'integer', help: 'days up to today, 1 to 92 (30)' },
      user: { kind: 'text', help: 'only of this user' },
      reason: { kind: 'text', help: 'only for this reason' },
    },
    examples: ['refusals', 'refusals --days 7 --user acme'],
    run: readRefusals,
    show: ({ reasons, customers }) =>
      [
        table(reasons, {
          reason: (row) => row.reason,
          refusals: (row) => row.refusals,
          customers: (row) => row.customers,
          'last day': (row) => row.last_day,
          means: (row) => row.meaning,
        }),
        '',
        table(customers, {
          user: (row) => row.user,
          refusals: (row) => row.refusals,
          mostly: (row) => row.main_reason,
        }),
      ].join('\n'),
  }),
  command({
    name: 'activity',
    summary: 'What of a day an operator should look at',
    positionals: ['day'],
    flags: { day: { kind: 'text', help: 'a UTC day (today)' } },
    examples: ['activity', 'activity 2026-11-20 --json'],
    run: readActivity,
    show: ({ findings }) =>
      table(findings, {
        rule: (row) => row.rule,
        user: (row) => row.user,
        of: (row) => row.subject,
        value: (row) => (row.unit === 'nano_usd' ? usd(row.value) : row.value),
        usual: (row) => (row.unit === 'nano_usd' ? usd(row.usual) : row.usual),
        times: (row) => row.times,
      }),
  }),
];
