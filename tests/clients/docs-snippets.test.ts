/** What the connection guide says works: its programs run as they stand, and real agents take its configurations as they stand. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MODELS, SOME_TOKEN } from '@/lib/docs/snippet';
import { snippetsOf } from '@/lib/docs/snippets';
import { FORMATS } from '@/lib/wire/registry';
import { clientEnv, withClientHome, type ClientHome } from '@/tests/support/client-home';
import {
  CLIENT_NODE,
  clientFile,
  runClient,
  startTrap,
  type ClientRun,
  type Trap,
} from '@/tests/support/clients';
import { startGateway, type TestGateway } from '@/tests/support/gateway';
import type { Customer } from '@/tests/support/gateway-verbs';
import { exportsOf, runShell, snippet } from '@/tests/support/snippets';

/** Where packages resolve to the installed clients. */
const CLIENTS = path.resolve('.cache/clients');
/** Agents make several calls for one prompt. */
const OPEN_PLAN = {};
const PROMPT = 'say hi';

let gateway: TestGateway;
let trap: Trap;
let folder: string;
beforeAll(async () => {
  [gateway, trap] = await Promise.all([startGateway(), startTrap()]);
  folder = await mkdtemp(path.join(CLIENTS, 'docs-'));
});
afterEach(() => {
  expect(trap.release()).toEqual([]);
});
afterAll(async () => {
  await gateway.stop();
  await trap.stop();
  await rm(folder, { recursive: true, force: true });
});

const side = () => ({ gateway, trap });
const reader = ({ token }: Customer) => ({ baseUrl: gateway.url, token, sandbox: true });

/** Every call of the customer was let through and ended well; gives back the endpoints called. */
async function endpointsOf({ user }: Customer): Promise<string[]> {
  const { body } = await gateway.admin('GET', `/api/admin/requests?user=${user}`);
  const ids = (body['data'] as readonly { readonly id: string }[]).map(({ id }) => id);
  const rows = await Promise.all(ids.map((id) => gateway.settledRow(id)));
  const ends = rows.map(({ ending, status, provider }) => ({ ending, status, provider }));
  expect(ends).toEqual(ends.map(() => ({ ending: 'complete', status: 200, provider: 'sandbox' })));
  return rows.map(({ endpoint }) => String(endpoint));
}

const endpointsIn = (format: string | null): string[] =>
  FORMATS.filter(({ name }) => name === format).flatMap(({ endpoints }) => endpoints.map(({ name }) => name));

describe('each TypeScript program', () => {
  const programs = snippetsOf({ baseUrl: '', token: SOME_TOKEN }).filter(({ language }) => language === 'ts');

  it.each(programs.map(({ id }) => ({ id })))('$id prints an answer', async ({ id }) => {
    const customer = await gateway.customer({ plan: OPEN_PLAN });
    const { text, format } = snippet(id, reader(customer));
    const file = path.join(folder, `${id}.mjs`);
    await writeFile(file, text);
    const run = await runClient(CLIENT_NODE, [file], { cwd: folder, env: clientEnv(side()) });
    expect({ code: run.code, stderr: run.code === 0 ? '' : run.stderr }).toEqual({ code: 0, stderr: '' });
    expect(run.stdout.trim()).not.toBe('');
    const called = await endpointsOf(customer);
    expect(called).toHaveLength(1);
    expect(endpointsIn(format)).toContain(called[0]);
  });
});

/** A configuration with more in it, so that the client stays quiet. */
const merged = (text: string, more: object): unknown => ({ ...(JSON.parse(text) as object), ...more });

