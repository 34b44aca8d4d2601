/** The operator's command line: the account verbs, directly on the database. `npm run tollgate -- --help` */
import { failureReason } from '@/db/queries/failure';
import { loadDotenv } from './dotenv';
import { AUDIT_COMMANDS } from './cli/audit';
import { CALL_COMMANDS } from './cli/calls';
import { SESSION_COMMANDS } from './cli/sessions';
import { readArguments, UsageError, type Command } from './cli/command';
import { MIGRATE, openAccount } from './cli/database';
import { commandHelp, overview } from './cli/help';
import { OPERATOR_COMMANDS } from './cli/operator';
import { PLAN_COMMANDS } from './cli/plans';
import { PRICE_COMMANDS } from './cli/prices';
import { TOKEN_COMMANDS } from './cli/tokens';
import { USER_COMMANDS } from './cli/users';

const COMMANDS: readonly Command[] = [
  ...USER_COMMANDS,
  ...TOKEN_COMMANDS,
  ...PLAN_COMMANDS,
  ...CALL_COMMANDS,
  ...SESSION_COMMANDS,
  ...PRICE_COMMANDS,
  ...AUDIT_COMMANDS,
  ...OPERATOR_COMMANDS,
  MIGRATE,
];

const EXIT_REFUSED = 1;
const EXIT_USAGE = 2;

/** The command with the most words that the arguments start with: `usage by user` before `usage`. */
function findCommand(args: readonly string[]): { definition: Command; rest: readonly string[] } | null {
  let best: { definition: Command; rest: readonly string[]; words: number } | null = null;
  for (const definition of COMMANDS) {
    const words = definition.name.split(' ');
    const starts = words.every((word, index) => args[index] === word);
    if (starts && words.length > (best?.words ?? 0))
      best = { definition, rest: args.slice(words.length), words: words.length };
  }
  return best;
}

async function run(args: readonly string[]): Promise<string> {
  const found = findCommand(args);
  if (found === null) {
    const group = COMMANDS.filter(({ name }) => name.split(' ')[0] === args[0]);
    const asked = args.includes('--help') || args.includes('-h') || args[0] === 'help';
    const text = overview(group.length > 0 ? group : COMMANDS);
    if (asked) return text;
    throw new UsageError(args.length === 0 ? text : `there is no command "${args.join(' ')}"\n\n${text}`);
  }
  const { definition, rest } = found;
  const { input, json, help } = readArguments(definition, rest);
  if (help) return commandHelp(definition);
  const { account, close } = await openAccount();
  try {
    const result = await definition.run(account, input);
    return json ? JSON.stringify(result, null, 2) : definition.show(result as never);
  } finally {
    close();
  }
}

try {
  loadDotenv();
  process.stdout.write(`${await run(process.argv.slice(2))}\n`);
} catch (error) {
  process.stderr.write(`tollgate: ${failureReason(error)}\n`);
  process.exitCode = error instanceof UsageError ? EXIT_USAGE : EXIT_REFUSED;
}
