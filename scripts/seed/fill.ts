/** Fills a migrated database file with customers and their calls, day after day, the same ones for the same seed. */
import { monthOf } from '@/lib/domain/month';
import type { SeedCall } from './calls';
import { converse, type Stage, topUp } from './conversations';
import { makeCustomers, type SeedCustomer, type SeedToken } from './customers';
import { createMonthRoom } from './month-room';
import { capsOf, SEED_PLANS } from './plans';
import { createRandom, type Random, weighted } from './random';
import { dayShares, startWithin, weightOn } from './rhythm';
import { THRESHOLD_EVENTS } from './rollups';
import { type BulkWriter, openBulkWriter } from './write';

const DAY_MS = 86_400_000;
/** A steered customer comes to its threshold in so many calls beside its own. */
const STEPS_TO_AIM = 14;
/** Tokens' own caps are round numbers. */
const MONTHS_CAP_STEP = 1_000;
/** Customers who haven't joined, or are at their cap, are drawn in vain; a day must end all the same. */
const MOST_DRAWS_A_CALL = 50;

export interface FillOptions {
  /** A migrated database. */
  readonly file: string;
  readonly rows: number;
  readonly customers: number;
  readonly days: number;
  readonly seed: number;
  /** The last call is before it. */
  readonly untilMs: number;
  readonly say: (text: string) => void;
}

export interface Filled {
  readonly rows: number;
  readonly sessions: number;
  readonly customers: readonly SeedCustomer[];
}

function writePlans(writer: BulkWriter, nowMs: number): void {
  for (const plan of SEED_PLANS) {
    writer.run(
      `INSERT INTO plan_limits (plan, monthly_tokens, monthly_cost_cents, rate_limit_rpm, rate_limit_tpm, updated_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (plan) DO NOTHING`,
      [plan.plan, plan.monthlyTokens, plan.monthlyCostCents, plan.rpm, plan.tpm, nowMs],
    );
    writer.run(
      `UPDATE plan_limits SET price_cents = ?2, description = ?3, listed = ?4 WHERE plan = ?1 AND price_cents IS NULL`,
      [plan.plan, plan.priceCents, plan.description, plan.listed ? 1 : 0],
    );
  }
}

function writeToken(
  writer: BulkWriter,
  customer: SeedCustomer,
  token: SeedToken,
  lastUsedMs: number | null,
  month: string,
): void {
  writer.row('gateway_tokens', {
    id: token.id,
    user_id: customer.id,
    hash: token.hash,
    hint: token.hint,
    name: token.name,
    agent: token.kind.name,
    campaign: token.campaign,
    may_attribute: token.mayAttribute ? 1 : 0,
    scope_models: token.narrowed ? JSON.stringify(token.kind.lines.flatMap(({ models }) => models)) : null,
    expires_at: token.expiresMs,
    revoked_at: token.revokedMs,
    last_used_at: lastUsedMs,
    created_at: token.createdMs,
    updated_at: token.revokedMs ?? token.createdMs,
  });
  if (token.ownCapShare === null) return;
  // Its cap follows from what it used, so that there is something to see.
  writer.run(
    `UPDATE gateway_tokens SET monthly_tokens = (
       SELECT CAST(tokens_committed / ?2 / ${MONTHS_CAP_STEP} AS INTEGER) * ${MONTHS_CAP_STEP} + ${MONTHS_CAP_STEP}
       FROM token_months WHERE token_id = ?1 AND month = ?3
     ) WHERE id = ?1`,
    [token.id, token.ownCapShare, month],
  );
}

/** A token of the customer that worked at that moment, the first ones most often. */
function tokenAt(random: Random, { tokens }: SeedCustomer, atMs: number): SeedToken | undefined {
  const working = tokens.filter(
    ({ createdMs, revokedMs, expiresMs }) =>
      createdMs <= atMs && atMs < Math.min(revokedMs ?? Infinity, expiresMs ?? Infinity),
  );
  return working[weighted(working.map(({ share }) => share))(random)];
}

