/** Vertex's ids for Claude and its text embeddings; Gemini keeps Google's ids. */
import type { ModelEntry } from '@/lib/domain/model';
import { resoldClaude } from '../anthropic/resold';

/** Vertex's version for models without a dated one. */
const DEFAULT = '@default';

/** From Claude 4.6 on the bare id is the model's only one. */
const undated = (id: string): ModelEntry => resoldClaude(id, id, { aliases: [`${id}${DEFAULT}`] });

/** `name@date`; the bare name means its newest version. */
function dated(name: string, date: string, priceId = name, retired = false): ModelEntry {
  return resoldClaude(`${name}@${date}`, priceId, { aliases: [name, `${name}${DEFAULT}`], retired });
}

/** Newest first. Retired models stay, so that old usage can be rated again. */
export const VERTEX_CLAUDE_MODELS: readonly ModelEntry[] = [
  undated('claude-haiku-5-5'),
  undated('claude-sonnet-5-5'),
  undated('claude-opus-5-5'),
  undated('claude-fable-5-1'),
  undated('claude-opus-5'),
  undated('claude-sonnet-5'),
  undated('claude-fable-5'),
  undated('claude-opus-4-8'),
  undated('claude-opus-4-7'),
  undated('claude-sonnet-4-6'),
  undated('claude-opus-4-6'),
  dated('claude-opus-4-5', '20251101'),
  dated('claude-haiku-4-5', '20251001'),
  dated('claude-sonnet-4-5', '20250929'),
  dated('claude-opus-4-1', '20250805'),
  dated('claude-opus-4', '20250514', 'claude-opus-4-0'),
  dated('claude-sonnet-4', '20250514', 'claude-sonnet-4-0'),
  dated('claude-3-7-sonnet', '20250219', 'claude-3-7-sonnet', true),
  dated('claude-3-5-haiku', '20241022', 'claude-3-5-haiku', true),
  dated('claude-3-5-sonnet-v2', '20241022', 'claude-3-5-sonnet', true),
  dated('claude-3-5-sonnet', '20240620', 'claude-3-5-sonnet', true),
  dated('claude-3-haiku', '20240307', 'claude-3-haiku', true),
  dated('claude-3-opus', '20240229', 'claude-3-opus', true),
  dated('claude-3-sonnet', '20240229', 'claude-3-sonnet', true),
];

function embedding(id: string, displayName: string, day: string): ModelEntry {
  return {
    id,
    aliases: [],
    displayName,
    createdAt: `${day}T00:00:00Z`,
    contextTokens: 2_048,
    maxOutputTokens: 0,
    kind: 'embedding',
  };
}

/** Beside Gemini's embeddings, which are in Google's list. */
export const VERTEX_EMBEDDINGS: readonly ModelEntry[] = [
  embedding('text-embedding-005', 'Text Embedding 005', '2024-11-18'),
  embedding('text-multilingual-embedding-002', 'Text Multilingual Embedding 002', '2024-05-14'),
];
