/** How agents and editors are pointed at the gateway. */
import { type Guide, json, lines, MODELS, type Reader, type Snippet } from './snippet';

interface ShellOptions {
  readonly id: string;
  readonly format: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly command: string;
}

/** Variables to export, and the command that reads them. */
function shell({ id, format, variables, command }: ShellOptions): Snippet {
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${value}`);
  return { id, format, place: 'Shell', language: 'sh', text: lines(...exports, command) };
}

function claudeCode({ baseUrl, token }: Reader): Guide {
  const command = 'claude';
  return {
    id: 'claude-code',
    name: 'Claude Code',
    short: `\`ANTHROPIC_BASE_URL=${baseUrl}\` and \`ANTHROPIC_AUTH_TOKEN=${token}\``,
    lead: 'Two variables. The Agent SDK starts its own Claude Code and reads the same ones.',
    snippets: [
      shell({
        id: 'claude-code-env',
        format: 'anthropic-messages',
        variables: { ANTHROPIC_BASE_URL: baseUrl, ANTHROPIC_AUTH_TOKEN: token },
        command,
      }),
      {
        id: 'claude-code-settings',
        format: 'anthropic-messages',
        place: '~/.claude/settings.json, to keep them',
        language: 'json',
        text: json({ env: { ANTHROPIC_BASE_URL: baseUrl, ANTHROPIC_AUTH_TOKEN: token } }),
      },
    ],
    notes: [
      'Sessions and sub-agents are recognised by themselves.',
      'With `CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY=1` its model menu shows the models of your plan.',
    ],
  };
}

function claudeCodeClouds({ baseUrl, token }: Reader): Guide {
  const command = 'claude';
  return {
    id: 'claude-code-clouds',
    name: 'Claude Code in its Bedrock, Vertex and Foundry modes',
    short: null,
    lead: 'The modes keep their own formats; the gateway has the cloud’s credentials, the machine none.',
    snippets: [
      {
        ...shell({
          id: 'claude-code-bedrock',
          format: 'bedrock',
          variables: {
            CLAUDE_CODE_USE_BEDROCK: '1',
            CLAUDE_CODE_SKIP_BEDROCK_AUTH: '1',
            ANTHROPIC_BEDROCK_BASE_URL: `${baseUrl}/bedrock`,
            ANTHROPIC_AUTH_TOKEN: token,
            AWS_REGION: 'us-east-1',
          },
          command,
        }),
        place: 'Shell, Bedrock mode',
      },
      {
        ...shell({
          id: 'claude-code-vertex',
          format: 'vertex-claude',
          variables: {
            CLAUDE_CODE_USE_VERTEX: '1',
            CLAUDE_CODE_SKIP_VERTEX_AUTH: '1',
            ANTHROPIC_VERTEX_BASE_URL: `${baseUrl}/vertex/v1`,
            ANTHROPIC_VERTEX_PROJECT_ID: 'any',
            ANTHROPIC_AUTH_TOKEN: token,
            CLOUD_ML_REGION: 'us-east5',
          },
          command,
        }),
        place: 'Shell, Vertex mode',
      },
      {
        ...shell({
          id: 'claude-code-foundry',
          format: 'anthropic-messages',
          variables: {
            CLAUDE_CODE_USE_FOUNDRY: '1',
            ANTHROPIC_FOUNDRY_BASE_URL: `${baseUrl}/foundry`,
            ANTHROPIC_FOUNDRY_API_KEY: token,
          },
          command,
        }),
        place: 'Shell, Foundry mode',
      },
    ],
    notes: ['Region and project are the operator’s, whatever a client names.'],
  };
}

