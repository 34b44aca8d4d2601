/** The form that makes or changes a token: what was typed, and the input of the verb that it means. */
import type { FieldProblem } from '@/lib/account/input';
import type { PlanView, TokenView } from '@/lib/account/present';
import { dayIn, daysIn } from '@/lib/domain/zone';

/** As typed, so that a refused form comes back as it was sent. */
export interface TokenWish {
  readonly name: string;
  readonly agent: string;
  readonly campaign: string;
  readonly models: readonly string[];
  readonly formats: readonly string[];
  readonly monthlyTokens: string;
  readonly monthlyUsd: string;
  /** The last day it works, the reader's. */
  readonly lastDay: string;
}

export const NO_WISH: TokenWish = {
  name: '',
  agent: '',
  campaign: '',
  models: [],
  formats: [],
  monthlyTokens: '',
  monthlyUsd: '',
  lastDay: '',
};

const CENTS_PER_USD = 100;
/** Whole tokens, perhaps in groups of three. */
const WHOLE = /^\d{1,3}(?:([,_ '])\d{3})(?:\1\d{3})*$|^\d{1,15}$/;
const MONEY = /^\$?(\d{1,9})(?:\.(\d{1,2}))?$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function readWish(form: FormData): TokenWish {
  const one = (name: string): string => {
    const value = form.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const many = (name: string): string[] => {
    const texts = form.getAll(name).filter((value) => typeof value === 'string');
    const names = texts.flatMap((text) => text.split(',')).map((text) => text.trim());
    return [...new Set(names.filter((text) => text !== ''))];
  };
  return {
    name: one('name'),
    agent: one('agent'),
    campaign: one('campaign'),
    models: many('scope_models'),
    formats: many('scope_formats'),
    monthlyTokens: one('monthly_tokens'),
    monthlyUsd: one('monthly_cost_cents'),
    lastDay: one('expires_at'),
  };
}

/** The instant before it ends, since a day's end is the next one's beginning. */
const lastDayOf = (expiresAt: string | null, zone: string): string =>
  expiresAt === null ? '' : dayIn(zone, Date.parse(expiresAt) - 1);

/** The form of a token as it is. */
export function wishOf(token: TokenView, zone: string): TokenWish {
  const { monthly_cost_cents: cents } = token;
  return {
    name: token.name,
    agent: token.agent ?? '',
    campaign: token.campaign ?? '',
    models: token.scope_models ?? [],
    formats: token.scope_formats ?? [],
    monthlyTokens: token.monthly_tokens === null ? '' : String(token.monthly_tokens),
    monthlyUsd: cents === null ? '' : (cents / CENTS_PER_USD).toFixed(cents % CENTS_PER_USD === 0 ? 0 : 2),
    lastDay: lastDayOf(token.expires_at, zone),
  };
}

interface Around {
  readonly zone: string;
  /** What the plan allows: models (`null`: every one), and its caps (`null`: none). */
  readonly plan: Pick<PlanView, 'models' | 'monthly_tokens' | 'monthly_cost_cents'>;
  /** The token as it is; `null`: there is none yet. */
  readonly current: TokenView | null;
}

export interface ReadForm {
  readonly input: Readonly<Record<string, unknown>>;
  readonly problems: readonly FieldProblem[];
}

/** When a token ends that works through a day; a day that is shown for another instant than its end stays that instant. */
function expiryOf({ lastDay }: TokenWish, { zone, current }: Around): string | null | undefined {
  if (current !== null && lastDay === lastDayOf(current.expires_at, zone)) return current.expires_at;
  if (lastDay === '') return null;
  try {
    const [day] = DAY.test(lastDay) ? daysIn(zone, lastDay, 1) : [];
    return day === undefined ? undefined : new Date(day.to * 1_000).toISOString();
  } catch {
    return undefined;
  }
}

function capsOf({ monthlyTokens, monthlyUsd }: TokenWish) {
  const [, dollars = '', cents = ''] = MONEY.exec(monthlyUsd) ?? [];
  return {
    tokens:
      monthlyTokens === ''
        ? null
        : WHOLE.test(monthlyTokens)
          ? Number(monthlyTokens.replaceAll(/\D/g, ''))
          : undefined,
    cents:
      monthlyUsd === ''
        ? null
        : dollars === ''
          ? undefined
          : Number(dollars) * CENTS_PER_USD + Number(cents.padEnd(2, '0')),
  };
}

/** The verb's input, and what is wrong beyond what the verb itself says. Nothing that is the same as before is sent. */
export function readTokenForm(wish: TokenWish, around: Around): ReadForm {
  const { plan, current } = around;
  const planModels = plan.models;
  const problems: FieldProblem[] = [];
  const problem = (field: string, message: string) => void problems.push({ field, message });
  const known = planModels === null ? null : new Set([...planModels, ...(current?.scope_models ?? [])]);
  const strange = wish.models.filter((model) => known?.has(model) === false);
  if (strange.length > 0)
    problem('scope_models', `must be in your plan, and it has no ${strange.join(', ')}`);
  const { tokens, cents } = capsOf(wish);
  if (tokens === undefined) problem('monthly_tokens', 'must be a whole number, such as 1000000');
  if (cents === undefined) problem('monthly_cost_cents', 'must be an amount such as 20 or 19.50');
  const isAbove = (cap: number | null | undefined, most: number | null, was: number | null | undefined) =>
    typeof cap === 'number' && most !== null && cap > most && cap !== was;
  if (isAbove(tokens, plan.monthly_tokens, current?.monthly_tokens))
    problem('monthly_tokens', `must not be above your plan’s ${plan.monthly_tokens}`);
  if (isAbove(cents, plan.monthly_cost_cents, current?.monthly_cost_cents))
    problem(
      'monthly_cost_cents',
      `must not be above your plan’s ${(plan.monthly_cost_cents ?? 0) / CENTS_PER_USD}`,
    );
  const expiresAt = expiryOf(wish, around);
  if (expiresAt === undefined) problem('expires_at', 'must be a day such as 2026-12-31');
  const input = {
    name: wish.name,
    agent: wish.agent === '' ? null : wish.agent,
    campaign: wish.campaign === '' ? null : wish.campaign,
    scope_models: wish.models.length === 0 ? null : wish.models,
    scope_formats: wish.formats.length === 0 ? null : wish.formats,
    monthly_tokens: tokens,
    monthly_cost_cents: cents,
    // The same instant again would be refused once it has passed.
    ...(current !== null && expiresAt === current.expires_at ? {} : { expires_at: expiresAt }),
  };
  return { input, problems };
}

/** Verbs complain in half sentences, which follow the field's name; beside a field they stand alone. */
export function problemsByField(problems: readonly FieldProblem[]): Record<string, string> {
  return Object.fromEntries(
    problems.map(({ field, message }) => [
      field.split('.')[0] ?? '',
      /^(must|is|may|needs)\b/.test(message) ? `This ${message}.` : message,
    ]),
  );
}
