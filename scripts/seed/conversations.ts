/** Conversations: an agent's session with its sub-agents, a short chat or a single job, each as the calls it makes. */
import {
  type CallPlace,
  completed,
  type Outcome,
  outcomeOf,
  PRICES,
  refusedOutcome,
  type SeedCall,
} from './calls';
import type { SeedCustomer, SeedToken } from './customers';
import { nextUsage, type Talk } from './figures';
import type { ModelLine } from './models';
import { type TokenUsage, UNKNOWN_USAGE } from '@/lib/domain/usage';
import type { MonthRoom } from './month-room';
import type { Random } from './random';

const DAY_MS = 86_400_000;
/** Calls of an agent's session: half have fewer. */
const USUAL_TURNS = 9;
const MOST_TURNS = 150;
const MOST_TRIES_BLOCKED = 3;
const SUB_AGENTS = 0.3;
const DEEPEST = 3;
const OWN_REFUSAL = 0.008;
/** Pauses between two calls of an agent: its tools run, and now and then somebody has to answer it. */
const TOOL_PAUSE_MS = 4_000;
const PERSON_PAUSE_MS = 90_000;
/** Providers' bad hours before the end, so that their health has something to show. */
const OUTAGES = [
  { provider: 'anthropic', hoursBefore: 5 * 24 + 7, hours: 2 },
  { provider: 'google', hoursBefore: 17 * 24, hours: 1 },
];

export interface Stage {
  readonly random: Random;
  readonly room: MonthRoom;
  /** Nothing starts after it. */
  readonly untilMs: number;
  /** Calls that may still be made. */
  readonly left: () => number;
  readonly call: (call: SeedCall) => void;
  readonly session: (place: CallPlace, calls: readonly SeedCall[]) => void;
}

/** Which models of a line are on sale, by day: asking the price table for every call would be the slowest part. */
const onSale = new WeakMap<ModelLine, Map<number, string>>();

function modelOf(line: ModelLine, { lagDays }: SeedToken, atMs: number): string {
  let days = onSale.get(line);
  if (days === undefined) onSale.set(line, (days = new Map()));
  const day = Math.floor(atMs / DAY_MS) - lagDays;
  let model = days.get(day);
  if (model === undefined) {
    model = line.models.find((id) => PRICES.find(id, day * DAY_MS) !== null) ?? line.models.at(-1) ?? '';
    days.set(day, model);
  }
  return model;
}

function isOut(provider: string, atMs: number, untilMs: number): boolean {
  return OUTAGES.some((outage) => {
    const from = untilMs - outage.hoursBefore * 3_600_000;
    return outage.provider === provider && atMs >= from && atMs < from + outage.hours * 3_600_000;
  });
}

/** Keys as the clients send them; sub-agents as each client names its own. */
function sessionKey(random: Random, source: string, atMs: number, parent: CallPlace | null): string {
  if (parent !== null && source === 'claude-code')
    return `${parent.key.split('/')[0] ?? parent.key}/${random.hex(12)}`;
  if (source === 'fingerprint') return `fp_${random.hex(16)}`;
  if (source === 'random') return random.id('ses_', atMs);
  if (source === 'named') return `run-${random.hex(10)}`;
  return random.uuid();
}

function placeOf(
  random: Random,
  customer: SeedCustomer,
  token: SeedToken,
  atMs: number,
  parent: CallPlace | null,
): CallPlace {
  const { kind } = token;
  // Some tokens let their headers say on whose behalf they call.
  const agent = token.mayAttribute && random.chance(0.3) ? `${kind.name}-guest` : kind.name;
  return {
    customer,
    token,
    agent: parent?.agent ?? agent,
    campaign: parent?.campaign ?? token.campaign,
    key: sessionKey(random, kind.source, atMs, parent),
    parent: parent?.key ?? null,
    source: kind.source,
  };
}

function lineFor(random: Random, { kind }: SeedToken, isSub: boolean): ModelLine {
  const [main] = kind.lines;
  if (main === undefined || random.chance(isSub ? 0.5 : 0.12)) return kind.small;
  return random.chance(0.7) ? main : random.pick(kind.lines);
}

function turnsOf(random: Random, { kind }: SeedToken, isSub: boolean): number {
  if (kind.talk === 'job') return 1;
  const usual = kind.talk === 'chat' ? 2.5 : isSub ? 5 : USUAL_TURNS;
  return Math.max(1, Math.min(MOST_TURNS, random.around(usual, 0.9)));
}

/** How a call ends, with the month's caps counted; `null` when the customer has gone quiet. */
function settledOutcome(
  stage: Stage,
  place: CallPlace,
  asked: Parameters<typeof outcomeOf>[1],
): Outcome | null {
  const { random, room } = stage;
  if (random.chance(OWN_REFUSAL)) return refusedOutcome(random);
  const outcome = outcomeOf(random, asked);
  const blocked = room.take(place.customer, asked.atMs, outcome.counted, outcome.costNanoUsd ?? 0);
  if (blocked === 'quiet') return null;
  return blocked === null ? outcome : refusedOutcome(random, blocked);
}