function codex({ baseUrl, token }: Reader): Guide {
  return {
    id: 'codex',
    name: 'Codex',
    short: `in \`~/.codex/config.toml\` a provider with \`base_url = "${baseUrl}/v1"\` and \`wire_api = "responses"\``,
    lead: 'A provider of your own in its configuration, and the token in a variable.',
    snippets: [
      {
        id: 'codex-config',
        format: 'openai-responses',
        place: '~/.codex/config.toml',
        language: 'toml',
        text: lines(
          `model = "${MODELS.codex}"`,
          'model_provider = "tollgate"',
          '',
          '[model_providers.tollgate]',
          'name = "Tollgate"',
          `base_url = "${baseUrl}/v1"`,
          'env_key = "TOLLGATE_TOKEN"',
          'wire_api = "responses"',
        ),
      },
      shell({
        id: 'codex-env',
        format: 'openai-responses',
        variables: { TOLLGATE_TOKEN: token },
        command: 'codex',
      }),
    ],
    notes: [
      'Its built-in provider works too: `openai_base_url` in the same file and the token in `CODEX_API_KEY`. With `OPENAI_API_KEY` it sends no credential at all. It tries a WebSocket first: a self-hosted gateway declines at once, on Vercel Codex needs some seconds to fall back.',
    ],
  };
}

function geminiCli({ baseUrl, token }: Reader): Guide {
  return {
    id: 'gemini-cli',
    name: 'Gemini CLI',
    short: `\`GOOGLE_GEMINI_BASE_URL=${baseUrl}\` and \`GEMINI_API_KEY=${token}\``,
    lead: 'Two variables, and a setting that it authenticates by key.',
    snippets: [
      shell({
        id: 'gemini-cli-env',
        format: 'gemini',
        variables: { GOOGLE_GEMINI_BASE_URL: baseUrl, GEMINI_API_KEY: token },
        command: 'gemini',
      }),
      {
        id: 'gemini-cli-settings',
        format: 'gemini',
        place: '~/.gemini/settings.json',
        language: 'json',
        text: json({ security: { auth: { selectedType: 'gemini-api-key' } } }),
      },
    ],
    notes: ['It sends no session id: give each agent a token of its own.'],
  };
}

function opencode({ baseUrl, token }: Reader): Guide {
  const at = (path: string) => ({ baseURL: `${baseUrl}${path}`, apiKey: token });
  const provider = {
    anthropic: { options: at('/v1') },
    openai: { options: at('/v1') },
    google: { options: at('/v1beta') },
    tollgate: {
      npm: '@ai-sdk/openai-compatible',
      name: 'Tollgate',
      options: at('/v1'),
      models: { [MODELS.chat]: { name: 'GPT-4o' } },
    },
  };
  return {
    id: 'opencode',
    name: 'opencode',
    short: `in \`opencode.json\` each provider’s \`options\`: \`"baseURL": "${baseUrl}/v1"\` and \`"apiKey": "${token}"\``,
    lead: 'Its own providers with another address, and one for anything OpenAI-compatible.',
    snippets: [
      {
        id: 'opencode-config',
        format: null,
        place: '~/.config/opencode/opencode.json',
        language: 'json',
        text: json({ $schema: 'https://opencode.ai/config.json', provider }),
      },
    ],
    notes: [
      'Every session makes a second, small call for its title: allow a small model in the plan, or name one as `small_model`.',
    ],
  };
}

function editors({ baseUrl, token }: Reader): Guide {
  return {
    id: 'editors',
    name: 'Cursor, Cline, Continue, Zed and other editors',
    short: `base URL \`${baseUrl}/v1\` and API key \`${token}\``,
    lead: 'Whatever has an “OpenAI-compatible” provider or a custom OpenAI base URL takes three fields.',
    snippets: [
      {
        id: 'editors-fields',
        format: 'openai-chat',
        place: 'Settings',
        language: 'text',
        text: lines(`Base URL   ${baseUrl}/v1`, `API key    ${token}`, `Model      ${MODELS.chat}`),
      },
    ],
    notes: [
      'Editors that call from their maker’s servers (Cursor does) need a gateway that can be reached from the internet.',
      'Claude models answer there too where a provider offers them in OpenAI’s format.',
    ],
  };
}

export const agentGuides = (reader: Reader): readonly Guide[] => [
  claudeCode(reader),
  claudeCodeClouds(reader),
  codex(reader),
  geminiCli(reader),
  opencode(reader),
  editors(reader),
];
