/** A change for each action of the audit log, with what it leaves there. */
import type { AuditAction } from '@/lib/account/audited';
import { changePlan } from '@/lib/account/change-plan';
import { changeToken } from '@/lib/account/change-token';
import { changeUser } from '@/lib/account/change-user';
import type { AccountContext } from '@/lib/account/context';
import { createPlan } from '@/lib/account/create-plan';
import { createSignInLink } from '@/lib/account/create-sign-in-link';
import { createToken, type FreshToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { deletePrice } from '@/lib/account/delete-price';
import { revokeToken } from '@/lib/account/revoke-token';
import { rotateToken } from '@/lib/account/rotate-token';
import { setPrice } from '@/lib/account/set-price';
import { START_MS } from './harness';

type Fields = Readonly<Record<string, unknown>>;

export const LIMITS = { monthly_tokens: 1, monthly_cost_cents: null, rate_limit_rpm: 1, rate_limit_tpm: 1 };
export const RATES = { input: 3_000_000_000, output: 15_000_000_000 };

let made = 0;
const fresh = (word: string): string => `${word}-${++made}`;

/** Makes objects to change; tokens are the customer `acme`'s. `keep` sees every secret. */
export function makersOf(account: () => AccountContext, keep: (secret: string) => void) {
  const kept = async <T extends FreshToken>(token: Promise<T>): Promise<T> => {
    keep((await token).token);
    return token;
  };
  const link = async (user: string) => {
    const { url } = await createSignInLink(account(), { user, base_url: 'https://pages.test' });
    keep(new URL(url).searchParams.get('secret') ?? '');
  };
  return {
    kept,
    link,
    newPlan: (more: object = {}) => createPlan(account(), { plan: fresh('plan'), ...LIMITS, ...more }),
    newUser: () => createUser(account(), { id: fresh('user'), plan: 'starter' }),
    newToken: () => kept(createToken(account(), { user: 'acme', name: 'laptop' })),
    newPrice: () => setPrice(account(), { model: fresh('model'), ...RATES }),
  };
}

export interface AuditCase {
  readonly action: AuditAction;
  /** What the change needs to be there; its id and day where it is a price. */
  readonly prepare: () => Promise<{ id: string; day?: string }>;
  readonly run: (made: { id: string; day?: string }) => Promise<unknown>;
  /** In the order of the entries. `null`: no such row. */
  readonly leaves: readonly { readonly before: Fields | null; readonly after: Fields | null }[];
  readonly user: 'acme' | 'itself' | null;
}

export function auditCases(
  account: () => AccountContext,
  { kept, link, newPlan, newUser, newToken, newPrice }: ReturnType<typeof makersOf>,
): readonly AuditCase[] {
  return [
    {
      action: 'plan.create',
      prepare: async () => ({ id: fresh('plan') }),
      run: ({ id }) => createPlan(account(), { plan: id, ...LIMITS, price_cents: 900, listed: false }),
      leaves: [{ before: null, after: { monthly_tokens: 1, price_cents: 900, listed: false, models: null } }],
      user: null,
    },
    {
      action: 'plan.change',
      prepare: async () => ({ id: (await newPlan({ models: ['a'] })).plan }),
      run: ({ id }) => changePlan(account(), { plan: id, models: ['a', 'b'], listed: false }),
      leaves: [{ before: { models: ['a'], listed: true }, after: { models: ['a', 'b'], listed: false } }],
      user: null,
    },
    {
      action: 'user.create',
      prepare: async () => ({ id: fresh('user') }),
      run: ({ id }) => createUser(account(), { id, plan: 'pro', email: 'a@b.test' }),
      leaves: [{ before: null, after: { plan: 'pro', email: 'a@b.test', created_at: START_MS } }],
      user: 'itself',
    },
    {
      action: 'user.change',
      prepare: newUser,
      run: ({ id }) => changeUser(account(), { id, plan: 'pro', suspended: true }),
      leaves: [
        {
          before: { plan: 'starter', suspended_at: null },
          after: { plan: 'pro', suspended_at: START_MS },
        },
      ],
      user: 'itself',
    },
    {
      action: 'user.suspend',
      prepare: newUser,
      run: ({ id }) => changeUser(account(), { id, suspended: true }),
      leaves: [{ before: { suspended_at: null }, after: { suspended_at: START_MS } }],
      user: 'itself',
    },
    {
      action: 'user.resume',
      prepare: async () => changeUser(account(), { id: (await newUser()).id, suspended: true }),
      run: ({ id }) => changeUser(account(), { id, suspended: false }),
      leaves: [{ before: { suspended_at: START_MS }, after: { suspended_at: null } }],
      user: 'itself',
    },
    {
      action: 'user.sign_in_link',
      prepare: newUser,
      run: ({ id }) => link(id),
      leaves: [{ before: null, after: { sign_in_link_expires_at: START_MS + 900_000 } }],
      user: 'itself',
    },
    {
      action: 'token.create',
      // Its id is made by the verb.
      prepare: async () => ({ id: '' }),
      run: () => kept(createToken(account(), { user: 'acme', name: 'desk', monthly_tokens: 5 })),
      leaves: [{ before: null, after: { name: 'desk', monthly_tokens: 5, may_attribute: false } }],
      user: 'acme',
    },
    {
      action: 'token.change',
      prepare: newToken,
      run: ({ id }) => changeToken(account(), { id, scope_models: ['m'] }),
      leaves: [{ before: { scope_models: null }, after: { scope_models: ['m'] } }],
      user: 'acme',
    },
    {
      action: 'token.rotate',
      prepare: newToken,
      run: ({ id }) => kept(rotateToken(account(), { id })),
      leaves: [
        { before: { revoked_at: null }, after: { revoked_at: START_MS } },
        { before: null, after: { name: 'laptop', revoked_at: null } },
      ],
      user: 'acme',
    },
    {
      action: 'token.revoke',
      prepare: newToken,
      run: ({ id }) => revokeToken(account(), { id }),
      leaves: [{ before: { revoked_at: null }, after: { revoked_at: START_MS } }],
      user: 'acme',
    },
    {
      action: 'price.set',
      prepare: async () => ({ id: (await newPrice()).model, day: '2026-11-21' }),
      run: ({ id }) => setPrice(account(), { model: id, ...RATES, input: 0 }),
      leaves: [{ before: { rates: { input: RATES.input } }, after: { rates: { input: 0 } } }],
      user: null,
    },
    {
      action: 'price.delete',
      prepare: async () => ({ id: (await newPrice()).model, day: '2026-11-21' }),
      run: ({ id, day }) => deletePrice(account(), { model: id, effective_from: day }),
      leaves: [{ before: { rates: { input: RATES.input } }, after: null }],
      user: null,
    },
  ];
}
