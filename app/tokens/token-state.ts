/** Whether a token works, and for how much longer. */
import type { TokenView } from '@/lib/account/present';
import type { Tone } from '../ui/badge';

const DAY_MS = 86_400_000;
/** Time enough to roll out another one. */
const EXPIRING_WITHIN_MS = 7 * DAY_MS;

export type TokenState = 'active' | 'expiring' | 'expired' | 'revoked';

export function stateOf(
  { revoked, expires_at: expiresAt }: Pick<TokenView, 'revoked' | 'expires_at'>,
  nowMs: number,
): TokenState {
  if (revoked) return 'revoked';
  const leftMs = expiresAt === null ? Infinity : Date.parse(expiresAt) - nowMs;
  if (leftMs <= 0) return 'expired';
  return leftMs <= EXPIRING_WITHIN_MS ? 'expiring' : 'active';
}

export const isLive = (state: TokenState): boolean => state === 'active' || state === 'expiring';

export const STATE_WORDS: Readonly<Record<TokenState, readonly [tone: Tone, name: string]>> = {
  active: ['good', 'Active'],
  expiring: ['warn', 'Expiring'],
  expired: ['plain', 'Expired'],
  revoked: ['plain', 'Revoked'],
};

const FORMAT_NAMES: Readonly<Record<string, string>> = {
  'anthropic-messages': 'Anthropic Messages',
  'openai-chat': 'OpenAI Chat Completions',
  'openai-responses': 'OpenAI Responses',
  'openai-embeddings': 'OpenAI Embeddings',
  gemini: 'Gemini',
  'vertex-gemini': 'Vertex, Gemini',
  'vertex-claude': 'Vertex, Claude',
  bedrock: 'Bedrock',
  embed: 'Embeddings, Tollgate’s own',
};

export const formatName = (format: string): string => FORMAT_NAMES[format] ?? format;

/** The best known first. */
export function inOrder(formats: readonly string[]): string[] {
  const names = Object.keys(FORMAT_NAMES);
  const placeOf = (format: string): number => (names.includes(format) ? names.indexOf(format) : names.length);
  return formats.toSorted((a, b) => placeOf(a) - placeOf(b));
}