/** How each agent is started in a home that holds the guide's files; the guide's exports are its environment. */
interface Agent {
  readonly name: string;
  /** Ids of the snippets with the variables, and of those with a file. */
  readonly shell: string | null;
  readonly format: string;
  readonly files?: (text: (id: string) => string) => Readonly<Record<string, unknown>>;
  readonly command: () => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const claude = (...more: readonly string[]) => [
  clientFile('@anthropic-ai/claude-code/bin/claude.exe'),
  '-p',
  PROMPT,
  '--output-format',
  'json',
  ...more,
];
const CLAUDE_QUIET = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_TELEMETRY: '1',
  DISABLE_ERROR_REPORTING: '1',
  DISABLE_AUTOUPDATER: '1',
};
const OPENCLAW_QUIET = {
  OPENCLAW_NO_AUTO_UPDATE: '1',
  OPENCLAW_DISABLE_BONJOUR: '1',
  OPENCLAW_SKIP_CRON: '1',
  DO_NOT_TRACK: '1',
};
const openclaw = (...more: readonly string[]) => [
  CLIENT_NODE,
  clientFile('openclaw/openclaw.mjs'),
  'agent',
  'exec',
  PROMPT,
  '--json',
  ...more,
];

const AGENTS: readonly Agent[] = [
  {
    name: 'Claude Code',
    shell: 'claude-code-env',
    format: 'anthropic-messages',
    command: () => claude('--model', MODELS.claude),
    env: CLAUDE_QUIET,
  },
  {
    name: 'Claude Code, by its settings',
    shell: null,
    format: 'anthropic-messages',
    files: (text) => ({ '.claude/settings.json': text('claude-code-settings') }),
    command: () => claude('--model', MODELS.claude),
    env: CLAUDE_QUIET,
  },
  {
    name: 'Claude Code, Bedrock mode',
    shell: 'claude-code-bedrock',
    format: 'bedrock',
    command: () => claude('--model', MODELS.bedrock),
    env: CLAUDE_QUIET,
  },
  {
    name: 'Claude Code, Vertex mode',
    shell: 'claude-code-vertex',
    format: 'vertex-claude',
    command: () => claude('--model', MODELS.claude),
    env: CLAUDE_QUIET,
  },
  {
    name: 'Claude Code, Foundry mode',
    shell: 'claude-code-foundry',
    format: 'anthropic-messages',
    command: () => claude('--model', MODELS.claude),
    env: CLAUDE_QUIET,
  },
  {
    name: 'Codex',
    shell: 'codex-env',
    format: 'openai-responses',
    files: (text) => ({
      '.codex/config.toml': [
        'check_for_update_on_startup = false',
        text('codex-config'),
        '[analytics]\nenabled = false\n[features]\nplugins = false\n',
      ].join('\n'),
    }),
    command: () => [
      CLIENT_NODE,
      clientFile('@openai/codex/bin/codex.js'),
      'exec',
      '--json',
      '--skip-git-repo-check',
      PROMPT,
    ],
  },
  {
    name: 'Gemini CLI',
    shell: 'gemini-cli-env',
    format: 'gemini',
    files: (text) => ({
      '.gemini/settings.json': merged(text('gemini-cli-settings'), {
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
        general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
      }),
    }),
    command: () => [
      CLIENT_NODE,
      clientFile('@google/gemini-cli/bundle/gemini.js'),
      '-p',
      PROMPT,
      '-m',
      MODELS.gemini,
      '-o',
      'json',
    ],
    env: { GEMINI_CLI_TRUST_WORKSPACE: 'true' },
  },
  {
    name: 'opencode',
    shell: null,
    format: 'openai-chat',
    files: (text) => ({
      '.config/opencode/opencode.json': merged(text('opencode-config'), {
        autoupdate: false,
        share: 'disabled',
      }),
      // It installs its plugin package unless that looks done.
      '.config/opencode/package-lock.json': {
        packages: { '': { dependencies: { '@opencode-ai/plugin': '*' } } },
      },
      '.config/opencode/node_modules/.keep': '',
    }),
    command: () => [
      clientFile('opencode-ai/bin/opencode.exe'),
      'run',
      '--format',
      'json',
      '--model',
      `tollgate/${MODELS.chat}`,
      PROMPT,
    ],
    env: {
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_SHARE: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    },
  },
  ...(['openclaw-managed', 'fly-config', 'fly-fallback'] as const).map((id): Agent => ({
    name: `OpenClaw, ${id}`,
    shell: 'openclaw-managed-env',
    format: 'anthropic-messages',
    files: (text) => ({ '.openclaw/openclaw.json': text(id) }),
    command: () => openclaw(),
    env: OPENCLAW_QUIET,
  })),
  ...(
    [
      [MODELS.responses, 'openai-responses'],
      [MODELS.gemini, 'gemini'],
    ] as const
  ).map(([model, format]): Agent => ({
    name: `OpenClaw, openclaw-managed by ${format}`,
    shell: 'openclaw-managed-env',
    format,
    files: (text) => ({ '.openclaw/openclaw.json': text('openclaw-managed') }),
    command: () => openclaw('--model', `clawrouter/sandbox/${model}`),
    env: OPENCLAW_QUIET,
  })),
  ...(
    [
      ['tollgate-anthropic', MODELS.claude, 'anthropic-messages'],
      ['tollgate-chat', MODELS.chat, 'openai-chat'],
      ['tollgate-responses', MODELS.responses, 'openai-responses'],
      ['tollgate-google', MODELS.gemini, 'gemini'],
    ] as const
  ).map(([provider, model, format]): Agent => ({
    name: `OpenClaw, ${provider}`,
    shell: 'openclaw-custom-env',
    format,
    files: (text) => ({ '.openclaw/openclaw.json': text('openclaw-custom') }),
    command: () => openclaw('--model', `${provider}/${model}`),
    env: OPENCLAW_QUIET,
  })),
];

