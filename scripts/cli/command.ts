/** What a command of the CLI is, and how its arguments become the input of an account verb. */
import { parseArgs } from 'node:util';
import type { AccountContext } from '@/lib/account/context';

/** `list`: separated by commas. `json`: a JSON value. */
type FlagKind = 'text' | 'integer' | 'boolean' | 'list' | 'json';

export interface Flag {
  readonly kind: FlagKind;
  readonly help: string;
  /** `none` stands for null. */
  readonly none?: true;
}

export interface Command {
  /** E.g. `users create`. */
  readonly name: string;
  readonly summary: string;
  /** Input fields that may stand without their flag, in order. The first `required` of them must be given. */
  readonly positionals?: readonly string[];
  readonly required?: number;
  /** By input field; on the command line with dashes for underscores. */
  readonly flags?: Readonly<Record<string, Flag>>;
  readonly examples: readonly string[];
  /** The very object the management API answers with. */
  readonly run: (account: AccountContext, input: Record<string, unknown>) => Promise<unknown>;
  /** The same for people. */
  readonly show: (result: never) => string;
}

/** Keeps the result of `run` and the argument of `show` of one type. */
export function command<T>(
  definition: Omit<Command, 'run' | 'show'> & {
    run: (account: AccountContext, input: Record<string, unknown>) => Promise<T>;
    show: (result: T) => string;
  },
): Command {
  return definition;
}

export const PAGE_FLAGS = {
  limit: { kind: 'integer', help: 'rows at most, 1 to 200 (50)' },
  cursor: { kind: 'text', help: 'next_cursor of the page before' },
} as const satisfies Record<string, Flag>;

/** The command line itself is wrong, as opposed to what it asks for. */
export class UsageError extends Error {}

export const dashed = (field: string): string => field.replaceAll('_', '-');

/** How each kind is read; `undefined` where the text does not fit. */
const KINDS: Readonly<Record<FlagKind, { wants: string; read: (text: string) => unknown }>> = {
  text: { wants: 'text', read: (text) => text },
  integer: { wants: 'a whole number', read: (text) => (/^-?\d+$/.test(text) ? Number(text) : undefined) },
  boolean: {
    wants: 'true or false',
    read: (text) => (text === 'true' || text === 'false' ? text === 'true' : undefined),
  },
  list: { wants: 'a list', read: (text) => text.split(',').map((item) => item.trim()) },
  json: { wants: 'JSON', read: readJson },
};

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readValue(field: string, { kind, none }: Flag, text: string): unknown {
  if (none === true && text === 'none') return null;
  const { wants, read } = KINDS[kind];
  const value = read(text);
  if (value !== undefined) return value;
  throw new UsageError(`--${dashed(field)} takes ${wants}${none === true ? ' or none' : ''}, not "${text}"`);
}

/** `--flag` alone means true; parseArgs knows no optional values. */
function spellOutBooleans(args: readonly string[], flags: Readonly<Record<string, Flag>>): string[] {
  const bare = new Set(
    Object.keys(flags).flatMap((field) => (flags[field]?.kind === 'boolean' ? [`--${dashed(field)}`] : [])),
  );
  return args.flatMap((arg, index) => {
    const next = args[index + 1];
    return bare.has(arg) && next !== 'true' && next !== 'false' ? [`${arg}=true`] : [arg];
  });
}

export interface Invocation {
  readonly input: Record<string, unknown>;
  readonly json: boolean;
  readonly help: boolean;
}

/** @throws UsageError */
export function readArguments(definition: Command, args: readonly string[]): Invocation {
  const fields = definition.positionals ?? [];
  const asFlags = Object.fromEntries(
    fields.map((field): [string, Flag] => [field, { kind: 'text', help: '' }]),
  );
  const flags: Readonly<Record<string, Flag>> = { ...asFlags, ...definition.flags };
  const options = Object.fromEntries(
    Object.keys(flags).map((field) => [dashed(field), { type: 'string' as const }]),
  );
  const { values, positionals } = parse(spellOutBooleans(args, flags), options);
  if (values['help'] === true) return { input: {}, json: false, help: true };
  if (positionals.length > fields.length)
    throw new UsageError(`unexpected argument "${positionals[fields.length] ?? ''}"`);
  const input: Record<string, unknown> = {};
  for (const [field, flag] of Object.entries(flags)) {
    const position = fields.indexOf(field);
    const text = values[dashed(field)] ?? (position === -1 ? undefined : positionals[position]);
    if (typeof text === 'string') input[field] = readValue(field, flag, text);
  }
  const missing = fields.slice(0, definition.required ?? 0).find((field) => input[field] === undefined);
  if (missing !== undefined) throw new UsageError(`<${dashed(missing)}> is missing`);
  return { input, json: values['json'] === true, help: false };
}

function parse(args: string[], options: Record<string, { type: 'string' }>) {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { ...options, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    return { values: values as Readonly<Record<string, string | boolean | undefined>>, positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
