/** `tollgate requests …`, `tollgate usage …` and `tollgate sweep` */
import { getRequest } from '@/lib/account/get-request';
import { listRequests, REQUEST_ENDINGS } from '@/lib/account/list-requests';
import { readUsage, type UsageView } from '@/lib/account/read-usage';
import { sweepCalls } from '@/lib/account/sweep-calls';
import { usageByUser } from '@/lib/account/usage-by-user';
import { isDeadOwner } from '@/lib/adapters/process-owner';
import { command, PAGE_FLAGS, type Command } from './command';
import { card, list, table, usd } from './output';

type Figures = UsageView['days'][number] | UsageView['models'][number];

const FIGURES = {
  requests: (row: Figures) => row.requests,
  input: (row: Figures) => row.input_tokens,
  'cache read': (row: Figures) => row.cache_read_tokens,
  'cache write': (row: Figures) => row.cache_write_5m_tokens + row.cache_write_1h_tokens,
  output: (row: Figures) => row.output_tokens,
  cost: (row: Figures) => usd(row.cost_nano_usd),
};

function showUsage({ user, plan, month, days, models, from, to }: UsageView): string {
  const { tokens, cost } = month;
  return [
    `${user} on ${plan}, caps start afresh ${month.resets_at}`,
    '',
    table(
      [
        { of: 'tokens', limit: tokens.limit, used: tokens.used, held: tokens.held, left: tokens.remaining },
        {
          of: 'cost',
          limit: usd(cost.limit_nano_usd),
          used: usd(cost.used_nano_usd),
          held: usd(cost.held_nano_usd),
          left: usd(cost.remaining_nano_usd),
        },
      ],
      {
        'this month': (row) => row.of,
        limit: (row) => row.limit,
        used: (row) => row.used,
        held: (row) => row.held,
        left: (row) => row.left,
      },
    ),
    '',
    `${from} to ${to}`,
    table(days, { day: (row) => row.day, ...FIGURES }),
    '',
    table(models, { model: (row) => row.model, ...FIGURES }),
  ].join('\n');
}

export const CALL_COMMANDS: readonly Command[] = [
  command({
    name: 'requests list',
    summary: 'List calls, newest first',
    flags: {
      user: { kind: 'text', help: 'only calls of this user' },
      token: { kind: 'text', help: 'only calls with this token id' },
      model: { kind: 'text', help: 'only calls of this model' },
      session: { kind: 'text', help: 'only calls of this session (with --user)' },
      sessionless: { kind: 'boolean', help: 'only calls that belong to no session' },
      ending: { kind: 'text', help: `only calls that ended so: ${REQUEST_ENDINGS.join(', ')}` },
      from: { kind: 'text', help: 'started at or after this instant or day' },
      to: { kind: 'text', help: 'started before this instant, or on this day at the latest' },
      order: { kind: 'text', help: 'newest (as it is) or oldest first' },
      ...PAGE_FLAGS,
    },
    examples: ['requests list --user acme', 'requests list --user acme --ending open --json'],
    run: listRequests,
    show: (page) =>
      list(page, {
        id: (call) => call.id,
        started: (call) => call.started_at,
        user: (call) => call.user_id,
        model: (call) => call.model,
        status: (call) => call.status,
        ending: (call) => call.ending ?? 'open',
        grade: (call) => call.grade,
        input: (call) => call.input_tokens,
        output: (call) => call.output_tokens,
        cost: (call) => usd(call.cost_nano_usd),
      }),
  }),
  command({
    name: 'requests get',
    summary: 'Show everything kept of a call',
    positionals: ['id'],
    required: 1,
    examples: ['requests get req_01j…'],
    run: getRequest,
    show: card,
  }),
  command({
    name: 'usage by user',
    summary: 'Show a month of all users',
    flags: { month: { kind: 'text', help: 'month as 2026-12 (the current one)' }, ...PAGE_FLAGS },
    examples: ['usage by user', 'usage by user --month 2026-10'],
    run: usageByUser,
    show: (page) =>
      list(page, {
        user: (row) => row.user,
        plan: (row) => row.plan,
        requests: (row) => row.requests,
        tokens: (row) => row.tokens.used,
        'of tokens': (row) => row.tokens.limit ?? 'no limit',
        cost: (row) => usd(row.cost.used_nano_usd),
        'of cost': (row) => (row.cost.limit_nano_usd === null ? 'no limit' : usd(row.cost.limit_nano_usd)),
      }),
  }),
  command({
    name: 'usage',
    summary: "Show a user's month, and figures by day and model",
    positionals: ['user'],
    required: 1,
    flags: {
      from: { kind: 'text', help: "first UTC day (the first of to's month)" },
      to: { kind: 'text', help: 'last UTC day (today)' },
    },
    examples: ['usage acme', 'usage acme --from 2026-10-01 --to 2026-10-31 --json'],
    // The minute lives in the limiter of the serving process, which the CLI is not.
    run: (account, input) => readUsage(account, input, { peekMinute: null }),
    show: showUsage,
  }),
  command({
    name: 'sweep',
    summary: 'Settle calls whose process is dead or whose hold expired',
    examples: ['sweep', 'sweep --json'],
    run: (account, input) => sweepCalls(account, input, { isDead: isDeadOwner }),
    show: ({ expired, ids }) => [`${expired} settled`, ...ids].join('\n'),
  }),
];