/** Brings steered customers nearer to their thresholds, as far as the month has gone; on the last day, onto them. */
function steer(stage: Stage, customers: readonly SeedCustomer[], dayMs: number): void {
  if (monthOf(dayMs) !== monthOf(stage.untilMs)) return;
  const monthMs = Date.parse(`${monthOf(dayMs)}-01`);
  const endMs = Math.min(dayMs + DAY_MS, stage.untilMs);
  const isLast = endMs === stage.untilMs;
  const ahead = isLast ? 0 : 1 - (endMs - monthMs) / (stage.untilMs - monthMs);
  for (const customer of customers) {
    const { aim, plan } = customer;
    if (aim === null) continue;
    const caps = capsOf(plan);
    const target = (aim.cap === 'tokens' ? caps.tokens : caps.nanoUsd) * aim.share;
    const step = Math.ceil(target / STEPS_TO_AIM);
    for (;;) {
      const missing = Math.round(stage.room.untilAim(customer, dayMs) - target * ahead);
      if (missing <= 0 || (!isLast && missing < step) || stage.left() <= 0) break;
      const amount = Math.min(step, missing);
      const atMs = startWithin(stage.random, customer, dayMs, endMs);
      topUp(stage, customer, atMs, aim.cap === 'tokens' ? { tokens: amount } : { nanoUsd: amount });
    }
  }
}

/** @throws when the file is in use or these customers are in it already; it is then as it was */
export function fillDatabase(options: FillOptions): Filled {
  const writer = openBulkWriter(options.file);
  try {
    const filled = fill(options, writer);
    options.say('Indexes and triggers:');
    writer.finish(options.say);
    return filled;
  } catch (error) {
    writer.abandon();
    throw error;
  }
}

function fill(options: FillOptions, writer: BulkWriter): Filled {
  const { rows, days, seed, untilMs, say } = options;
  const random = createRandom(seed);
  const lastDayMs = Math.floor((untilMs - 1) / DAY_MS) * DAY_MS;
  const startMs = lastDayMs - (days - 1) * DAY_MS;
  const customers = makeCustomers(random, { ...options, startMs });
  writePlans(writer, startMs);
  for (const customer of customers) writer.customer(customer);

  const lastUsed = new Map<string, number>();
  let pending: SeedCall[] = [];
  let [made, written, sessions] = [0, 0, 0];
  const stage: Stage = {
    random,
    room: createMonthRoom(untilMs - 1),
    untilMs,
    left: () => rows - made,
    call(call) {
      made += 1;
      pending.push(call);
    },
    session(place, calls) {
      sessions += 1;
      writer.session(place, calls);
    },
  };

  const dayStarts = Array.from({ length: days }, (_, day) => startMs + day * DAY_MS);
  const shares = dayShares(dayStarts, untilMs);
  let share = 0;
  for (const [index, dayMs] of dayStarts.entries()) {
    share += shares[index] ?? 0;
    const isLast = index === days - 1;
    const target = isLast ? rows : Math.round(rows * share);
    steer(stage, customers, dayMs);
    const draw = weighted(customers.map((customer) => customer.share * weightOn(customer, dayMs)));
    for (let draws = 0; rows - stage.left() < target && draws < MOST_DRAWS_A_CALL * rows; draws += 1) {
      const customer = customers[draw(random)];
      if (customer === undefined) break;
      const atMs = startWithin(random, customer, dayMs, untilMs);
      if (atMs < customer.joinedMs || atMs >= (customer.suspendedMs ?? Infinity)) continue;
      const token = tokenAt(random, customer, atMs);
      if (token !== undefined) converse(stage, customer, token, atMs);
    }
    // What a conversation goes on with after midnight waits for its day.
    pending.sort((a, b) => a.startedMs - b.startedMs || (a.id < b.id ? -1 : 1));
    const split = pending.findIndex(({ startedMs }) => startedMs >= dayMs + DAY_MS);
    const today = split === -1 ? pending : pending.slice(0, split);
    for (const call of today) {
      writer.call(call);
      lastUsed.set(call.place.token.id, call.startedMs);
    }
    written += today.length;
    pending = split === -1 ? [] : pending.slice(split);
    writer.rollUp();
    if (isLast || index % 5 === 4)
      say(`  day ${index + 1} of ${days}: ${written.toLocaleString('en-GB')} calls`);
  }

  const month = monthOf(untilMs - 1);
  for (const customer of customers)
    for (const token of customer.tokens)
      writeToken(writer, customer, token, lastUsed.get(token.id) ?? null, month);
  writer.run(THRESHOLD_EVENTS, [month, untilMs]);
  return { rows: written, sessions, customers };
}
