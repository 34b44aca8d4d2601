/** `tollgate tokens …` */
import { changeToken } from '@/lib/account/change-token';
import { createToken, type FreshToken } from '@/lib/account/create-token';
import { listTokens } from '@/lib/account/list-tokens';
import { revokeToken } from '@/lib/account/revoke-token';
import { rotateToken } from '@/lib/account/rotate-token';
import { command, PAGE_FLAGS, type Command, type Flag } from './command';
import { card, list } from './output';

const RIGHTS = {
  agent: { kind: 'text', help: 'agent its calls are attributed to', none: true },
  campaign: { kind: 'text', help: 'campaign its calls are attributed to', none: true },
  may_attribute: { kind: 'boolean', help: 'whether request headers may name another agent and campaign' },
  scope_models: { kind: 'list', help: 'models it is narrowed to, by commas', none: true },
  scope_formats: { kind: 'list', help: 'wire formats it is narrowed to, by commas', none: true },
  monthly_tokens: { kind: 'integer', help: 'tokens a month, beside the cap of the plan', none: true },
  monthly_cost_cents: { kind: 'integer', help: 'US cents a month, beside the cap of the plan', none: true },
  expires_at: { kind: 'text', help: 'instant or day it ends, e.g. 2026-12-31T18:00:00Z', none: true },
} as const satisfies Record<string, Flag>;

function showFresh({ token, ...rest }: FreshToken): string {
  return `${token}\n\nKeep it now: it is stored as a hash and never shown again.\n\n${card(rest)}`;
}

export const TOKEN_COMMANDS: readonly Command[] = [
  command({
    name: 'tokens create',
    summary: 'Create a gateway token; its secret is shown this once',
    positionals: ['user'],
    flags: {
      user: { kind: 'text', help: 'user it belongs to' },
      name: { kind: 'text', help: 'what the token is called' },
      ...RIGHTS,
    },
    examples: [
      'tokens create acme --name laptop',
      'tokens create --user acme --name ci --agent builder --expires-at 2026-12-31',
      'tokens create acme --name trial --monthly-tokens 200000 --monthly-cost-cents 500',
    ],
    run: createToken,
    show: showFresh,
  }),
  command({
    name: 'tokens list',
    summary: 'List gateway tokens, newest first',
    positionals: ['user'],
    flags: {
      user: { kind: 'text', help: 'only tokens of this user' },
      state: { kind: 'text', help: 'only live ones, or only ended ones (revoked or expired)' },
      ...PAGE_FLAGS,
    },
    examples: ['tokens list', 'tokens list acme'],
    run: listTokens,
    show: (page) =>
      list(page, {
        id: (token) => token.id,
        user: (token) => token.user,
        name: (token) => token.name,
        token: (token) => token.hint,
        agent: (token) => token.agent,
        revoked: (token) => token.revoked,
        expires: (token) => token.expires_at,
        'last used': (token) => token.last_used_at,
      }),
  }),
  command({
    name: 'tokens rotate',
    summary: 'Replace a token by a new one with the same rights',
    positionals: ['id'],
    required: 1,
    flags: { overlap_seconds: { kind: 'integer', help: 'how long the old one still works (0)' } },
    examples: ['tokens rotate tok_01j…', 'tokens rotate tok_01j… --overlap-seconds 3600'],
    run: rotateToken,
    show: showFresh,
  }),
  command({
    name: 'tokens revoke',
    summary: 'Revoke a token for good, from the next call on',
    positionals: ['id'],
    required: 1,
    examples: ['tokens revoke tok_01j…'],
    run: revokeToken,
    show: card,
  }),
  command({
    name: 'tokens change',
    summary: 'Change what a token is called, attributed to and allowed',
    positionals: ['id'],
    required: 1,
    flags: { name: { kind: 'text', help: 'what the token is called' }, ...RIGHTS },
    examples: [
      'tokens change tok_01j… --name desk --agent none',
      'tokens change tok_01j… --scope-models claude-haiku-4-5',
      'tokens change tok_01j… --monthly-tokens none',
    ],
    run: changeToken,
    show: card,
  }),
];
