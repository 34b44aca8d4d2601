/** `tollgate sessions …` */
import { getSession } from '@/lib/account/get-session';
import { listSessions } from '@/lib/account/list-sessions';
import type { SessionView } from '@/lib/account/present-session';
import { command, PAGE_FLAGS, type Command } from './command';
import { card, list, table, usd } from './output';

/** Sessions in the order of the tree, each set in below the one that started it. */
function indented(
  parent: string,
  all: readonly SessionView[],
  depth = 0,
): (SessionView & { place: string })[] {
  return all
    .filter((one) => one.parent === parent)
    .flatMap((one) => [
      { ...one, place: `${'  '.repeat(depth)}${one.key}` },
      ...indented(
        one.key,
        all.filter((other) => other !== one),
        depth + 1,
      ),
    ]);
}

export const SESSION_COMMANDS: readonly Command[] = [
  command({
    name: 'sessions list',
    summary: "List a user's sessions, latest activity first",
    positionals: ['user'],
    required: 1,
    flags: {
      agent: { kind: 'text', help: 'only sessions of this agent' },
      campaign: { kind: 'text', help: 'only sessions of this campaign' },
      source: {
        kind: 'text',
        help: 'only sessions recognised so: named, claude-code, codex, fingerprint, …',
      },
      search: { kind: 'text', help: 'only those whose key, agent, campaign or latest model holds this' },
      token: { kind: 'text', help: 'only sessions whose latest call used the token of this id' },
      ending: {
        kind: 'text',
        help: 'only sessions whose last call ended so: complete, cancelled, broken, …',
      },
      running: { kind: 'boolean', help: 'only sessions with a call under way' },
      roots: { kind: 'boolean', help: 'leave out sessions that another one started' },
      from: { kind: 'text', help: 'last call at or after this instant or day' },
      to: { kind: 'text', help: 'last call before this instant, or on this day at the latest' },
      ...PAGE_FLAGS,
    },
    examples: ['sessions list acme', 'sessions list acme --roots true --json'],
    run: listSessions,
    show: (page) =>
      list(page, {
        key: (session) => session.key,
        parent: (session) => session.parent,
        source: (session) => session.source,
        agent: (session) => session.agent,
        'last call': (session) => session.last_at,
        requests: (session) => session.requests,
        input: (session) => session.input_tokens,
        output: (session) => session.output_tokens,
        cost: (session) => usd(session.cost_nano_usd),
      }),
  }),
  command({
    name: 'sessions get',
    summary: 'Show a session and those it started',
    positionals: ['user', 'key'],
    required: 2,
    examples: ['sessions get acme 0b5f6f0e-3f0a-4c5e-9a52-1d2c3b4a5f60'],
    run: getSession,
    show: ({ below, total, ...session }) =>
      [
        card(session),
        '',
        below.length === 0
          ? 'It started no others.'
          : table(indented(session.key, below), {
              'started below it': (one) => one.place,
              agent: (one) => one.agent,
              requests: (one) => one.requests,
              input: (one) => one.input_tokens,
              output: (one) => one.output_tokens,
              cost: (one) => usd(one.cost_nano_usd),
            }),
        '',
        `In all: ${total.requests} requests, ${usd(total.cost_nano_usd)}`,
      ].join('\n'),
  }),
];
