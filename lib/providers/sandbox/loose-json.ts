/** Reading bodies nobody has checked: whatever is asked for comes back in the wanted kind, or as nothing. */
import { decodeUtf8 } from '@/lib/std/bytes';

export type Fields = Readonly<Record<string, unknown>>;

/** A body's fields; what is no JSON object, or nests too deep to be written again, has none. */
export function parseFields(bytes: Uint8Array): Fields {
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes));
    // Answers repeat and measure parts of it; a replacer needs the most stack.
    JSON.stringify(value, (_key, inner: unknown) => inner);
    return fieldsOf(value);
  } catch {
    // Judged by what it lacks, like any other value that is no object.
    return {};
  }
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** A list as it is, a single value as a list of one, nothing as an empty list. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** The texts of a content: a string, or blocks with a `text`. */
export function textsOf(content: unknown): readonly string[] {
  return listOf(content)
    .map((block) => (typeof block === 'string' ? block : fieldsOf(block)['text']))
    .filter((text) => typeof text === 'string');
}

/** The texts of the newest message that a user wrote; where no role stands, it is his. */
export function lastUserTexts(messages: unknown, content = 'content'): readonly string[] {
  const newest = listOf(messages).findLast((message) => {
    const { role } = fieldsOf(message);
    return (role === undefined || role === 'user') && textsOf(fieldsOf(message)[content]).length > 0;
  });
  return textsOf(fieldsOf(newest)[content]);
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