/** Runs an agent as the guide says, in a home that holds nothing else. */
function start(agent: Agent, customer: Customer): Promise<ClientRun> {
  const text = (id: string) => snippet(id, reader(customer)).text;
  return withClientHome(side(), async (home: ClientHome) => {
    for (const [place, content] of Object.entries(agent.files?.(text) ?? {}))
      await home.write(place, content);
    const exported = agent.shell === null ? {} : exportsOf(snippet(agent.shell, reader(customer)));
    const [command = '', ...args] = agent.command();
    return runClient(command, args, { cwd: home.work, env: { ...home.env, ...agent.env, ...exported } });
  });
}

describe('each agent, configured by the guide alone', () => {
  it.each(AGENTS)('$name answers a prompt', async (agent) => {
    const customer = await gateway.customer({ plan: OPEN_PLAN, token: { may_attribute: true } });
    const run = await start(agent, customer);
    expect({ code: run.code, told: run.code === 0 ? '' : run.stderr + run.stdout }).toEqual({
      code: 0,
      told: '',
    });
    const called = await endpointsOf(customer);
    expect(called.length).toBeGreaterThan(0);
    for (const endpoint of called) expect(endpointsIn(agent.format)).toContain(endpoint);
  });
});

it('OpenClaw’s own lines of the guide list the plan’s models and show its budget', async () => {
  const customer = await gateway.customer({ plan: { monthly_cost_cents: 5_000, models: [MODELS.claude] } });
  const text = (id: string) => snippet(id, reader(customer)).text;
  const run = await withClientHome(side(), async (home) => {
    await home.write('.openclaw/openclaw.json', text('openclaw-managed'));
    const asTyped = `openclaw() { "${CLIENT_NODE}" "${clientFile('openclaw/openclaw.mjs')}" "$@"; }`;
    return runShell(`${asTyped}\n${text('openclaw-managed-env')}`, { ...home.env, ...OPENCLAW_QUIET });
  });
  expect({ code: run.code, told: run.code === 0 ? '' : run.stderr }).toEqual({ code: 0, told: '' });
  expect(run.stdout).toContain(`clawrouter/sandbox/${MODELS.claude}`);
  expect(run.stdout).toContain('Budget: $0.00 / $50.00');
});
