/** Ids that sort by the time they were made: a prefix and a ULID in lower case. */

/** Crockford's base 32: no i, l, o, u. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;
/** Random bytes are fetched for this many ids at once: one call into the system per id would cost more than the id. */
const IDS_PER_BATCH = 256;

const pool = new Uint8Array(RANDOM_DIGITS * IDS_PER_BATCH);
let used = pool.length;
let lastMs = -1;
let lastTime = '';

/** The time part; calls of one millisecond share it. */
function timePart(nowMs: number): string {
  if (nowMs === lastMs) return lastTime;
  let text = '';
  let rest = Math.floor(nowMs);
  for (let i = 0; i < TIME_DIGITS; i++) {
    text = DIGITS.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  lastMs = nowMs;
  lastTime = text;
  return text;
}

/**
 * `prefix` as it stands (e.g. `req_`), 10 digits of time and 16 random ones (80 bits).
 * Ids of different milliseconds sort by time as text.
 */
export function newId(prefix: string, nowMs: number): string {
  if (used === pool.length) {
    globalThis.crypto.getRandomValues(pool);
    used = 0;
  }
  let text = prefix + timePart(nowMs);
  for (const end = used + RANDOM_DIGITS; used < end; used++) text += DIGITS.charAt((pool[used] ?? 0) & 31);
  return text;
}
