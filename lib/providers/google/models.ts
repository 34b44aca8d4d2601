/** Google's Gemini models, after ai.google.dev/gemini-api/docs/models and its changelog. */
import type { ModelEntry } from '@/lib/domain/model';

const MILLION = 1_048_576;

/** `day` is the UTC day of the first release, previews included. */
function gemini(
  id: string,
  aliases: readonly string[],
  displayName: string,
  day: string,
  contextTokens: number = MILLION,
  maxOutputTokens = 65_536,
): ModelEntry {
  return {
    id,
    aliases,
    displayName,
    createdAt: `${day}T00:00:00Z`,
    contextTokens,
    maxOutputTokens,
    kind: 'chat',
  };
}

function embedding(
  id: string,
  aliases: readonly string[],
  displayName: string,
  day: string,
  contextTokens: number,
): ModelEntry {
  return { ...gemini(id, aliases, displayName, day, contextTokens, 0), kind: 'embedding' };
}

/** Newest first. Retired models stay, so that old usage can be rated again. */
export const GOOGLE_MODELS: readonly ModelEntry[] = [
  // Input and output share one limit, so one answer may be a million tokens long.
  gemini('gemini-4-argon', [], 'Gemini 4 Argon', '2026-10-13', MILLION, MILLION),
  gemini('gemini-3.8-flash', [], 'Gemini 3.8 Flash', '2026-09-02'),
  gemini('gemini-3.7-flash', [], 'Gemini 3.7 Flash', '2026-08-13'),
  // `gemini-flash-latest` was last announced as 3.5 Flash, whose calls 3.6 Flash serves since 2026-10-08.
  gemini('gemini-3.6-flash', ['gemini-flash-latest'], 'Gemini 3.6 Flash', '2026-07-21'),
  // Google doesn't say what `gemini-flash-lite-latest` is today; the newest is also the dearest.
  gemini('gemini-3.5-flash-lite', ['gemini-flash-lite-latest'], 'Gemini 3.5 Flash-Lite', '2026-07-21'),
  gemini('gemini-3.1-flash-lite-image', [], 'Gemini 3.1 Flash-Lite Image', '2026-06-30', 65_536, 32_768),
  gemini('gemini-3.5-flash', ['gemini-3.5-flash-preview'], 'Gemini 3.5 Flash', '2026-05-19'),
  embedding('gemini-embedding-2', ['gemini-embedding-2-preview'], 'Gemini Embedding 2', '2026-03-10', 8_192),
  gemini('gemini-3.1-flash-lite', ['gemini-3.1-flash-lite-preview'], 'Gemini 3.1 Flash-Lite', '2026-03-03'),
  gemini(
    'gemini-3.1-flash-image',
    ['gemini-3.1-flash-image-preview'],
    'Gemini 3.1 Flash Image',
    '2026-02-26',
    131_072,
    32_768,
  ),
  gemini(
    'gemini-3.1-pro-preview',
    ['gemini-3.1-pro-preview-customtools', 'gemini-pro-latest'],
    'Gemini 3.1 Pro Preview',
    '2026-02-19',
  ),
  gemini('gemini-3-flash-preview', [], 'Gemini 3 Flash Preview', '2025-12-17'),
  gemini(
    'gemini-3-pro-image',
    ['gemini-3-pro-image-preview'],
    'Gemini 3 Pro Image',
    '2025-11-20',
    65_536,
    32_768,
  ),
  gemini('gemini-3-pro-preview', [], 'Gemini 3 Pro Preview', '2025-11-18'),
  gemini(
    'gemini-2.5-flash-image',
    ['gemini-2.5-flash-image-preview'],
    'Gemini 2.5 Flash Image',
    '2025-08-26',
    65_536,
    32_768,
  ),
  embedding('gemini-embedding-001', [], 'Gemini Embedding', '2025-07-14', 2_048),
  gemini(
    'gemini-2.5-flash-lite',
    ['gemini-2.5-flash-lite-preview-06-17', 'gemini-2.5-flash-lite-preview-09-2025'],
    'Gemini 2.5 Flash-Lite',
    '2025-06-17',
  ),
  gemini('gemini-2.5-flash', ['gemini-2.5-flash-preview-09-2025'], 'Gemini 2.5 Flash', '2025-06-17'),
  gemini(
    'gemini-2.5-pro',
    [
      'gemini-2.5-pro-exp-03-25',
      'gemini-2.5-pro-preview-03-25',
      'gemini-2.5-pro-preview-05-06',
      'gemini-2.5-pro-preview-06-05',
    ],
    'Gemini 2.5 Pro',
    '2025-03-25',
  ),
  gemini(
    'gemini-2.0-flash-lite',
    ['gemini-2.0-flash-lite-001', 'gemini-2.0-flash-lite-preview-02-05'],
    'Gemini 2.0 Flash-Lite',
    '2025-02-25',
    MILLION,
    8_192,
  ),
  gemini(
    'gemini-2.0-flash',
    ['gemini-2.0-flash-001', 'gemini-2.0-flash-exp'],
    'Gemini 2.0 Flash',
    '2025-02-05',
    MILLION,
    8_192,
  ),
  gemini(
    'gemini-1.5-flash-8b',
    ['gemini-1.5-flash-8b-001', 'gemini-1.5-flash-8b-latest'],
    'Gemini 1.5 Flash-8B',
    '2024-10-03',
    MILLION,
    8_192,
  ),
  gemini(
    'gemini-1.5-flash',
    ['gemini-1.5-flash-001', 'gemini-1.5-flash-002', 'gemini-1.5-flash-latest'],
    'Gemini 1.5 Flash',
    '2024-05-24',
    MILLION,
    8_192,
  ),
  gemini(
    'gemini-1.5-pro',
    ['gemini-1.5-pro-001', 'gemini-1.5-pro-002', 'gemini-1.5-pro-latest'],
    'Gemini 1.5 Pro',
    '2024-05-24',
    2_097_152,
    8_192,
  ),
];
