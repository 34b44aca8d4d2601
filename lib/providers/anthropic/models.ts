/** Anthropic's models, after platform.claude.com/docs/en/about-claude/models/overview. */
import type { ModelEntry } from '@/lib/domain/model';

const MILLION = 1_000_000;

/** Anthropic's own API serves them no more (its deprecations page; Opus 4 and 4.1 after its pricing page). */
const RETIRED: ReadonlySet<string> = new Set([
  'claude-2.0',
  'claude-2.1',
  'claude-3-opus',
  'claude-3-sonnet',
  'claude-3-haiku',
  'claude-3-5-sonnet',
  'claude-3-5-haiku',
  'claude-3-7-sonnet',
  'claude-opus-4-0',
  'claude-opus-4-1',
]);

/** `day` is the UTC day of the release. */
function claude(
  id: string,
  aliases: readonly string[],
  displayName: string,
  day: string,
  contextTokens: number,
  maxOutputTokens: number,
): ModelEntry {
  return {
    id,
    aliases,
    displayName,
    createdAt: `${day}T00:00:00Z`,
    contextTokens,
    maxOutputTokens,
    kind: 'chat',
    ...(RETIRED.has(id) ? { retired: true as const } : {}),
  };
}

/** Newest first. Retired models stay, so that old usage can be rated again. */
export const ANTHROPIC_MODELS: readonly ModelEntry[] = [
  claude('claude-fable-5-2', [], 'Claude Fable 5.2', '2026-11-09', MILLION, 128_000),
  claude('claude-haiku-5-5', [], 'Claude Haiku 5.5', '2026-10-07', MILLION, 128_000),
  claude('claude-sonnet-5-5', [], 'Claude Sonnet 5.5', '2026-09-28', MILLION, 128_000),
  claude('claude-opus-5-5', [], 'Claude Opus 5.5', '2026-09-22', MILLION, 128_000),
  claude('claude-fable-5-1', [], 'Claude Fable 5.1', '2026-09-01', MILLION, 128_000),
  claude('claude-mythos-5-1', [], 'Claude Mythos 5.1', '2026-09-01', MILLION, 128_000),
  claude('claude-opus-5', [], 'Claude Opus 5', '2026-07-24', MILLION, 128_000),
  claude('claude-sonnet-5', [], 'Claude Sonnet 5', '2026-06-30', MILLION, 128_000),
  claude('claude-fable-5', [], 'Claude Fable 5', '2026-06-09', MILLION, 128_000),
  claude('claude-mythos-5', [], 'Claude Mythos 5', '2026-06-09', MILLION, 128_000),
  claude('claude-opus-4-8', [], 'Claude Opus 4.8', '2026-05-28', MILLION, 128_000),
  claude('claude-opus-4-7', [], 'Claude Opus 4.7', '2026-04-16', MILLION, 128_000),
  claude('claude-sonnet-4-6', [], 'Claude Sonnet 4.6', '2026-02-17', MILLION, 128_000),
  claude('claude-opus-4-6', [], 'Claude Opus 4.6', '2026-02-05', MILLION, 128_000),
  claude('claude-opus-4-5', ['claude-opus-4-5-20251101'], 'Claude Opus 4.5', '2025-11-24', 200_000, 64_000),
  claude(
    'claude-haiku-4-5',
    ['claude-haiku-4-5-20251001'],
    'Claude Haiku 4.5',
    '2025-10-15',
    200_000,
    64_000,
  ),
  claude(
    'claude-sonnet-4-5',
    ['claude-sonnet-4-5-20250929'],
    'Claude Sonnet 4.5',
    '2025-09-29',
    200_000,
    64_000,
  ),
  claude('claude-opus-4-1', ['claude-opus-4-1-20250805'], 'Claude Opus 4.1', '2025-08-05', 200_000, 32_000),
  claude(
    'claude-opus-4-0',
    ['claude-opus-4', 'claude-opus-4-20250514'],
    'Claude Opus 4',
    '2025-05-22',
    200_000,
    32_000,
  ),
  claude(
    'claude-sonnet-4-0',
    ['claude-sonnet-4', 'claude-sonnet-4-20250514'],
    'Claude Sonnet 4',
    '2025-05-22',
    200_000,
    64_000,
  ),
  claude(
    'claude-3-7-sonnet',
    ['claude-3-7-sonnet-20250219', 'claude-3-7-sonnet-latest'],
    'Claude Sonnet 3.7',
    '2025-02-24',
    200_000,
    64_000,
  ),
  claude(
    'claude-3-5-haiku',
    ['claude-3-5-haiku-20241022', 'claude-3-5-haiku-latest'],
    'Claude Haiku 3.5',
    '2024-11-04',
    200_000,
    8_192,
  ),
  claude(
    'claude-3-5-sonnet',
    ['claude-3-5-sonnet-20240620', 'claude-3-5-sonnet-20241022', 'claude-3-5-sonnet-latest'],
    'Claude Sonnet 3.5',
    '2024-06-20',
    200_000,
    8_192,
  ),
  claude('claude-3-haiku', ['claude-3-haiku-20240307'], 'Claude Haiku 3', '2024-03-13', 200_000, 4_096),
  claude(
    'claude-3-opus',
    ['claude-3-opus-20240229', 'claude-3-opus-latest'],
    'Claude Opus 3',
    '2024-03-04',
    200_000,
    4_096,
  ),
  claude('claude-3-sonnet', ['claude-3-sonnet-20240229'], 'Claude Sonnet 3', '2024-03-04', 200_000, 4_096),
  claude('claude-2.1', [], 'Claude 2.1', '2023-11-21', 200_000, 4_096),
  claude('claude-2.0', [], 'Claude 2', '2023-07-11', 100_000, 4_096),
];
