/** Fields as Google's JSON mapping of protocol buffers takes them: in two spellings, and whole numbers also as text. */
import { GatewayError } from '@/lib/domain/errors';
import { isRecord, type JsonRecord, recordsOf } from '@/lib/wire/bodies/record';

const WHOLE_NUMBER = /^-?\d{1,15}(?:\.0+)?$/;

const snakes = new Map<string, string>();

/** Of names in this code, never of a body's: each is worked out once. */
function snakeOf(name: string): string {
  let snake = snakes.get(name);
  if (snake === undefined)
    snakes.set(name, (snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)));
  return snake;
}

/** The other spelling of a field, where it has one. */
export function spellingsOf(name: string): readonly string[] {
  const snake = snakeOf(name);
  return snake === name ? [name] : [name, snake];
}

/**
 * A field by its camelCase name, whichever way it is spelt.
 * @throws GatewayError `body_invalid` when both spellings stand: parsers disagree on which wins
 */
export function field(record: JsonRecord, name: string): unknown {
  const snake = snakeOf(name);
  const other = snake === name ? undefined : record[snake];
  if (other === undefined) return record[name];
  if (record[name] !== undefined)
    throw new GatewayError('body_invalid', `${name}: the field is given in two spellings`);
  return other;
}

/** A record below a field, or `null`. */
export function recordAt(record: JsonRecord, name: string): JsonRecord | null {
  const value = field(record, name);
  return isRecord(value) ? value : null;
}

/** Repeated fields; one message alone is taken for a list of it, as lenient parsers do. */
export function recordsAt(record: JsonRecord, name: string): readonly JsonRecord[] {
  const value = field(record, name);
  return isRecord(value) ? [value] : recordsOf(value);
}

/** A whole number, also written as text; anything else is `null`. */
export function wholeNumber(value: unknown): number | null {
  const number = typeof value === 'string' && WHOLE_NUMBER.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}
