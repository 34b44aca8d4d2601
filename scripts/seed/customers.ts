/** The seeded customers: who they are, when they work, which plan they are on, and the tokens their agents hold. */
import { sha256Hex } from '@/lib/std/sha256';
import { AGENT_KINDS, type AgentKind, CHEAP_KIND, DEAR_KIND, OWN_KIND } from './models';
import { planFor, SEED_PLANS, type SeedPlan } from './plans';
import { type Random, weighted } from './random';

const DAY_MS = 86_400_000;
const DAYS_A_MONTH = 30;
/** How many customers are steered to each share of a cap, so that every threshold can be looked at. */
const AIMS = [0.79, 0.8, 0.95, 1] as const;
/** Offsets from UTC of where customers work, in hours. */
const OFFSETS_HOURS = [-8, -5, -5, 0, 1, 1, 2, 5.5, 8, 9];
/** One in so many is on a plan too small for it, and meets its cap before the month ends. */
const TIGHT_EVERY = 17;
/** Room that a plan usually leaves. */
const ROOM = 1.6;
const MOST_TOKENS = 14;

const FIRST_WORDS =
  'Harbour Juniper Meridian Copper Lantern Willow Granite Saffron Orchard Cobalt Falcon Maple Tidal Ember Quarry'.split(
    ' ',
  );
const SECOND_WORDS =
  'Labs Health Freight Robotics Books Analytics Travel Energy Studio Legal Foods Games'.split(' ');
const CAMPAIGNS = ['spring-launch', 'migration', 'nightly-review', 'onboarding', 'docs'];
const HOSTS = ['laptop', 'ci', 'build-vm', 'workstation', 'staging', 'prod', 'cron', 'desk'];
const REGIONS = ['fra', 'iad', 'sjc', 'nrt', 'lhr'];

export interface SeedToken {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly hint: string;
  readonly kind: AgentKind;
  readonly campaign: string | null;
  readonly mayAttribute: boolean;
  readonly narrowed: boolean;
  /** Its own cap, as the share of it that this month's use will be; `null`: none. */
  readonly ownCapShare: number | null;
  readonly oneHourCaches: boolean;
  /** Moves to a new model so many days after it came out. */
  readonly lagDays: number;
  readonly createdMs: number;
  readonly expiresMs: number | null;
  readonly revokedMs: number | null;
  readonly share: number;
}

export interface SeedCustomer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly plan: SeedPlan;
  /** Share of all calls. */
  readonly share: number;
  readonly offsetHours: number;
  readonly rhythm: 'office' | 'always';
  readonly joinedMs: number;
  readonly suspendedMs: number | null;
  /** The share of a cap that this month's use is steered to. */
  readonly aim: { readonly cap: 'tokens' | 'cost'; readonly share: number } | null;
  readonly tokens: readonly SeedToken[];
  readonly machines: readonly { readonly id: string; readonly hostId: string; readonly region: string }[];
}

export interface Population {
  readonly customers: number;
  readonly rows: number;
  readonly days: number;
  readonly startMs: number;
  readonly untilMs: number;
}

function makeToken(
  random: Random,
  customer: string,
  index: number,
  kind: AgentKind,
  joinedMs: number,
  { untilMs }: Population,
): SeedToken {
  const id = random.id('tok_', joinedMs + index);
  // The first token always works; what ended did so lately, so that it has a history.
  const fate = index === 0 ? 1 : random.next();
  const endedMs = untilMs - random.between(1, 40) * DAY_MS;
  return {
    id,
    name: `${random.pick(HOSTS)}-${index + 1}`,
    // The hash of no token: nobody can call with what is seeded.
    hash: sha256Hex(`seeded ${customer} ${id}`),
    hint: `tg_1${random.hex(6)}…`,
    kind,
    campaign: random.chance(0.3) ? random.pick(CAMPAIGNS) : null,
    mayAttribute: random.chance(0.1),
    narrowed: random.chance(0.08),
    ownCapShare: random.chance(0.15) ? random.pick([0.3, 0.6, 0.85, 0.97]) : null,
    oneHourCaches: random.chance(0.15),
    lagDays: random.between(0, 45),
    createdMs: joinedMs + index,
    expiresMs: fate < 0.06 ? endedMs : fate < 0.16 ? untilMs + random.between(3, 200) * DAY_MS : null,
    revokedMs: fate >= 0.16 && fate < 0.26 ? endedMs : null,
    share: 1 / (index + 1),
  };
}