function pauseMs(random: Random): number {
  return random.chance(0.12) ? random.around(PERSON_PAUSE_MS, 1) : random.around(TOOL_PAUSE_MS, 1);
}

/** Refused before its model or provider was known: the row then has none. */
const MODEL_UNREAD: ReadonlySet<string> = new Set(['body_invalid']);
const PROVIDER_UNKNOWN: ReadonlySet<string> = new Set(['body_invalid', 'model_unknown', 'forbidden']);

function callAt(
  stage: Stage,
  place: CallPlace,
  line: ModelLine,
  model: string,
  stream: boolean,
  atMs: number,
  outcome: Outcome,
): SeedCall {
  const refusedBy = outcome.held ? '' : (outcome.errorCode ?? '');
  return {
    id: stage.random.id('req_', atMs),
    userId: place.customer.id,
    startedMs: atMs,
    place,
    provider: PROVIDER_UNKNOWN.has(refusedBy) ? '' : line.provider,
    model: MODEL_UNREAD.has(refusedBy) ? '' : model,
    endpoint: stream ? line.streamed : line.whole,
    stream,
    outcome,
  };
}

/** One conversation, its sub-agents' among it; what would start after the end is left out. */
export function converse(
  stage: Stage,
  customer: SeedCustomer,
  token: SeedToken,
  startMs: number,
  parent: CallPlace | null = null,
  depth = 1,
): void {
  const { random } = stage;
  const place = placeOf(random, customer, token, startMs, parent);
  const main = lineFor(random, token, parent !== null);
  const talk: Talk = { talk: token.kind.talk, oneHourCaches: token.oneHourCaches, context: 0 };
  const calls: SeedCall[] = [];
  const endMs = endsMs(stage, customer, token);
  let [atMs, blocked] = [startMs, 0];
  for (let turns = turnsOf(random, token, parent !== null); turns > 0; turns -= 1) {
    if (atMs >= endMs || stage.left() <= 0 || blocked >= MOST_TRIES_BLOCKED) break;
    const model = modelOf(main, token, atMs);
    const stream = main.style !== 'embedding' && (token.kind.talk !== 'job' || random.chance(0.2));
    const usage = nextUsage(random, main.style, talk);
    const inOutage = isOut(main.provider, atMs, stage.untilMs);
    const outcome = settledOutcome(stage, place, { line: main, model, stream, usage, atMs, inOutage });
    if (outcome === null) break;
    const call = callAt(stage, place, main, model, stream, atMs, outcome);
    calls.push(call);
    stage.call(call);
    blocked += outcome.errorCode?.startsWith('monthly_') === true ? 1 : 0;
    const hasSub = token.kind.talk === 'agent' && depth < DEEPEST && random.chance(SUB_AGENTS / USUAL_TURNS);
    if (hasSub) converse(stage, customer, token, atMs + outcome.durationMs, place, depth + 1);
    atMs += outcome.durationMs + pauseMs(random);
  }
  if (calls.length > 0) stage.session(place, calls);
}

/** Counted tokens as a prompt with a short answer. */
function splitTokens(tokens: number): Pick<TokenUsage, 'inputTokens' | 'outputTokens'> {
  const outputTokens = Math.floor(tokens / 20);
  return { inputTokens: tokens - outputTokens, outputTokens };
}

/** As many output tokens as cost so much, or a part of one more. */
function tokensFor(
  nanoUsd: number,
  model: string,
  atMs: number,
): Pick<TokenUsage, 'inputTokens' | 'outputTokens'> {
  const rate = PRICES.find(model, atMs)?.output ?? 1;
  return { inputTokens: 0, outputTokens: Math.ceil((nanoUsd * 1_000_000) / rate) };
}

/** When a customer or a token stopped; nothing starts after it. */
function endsMs(stage: Stage, { suspendedMs }: SeedCustomer, { revokedMs, expiresMs }: SeedToken): number {
  return Math.min(stage.untilMs, suspendedMs ?? Infinity, revokedMs ?? Infinity, expiresMs ?? Infinity);
}

/** Steers a customer: one call of just the size that is given, in a session of its own. */
export function topUp(
  stage: Stage,
  customer: SeedCustomer,
  atMs: number,
  size: { readonly tokens: number } | { readonly nanoUsd: number },
): void {
  const token = customer.tokens[0];
  const line = token?.kind.lines[0];
  if (token === undefined || line === undefined || stage.left() <= 0) return;
  const model = modelOf(line, token, atMs);
  const usage = {
    ...UNKNOWN_USAGE,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    ...('tokens' in size ? splitTokens(size.tokens) : tokensFor(size.nanoUsd, model, atMs)),
  };
  const asking = { line, model, stream: false, usage, atMs, inOutage: false };
  const outcome = completed(stage.random, asking);
  const place = placeOf(stage.random, customer, token, atMs, null);
  const call = callAt(stage, place, line, model, false, atMs, outcome);
  stage.room.add(customer, atMs, outcome.counted, outcome.costNanoUsd ?? 0);
  stage.call(call);
  stage.session(place, [call]);
}
