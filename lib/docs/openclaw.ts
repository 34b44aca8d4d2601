/** How OpenClaw is pointed at the gateway: by its plugin for managed gateways, by providers of its own, and on Fly machines. */
import { type Guide, json, lines, MODELS, type Reader } from './snippet';

const KEY_VARIABLE = 'CLAWROUTER_API_KEY';

/** The plugin's name for a model: by the provider that serves it. */
const primaryFor = ({ sandbox }: Reader) =>
  `clawrouter/${sandbox === true ? 'sandbox' : 'anthropic'}/${MODELS.claude}`;

function managedConfig(baseUrl: string, model: unknown): unknown {
  const apiKey = { source: 'env', provider: 'default', id: KEY_VARIABLE };
  return {
    plugins: { entries: { clawrouter: { enabled: true } } },
    models: {
      providers: {
        clawrouter: { baseUrl, apiKey, headers: { 'X-ClawRouter-Project-Id': 'my-project' } },
      },
    },
    agents: { defaults: { model } },
  };
}

export function openclawManaged(reader: Reader): Guide {
  const { baseUrl, token } = reader;
  return {
    id: 'openclaw',
    name: 'OpenClaw',
    short: `\`models.providers.clawrouter.baseUrl\` = \`${baseUrl}\`, and \`${KEY_VARIABLE}=${token}\``,
    lead: 'OpenClaw bundles a plugin for managed gateways, `clawrouter`. It finds the models of your plan by itself, with their prices, shows the month’s budget, and tells each call’s session and agent.',
    snippets: [
      {
        id: 'openclaw-managed',
        format: 'anthropic-messages',
        place: '~/.openclaw/openclaw.json',
        language: 'json',
        text: json(managedConfig(baseUrl, { primary: primaryFor(reader) })),
      },
      {
        id: 'openclaw-managed-env',
        format: 'anthropic-messages',
        place: 'Shell',
        language: 'sh',
        text: lines(
          `export ${KEY_VARIABLE}=${token}`,
          'openclaw models list --all --provider clawrouter --refresh',
          'openclaw status --usage',
        ),
      },
    ],
    notes: [
      'Models are called `clawrouter/<provider>/<model>`, as the list shows them.',
      'With `may_attribute` on the token, calls are booked to OpenClaw’s agent and to the project id as campaign; without it to what the token says.',
    ],
  };
}

interface Custom {
  readonly api: string;
  readonly path: string;
  readonly id: string;
  readonly name: string;
  readonly reasoning: boolean;
  readonly input: readonly string[];
  readonly contextWindow: number;
  readonly maxTokens: number;
}

const CUSTOM: Readonly<Record<string, Custom>> = {
  'tollgate-anthropic': {
    api: 'anthropic-messages',
    path: '',
    id: MODELS.claude,
    name: 'Claude by Tollgate',
    reasoning: false,
    input: ['text', 'image'],
    contextWindow: 200_000,
    maxTokens: 32_000,
  },
  'tollgate-chat': {
    api: 'openai-completions',
    path: '/v1',
    id: MODELS.chat,
    name: 'GPT by Tollgate',
    reasoning: false,
    input: ['text', 'image'],
    contextWindow: 128_000,
    maxTokens: 16_000,
  },
  'tollgate-responses': {
    api: 'openai-responses',
    path: '/v1',
    id: MODELS.responses,
    name: 'GPT (Responses) by Tollgate',
    reasoning: true,
    input: ['text', 'image'],
    contextWindow: 400_000,
    maxTokens: 32_000,
  },
  'tollgate-google': {
    api: 'google-generative-ai',
    path: '/v1beta',
    id: MODELS.gemini,
    name: 'Gemini by Tollgate',
    reasoning: true,
    input: ['text', 'image'],
    contextWindow: 1_000_000,
    maxTokens: 32_000,
  },
};

function customConfig(baseUrl: string): unknown {
  const providers = Object.entries(CUSTOM).map(([provider, { api, path, ...model }]) => {
    // The token stays out of the file: OpenClaw fills it in from its environment.
    const place = { baseUrl: `${baseUrl}${path}`, apiKey: '${TOLLGATE_TOKEN}', api };
    const compat = api === 'openai-responses' ? { compat: { supportsPromptCacheKey: true } } : {};
    return [provider, { ...place, models: [{ ...model, ...compat }] }] as const;
  });
  return {
    models: { mode: 'merge', providers: Object.fromEntries(providers) },
    agents: { defaults: { model: { primary: `tollgate-anthropic/${MODELS.claude}` } } },
  };
}

export function openclawCustom({ baseUrl, token }: Reader): Guide {
  return {
    id: 'openclaw-providers',
    name: 'OpenClaw, by providers of your own',
    short: null,
    lead: 'Where the plugin is not wanted: a provider per wire format. Keep the ones you need, and list your models.',
    snippets: [
      {
        id: 'openclaw-custom',
        format: null,
        place: '~/.openclaw/openclaw.json',
        language: 'json',
        text: json(customConfig(baseUrl)),
      },
      {
        id: 'openclaw-custom-env',
        format: null,
        place: 'Shell',
        language: 'sh',
        text: lines(`export TOLLGATE_TOKEN=${token}`, 'openclaw agent exec "say hi"'),
      },
    ],
    notes: [
      'A provider of your own sends no session header: sessions are then recognised by what OpenClaw writes into its prompt. One token per agent keeps them apart for certain.',
    ],
  };
}

