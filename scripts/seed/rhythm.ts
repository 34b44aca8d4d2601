/** When customers call: by day and night, weekday and weekend, each in its own zone. */
import type { SeedCustomer } from './customers';
import { type Random, weighted } from './random';

const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;
const QUARTERS_A_DAY = 96;
const WEEKEND_OF_OFFICES = 0.22;
const WEEKEND_OF_OTHERS = 0.85;
/** How much more is called at the end of the span than at its start. */
const GROWTH = 0.5;
/** The end of today lies ahead: a start is drawn again so often before any moment will do. */
const MOST_DRAWS = 12;

type Rhythm = Pick<SeedCustomer, 'rhythm' | 'offsetHours'>;

const bump = (hour: number, at: number, width: number): number => Math.exp(-(((hour - at) / width) ** 2));

function weightAt(rhythm: SeedCustomer['rhythm'], localHour: number): number {
  const work = bump(localHour, 10.5, 2.2) + bump(localHour, 15.5, 2.8) + 0.35 * bump(localHour, 21, 1.8);
  return rhythm === 'office' ? 0.05 + work : 0.9 + 0.4 * work;
}

const quarters = new Map<string, (random: Random) => number>();

function quarterOf(random: Random, { rhythm, offsetHours }: Rhythm): number {
  const key = `${rhythm}${offsetHours}`;
  let draw = quarters.get(key);
  if (draw === undefined) {
    const weights = Array.from({ length: QUARTERS_A_DAY }, (_, quarter) =>
      weightAt(rhythm, (quarter / 4 + offsetHours + 24) % 24),
    );
    quarters.set(key, (draw = weighted(weights)));
  }
  return draw(random);
}

/** A moment of the day that begins at `dayMs` at which the customer starts something, before `untilMs`. */
export function startWithin(random: Random, customer: Rhythm, dayMs: number, untilMs: number): number {
  for (let draw = 0; draw < MOST_DRAWS; draw += 1) {
    const atMs = dayMs + quarterOf(random, customer) * QUARTER_MS + random.between(0, QUARTER_MS - 1);
    if (atMs < untilMs) return atMs;
  }
  return dayMs + Math.floor(random.next() * (Math.min(untilMs, dayMs + DAY_MS) - dayMs));
}

/** How much a customer calls on a day, against its usual. */
export function weightOn({ rhythm }: Rhythm, dayMs: number): number {
  const weekday = new Date(dayMs).getUTCDay();
  if (weekday !== 0 && weekday !== 6) return 1;
  return rhythm === 'office' ? WEEKEND_OF_OFFICES : WEEKEND_OF_OTHERS;
}

/** Shares of all calls by day, the last day only as far as it has gone; they add up to one. */
export function dayShares(days: readonly number[], untilMs: number): number[] {
  const weights = days.map((dayMs, index) => {
    const gone = Math.min(1, (untilMs - dayMs) / DAY_MS);
    const usual = 0.75 * weightOn({ rhythm: 'office', offsetHours: 0 }, dayMs) + 0.25;
    return gone * usual * (1 + (GROWTH * index) / days.length);
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
