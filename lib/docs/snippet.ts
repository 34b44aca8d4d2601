/** The parts of the connection guide: chapters of guides of snippets, each snippet a text filled in for its reader. */

/** Whose addresses and credentials the texts name. */
export interface Reader {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly token: string;
  /** Answers are simulated: every model is the sandbox's. */
  readonly sandbox?: boolean;
}

/** Stands for a token in texts that nobody runs as they are. */
export const SOME_TOKEN = 'tg_…';

export type Language = 'sh' | 'env' | 'json' | 'toml' | 'ts' | 'py' | 'text';

export interface Snippet {
  /** Unique; also the anchor on the page. */
  readonly id: string;
  /** Where it goes: a file, a shell, a program. */
  readonly place: string;
  readonly language: Language;
  readonly text: string;
  /** The wire format it speaks; `null` where it speaks none, or several. */
  readonly format: string | null;
}

export interface Guide {
  readonly id: string;
  readonly name: string;
  /** One line for tables: what to set. */
  readonly short: string | null;
  /** In the texts, `code` stands in backticks. */
  readonly lead: string;
  readonly snippets: readonly Snippet[];
  readonly notes: readonly string[];
}

export interface Chapter {
  readonly id: string;
  readonly title: string;
  readonly lead: string;
  readonly guides: readonly Guide[];
}

/** A model per wire format: one that many plans have, and that is in every catalogue. */
export const MODELS = {
  claude: 'claude-sonnet-4-5',
  chat: 'gpt-4o',
  responses: 'gpt-5.1',
  codex: 'gpt-5.1-codex',
  embeddings: 'text-embedding-3-small',
  gemini: 'gemini-2.5-flash',
  embed: 'gemini-embedding-001',
  bedrock: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
} as const;

export const lines = (...parts: readonly string[]): string => parts.join('\n');

/** A line of a snippet may be this long. */
const WIDTH = 80;

const onOneLine = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}: ${onOneLine(inner)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
};

/** JSON as people write it: what fits on a line stays on it. */
export function json(value: unknown, indent = ''): string {
  const line = onOneLine(value);
  const fits = indent.length + line.length <= WIDTH;
  if (typeof value !== 'object' || value === null || (fits && indent !== '')) return line;
  const deeper = `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((inner) => json(inner, deeper))
    : Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}: ${json(inner, deeper)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${items.map((item) => `${deeper}${item}`).join(',\n')}\n${indent}${close}`;
}

/** What every snippet that calls a model asks. */
export const SAY = 'Say hello.';

interface Program {
  readonly id: string;
  readonly format: string;
  readonly place: string;
  readonly text: readonly string[];
}

const program =
  (language: Language) =>
  ({ text, ...rest }: Program): Snippet => ({ ...rest, language, text: lines(...text) });

/** A whole program in TypeScript that is JavaScript too. */
export const ts = program('ts');
export const py = program('py');
