/** `tollgate users …` */
import { changeUser } from '@/lib/account/change-user';
import { createSignInLink } from '@/lib/account/create-sign-in-link';
import { createUser } from '@/lib/account/create-user';
import { getUser } from '@/lib/account/get-user';
import { listUsers } from '@/lib/account/list-users';
import { command, PAGE_FLAGS, type Command, type Flag } from './command';
import { card, list } from './output';

const NAMES = {
  name: { kind: 'text', help: 'name shown to people', none: true },
  email: { kind: 'text', help: 'e-mail address', none: true },
} as const satisfies Record<string, Flag>;

const switchTo = (word: string, summary: string, suspended: boolean): Command =>
  command({
    name: `users ${word}`,
    summary,
    positionals: ['id'],
    required: 1,
    examples: [`users ${word} acme`],
    run: (account, input) => changeUser(account, { ...input, suspended }),
    show: card,
  });

export const USER_COMMANDS: readonly Command[] = [
  command({
    name: 'users create',
    summary: 'Create a user on a plan',
    positionals: ['id'],
    flags: { plan: { kind: 'text', help: 'plan the user is on' }, ...NAMES },
    examples: ['users create acme --plan starter', 'users create --plan pro --name "Acme Ltd" --json'],
    run: createUser,
    show: card,
  }),
  command({
    name: 'users list',
    summary: 'List users, newest first',
    flags: { plan: { kind: 'text', help: 'only users on this plan' }, ...PAGE_FLAGS },
    examples: ['users list', 'users list --plan pro --limit 10'],
    run: listUsers,
    show: (page) =>
      list(page, {
        id: (user) => user.id,
        plan: (user) => user.plan,
        suspended: (user) => user.suspended,
        name: (user) => user.name,
        created: (user) => user.created_at,
      }),
  }),
  command({
    name: 'users get',
    summary: 'Show a user',
    positionals: ['id'],
    required: 1,
    examples: ['users get acme'],
    run: getUser,
    show: card,
  }),
  command({
    name: 'users change',
    summary: "Change a user's plan, name, e-mail or suspension, from the next call on",
    positionals: ['id'],
    required: 1,
    flags: {
      plan: { kind: 'text', help: 'plan to move to' },
      ...NAMES,
      suspended: { kind: 'boolean', help: 'whether all calls are refused' },
    },
    examples: ['users change acme --plan pro', 'users change acme --email none'],
    run: changeUser,
    show: card,
  }),
  command({
    name: 'users sign-in-link',
    summary: 'Make a link that signs a user in to the pages once',
    positionals: ['user'],
    required: 1,
    flags: {
      base_url: { kind: 'text', help: 'where the user reaches the pages, e.g. https://gateway.example' },
      expires_in_seconds: { kind: 'integer', help: 'how long it works, 60 to 86400 (900)' },
    },
    examples: ['users sign-in-link acme --base-url https://gateway.example'],
    run: (account, input) => createSignInLink(account, input),
    show: ({ url, expires_at }) =>
      `${url}\n\nWorks once, until ${expires_at}. Whoever opens it is signed in.`,
  }),
  switchTo('suspend', 'Refuse all calls of a user', true),
  switchTo('resume', 'Let a suspended user call again', false),
];
