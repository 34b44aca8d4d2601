/** The first things to do with a new token: a few clients' settings with it filled in. */
import type { Reader } from '@/lib/docs/snippet';
import { guidesOf } from '@/lib/docs/snippets';
import type { SecretSnippet } from './form-state';

/** Of each guide, what gets its client going; the connection page has the rest. */
const FIRST: Readonly<Record<string, readonly string[]>> = {
  'claude-code': ['claude-code-env'],
  codex: ['codex-config', 'codex-env'],
  'openai-sdk': ['openai-ts', 'openai-py'],
  'anthropic-sdk': ['anthropic-ts'],
  curl: ['curl-messages', 'curl-chat'],
};

export function secretSnippets(reader: Reader): SecretSnippet[] {
  const guides = guidesOf(reader);
  return Object.entries(FIRST).flatMap(([id, wanted]) => {
    const guide = guides.find((one) => one.id === id);
    const snippets = guide?.snippets.filter((snippet) => wanted.includes(snippet.id)) ?? [];
    return snippets.map((one) => ({
      id: one.id,
      client: guide?.name ?? '',
      place: one.place,
      text: one.text,
    }));
  });
}
