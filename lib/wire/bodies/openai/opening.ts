/** The stable start of a conversation in OpenAI's formats: what the system says, and the user's first message. */
import { type JsonRecord, recordsOf } from '@/lib/wire/bodies/record';

const FROM_SYSTEM: ReadonlySet<unknown> = new Set(['system', 'developer']);

/** `null` where no user has said anything: then nothing tells one conversation from another. */
export function openingOf(messages: unknown, instructions?: unknown): string | null {
  const all = recordsOf(messages);
  const firstAt = all.findIndex(({ role }) => role === 'user');
  const first = all[firstAt];
  if (first === undefined) return null;
  const system = all.slice(0, firstAt).filter(({ role }) => FROM_SYSTEM.has(role));
  return [
    ...(typeof instructions === 'string' ? [instructions] : []),
    ...[...system, first].map(textOf),
  ].join('\n');
}

/** Text of a content that is a string or a list of parts; other parts tell conversations apart by their kind alone. */
function textOf({ content }: JsonRecord): string {
  if (typeof content === 'string') return content;
  return recordsOf(content)
    .map(({ text, type }) => (typeof text === 'string' ? text : `[${String(type)}]`))
    .join('\n');
}