/** What one customer's machine is called in the lines below. */
const CUSTOMER = 'acme';
const APP = `openclaw-${CUSTOMER}`;

/** An admin call: its secret comes from the operator's environment. */
function adminCall(url: string, body: unknown, pipe = ''): string {
  return lines(
    `curl -fsS ${url} \\`,
    '  -H "Authorization: Bearer $TOLLGATE_ADMIN_TOKEN" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '${JSON.stringify(body)}'${pipe}`,
  );
}

export function flyMachines(reader: Reader): readonly Guide[] {
  const { baseUrl, token } = reader;
  const primary = primaryFor(reader);
  const takeToken = ` \\\n  | sed -n 's/.*"token":"\\(tg_[^"]*\\)".*/\\1/p'`;
  const tokenCall = adminCall(
    `${baseUrl}/api/admin/tokens`,
    { user: CUSTOMER, name: APP, agent: 'openclaw', may_attribute: true },
    takeToken,
  );
  return [
    {
      id: 'fly-environment',
      name: 'The machine’s environment, before and after',
      short: null,
      lead: 'No provider key is left on the machine: one gateway token takes the place of all of them, and is worth what the customer’s plan allows.',
      snippets: [
        {
          id: 'fly-before',
          format: null,
          place: 'Secrets before',
          language: 'env',
          text: lines('ANTHROPIC_API_KEY=sk-ant-…', 'OPENAI_API_KEY=sk-…', 'GEMINI_API_KEY=AIza…'),
        },
        {
          id: 'fly-after',
          format: null,
          place: 'Secrets after',
          language: 'env',
          text: `${KEY_VARIABLE}=${token}`,
        },
      ],
      notes: ['Fly’s secrets belong to an app and are seen by all its machines: one app per customer.'],
    },
    {
      id: 'fly-provision',
      name: 'Provision a machine by the management API',
      short: null,
      lead: 'From wherever you hold the admin token; the token’s secret is shown this once and goes straight into the app’s secrets.',
      snippets: [
        {
          id: 'fly-provision-script',
          format: null,
          place: 'Shell, with TOLLGATE_ADMIN_TOKEN set',
          language: 'sh',
          text: lines(
            '# 1. The customer, on a plan',
            adminCall(`${baseUrl}/api/admin/users`, { id: CUSTOMER, plan: 'starter' }),
            '',
            '# 2. A token for this machine',
            `TOKEN=$(${tokenCall})`,
            '',
            '# 3. Into the app’s secrets; the machine restarts with it',
            `fly secrets set ${KEY_VARIABLE}="$TOKEN" --app ${APP}`,
          ),
        },
        {
          id: 'fly-config',
          format: 'anthropic-messages',
          place: '/data/openclaw.json on the machine',
          language: 'json',
          text: json(managedConfig(baseUrl, { primary })),
        },
      ],
      notes: [
        'To take a machine’s access away: `POST /api/admin/tokens/{id}/revoke`. It holds from the next call on.',
        'To replace a token without an interruption: `POST /api/admin/tokens/{id}/rotate` with `{"overlap_seconds": 3600}`.',
      ],
    },
    {
      id: 'fly-migrate',
      name: 'Move a customer over, with the old key as a fallback',
      short: null,
      lead: 'One customer at a time. While the old key is still there, OpenClaw falls back to it when the gateway can’t answer; then it goes.',
      snippets: [
        {
          id: 'fly-fallback',
          format: 'anthropic-messages',
          place: '/data/openclaw.json while you watch',
          language: 'json',
          text: json(managedConfig(baseUrl, { primary, fallbacks: [`anthropic/${MODELS.claude}`] })),
        },
        {
          id: 'fly-watch',
          format: null,
          place: 'Shell: the customer’s calls, newest first',
          language: 'sh',
          text: lines(
            `curl -fsS "${baseUrl}/api/admin/requests?user=${CUSTOMER}&limit=20" \\`,
            '  -H "Authorization: Bearer $TOLLGATE_ADMIN_TOKEN"',
          ),
        },
        {
          id: 'fly-finish',
          format: null,
          place: 'Shell: done',
          language: 'sh',
          text: `fly secrets unset ANTHROPIC_API_KEY OPENAI_API_KEY GEMINI_API_KEY --app ${APP}`,
        },
      ],
      notes: [
        'Provision first: the token lies beside the old keys and changes nothing yet. Then the configuration above makes the gateway the primary.',
        'While the fallback is there, a customer whose month is used up goes on with the old key: keep that time short. Afterwards take `fallbacks` out of the configuration and unset the keys.',
        'Back at any moment before: make `anthropic/…` the primary again.',
      ],
    },
  ];
}
