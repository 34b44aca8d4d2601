/** The CLI's help texts, made from its commands. */
import { dashed, type Command } from './command';
import { columns } from './output';

const CALL = 'npm run tollgate --';

const COMMON: readonly string[][] = [
  ['  --json', 'print the same JSON object as the management API, and nothing else'],
  ['  --help', 'print this'],
];

function synopsis({ name, positionals = [], required = 0, flags = {} }: Command): string {
  const places = positionals.map((field, index) =>
    index < required ? `<${dashed(field)}>` : `[${dashed(field)}]`,
  );
  return [CALL, name, ...places, ...(Object.keys(flags).length > 0 ? ['[flags]'] : [])].join(' ');
}

export function commandHelp(definition: Command): string {
  const flags = Object.entries(definition.flags ?? {}).map(([field, { kind, help, none }]) => {
    const value = kind === 'boolean' ? '[true|false]' : `<${kind}>${none === true ? '|none' : ''}`;
    return [`  --${dashed(field)} ${value}`, help];
  });
  return [
    `${definition.summary}.`,
    '',
    `Usage: ${synopsis(definition)}`,
    '',
    'Flags:',
    columns([...flags, ...COMMON]),
    '',
    'Examples:',
    ...definition.examples.map((example) => `  ${CALL} ${example}`),
  ].join('\n');
}

export function overview(commands: readonly Command[]): string {
  return [
    'Manages users, tokens, plans, calls and prices of Tollgate, directly on its database.',
    '',
    `Usage: ${CALL} <command> [arguments] [--json]`,
    '',
    'Commands:',
    columns(commands.map(({ name, summary }) => [`  ${name}`, summary])),
    '',
    `Ask a command for its flags and examples: ${CALL} users create --help`,
    'The database is TURSO_DATABASE_URL (file:.data/tollgate.db when not set), with TURSO_AUTH_TOKEN.',
    'Exit codes: 0 done, 1 refused or failed, 2 the command line is wrong.',
  ].join('\n');
}