/** Those steered to a threshold sit in the middle of the crowd, each cap beside the other. */
function aimsByIndex(customers: number): Map<number, NonNullable<SeedCustomer['aim']>> {
  const first = Math.floor(customers / 3);
  const all = AIMS.flatMap((share) => [
    { cap: 'tokens' as const, share },
    { cap: 'cost' as const, share },
  ]);
  return new Map(all.slice(0, Math.max(0, customers - first)).map((aim, index) => [first + index, aim]));
}

const KIND_WEIGHTS = AGENT_KINDS.map(({ share }) => share);

function kindsFor(random: Random, aim: SeedCustomer['aim'], plan: SeedPlan, count: number): AgentKind[] {
  if (aim !== null) return [aim.cap === 'tokens' ? CHEAP_KIND : DEAR_KIND];
  const draw = weighted(KIND_WEIGHTS);
  return Array.from({ length: count }, (_, index) =>
    plan.monthlyCostCents === null && index === 1
      ? OWN_KIND
      : (AGENT_KINDS[draw(random)] ?? random.pick(AGENT_KINDS)),
  );
}

/** Zipf: the customer of rank n makes an n-th of the first one's calls. */
export function makeCustomers(random: Random, population: Population): SeedCustomer[] {
  const { customers, rows, days, startMs, untilMs } = population;
  const harmonic = Array.from({ length: customers }, (_, rank) => 1 / (rank + 1)).reduce((a, b) => a + b, 0);
  const aims = aimsByIndex(customers);
  return Array.from({ length: customers }, (_, rank): SeedCustomer => {
    const share = 1 / (rank + 1) / harmonic;
    const monthlyCalls = (rows * share * DAYS_A_MONTH) / days;
    const aim = aims.get(rank) ?? null;
    const name = `${random.pick(FIRST_WORDS)} ${random.pick(SECOND_WORDS)}`;
    const id = `${name.toLowerCase().replace(' ', '-')}-${rank + 1}`;
    const fitting = planFor(monthlyCalls, rank % TIGHT_EVERY === TIGHT_EVERY - 1 ? 0.7 : ROOM);
    // The second heaviest pays by contract, so that there always is somebody without caps.
    const plan = (rank === 1 ? SEED_PLANS.at(-1) : aim === null ? fitting : SEED_PLANS[0]) ?? fitting;
    const late = rank > 10 && aim === null && random.chance(0.2);
    const joinedMs = late
      ? startMs + random.between(1, Math.max(1, days - 2)) * DAY_MS
      : startMs - random.between(1, 400) * DAY_MS - random.between(0, DAY_MS);
    const count = Math.min(
      MOST_TOKENS,
      2 + Math.floor(Math.log2(1 + monthlyCalls / 100) * random.next() * 2),
    );
    const suspended = rank > 10 && aim === null && random.chance(0.01);
    return {
      id,
      name,
      email: `ops@${id}.example`,
      plan,
      share,
      offsetHours: random.pick(OFFSETS_HOURS),
      rhythm: random.chance(0.25) ? 'always' : 'office',
      joinedMs,
      suspendedMs: suspended ? untilMs - random.between(1, 10) * DAY_MS : null,
      aim,
      tokens: kindsFor(random, aim, plan, count).map((kind, index) =>
        makeToken(random, id, index, kind, joinedMs, population),
      ),
      machines: Array.from({ length: 1 + (count >> 1) }, () => ({
        id: random.id('mach_', joinedMs),
        hostId: random.uuid(),
        region: random.pick(REGIONS),
      })),
    };
  });
}
