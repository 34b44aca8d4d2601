/** Runs one act of an SDK in a process of its own, by the small programs in tests/clients/programs. */
import { tmpdir } from 'node:os';
import { pathToFileURL } from 'node:url';
import { clientEnv, type ClientSide } from '@/tests/support/client-home';
import { clientFile, CLIENT_NODE, runClient, type ClientRun } from '@/tests/support/clients';

interface CommonJob {
  readonly token: string;
  readonly model: string;
  readonly prompt?: string;
  /** Path of the base URL under the gateway, in place of the program's usual one. */
  readonly base?: string;
  /** Fields of the request body (in the SDK's own spelling) over the usual ones. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Fields of the client's constructor over the usual ones, e.g. `{ maxRetries: 0 }`. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

type GeminiAct = 'generate' | 'stream' | 'count' | 'embed';
type MessagesAct = 'messages' | 'messages-stream';

/** What each program can do besides the common things. */
export interface ProgramJobs {
  readonly 'openai-sdk': {
    /** The newest, or the last that runs on Node 20. */
    readonly line?: 'openai' | 'openai-4';
    readonly act:
      | `${'chat' | 'responses'}${'' | '-stream' | '-helper'}`
      | 'embeddings'
      | 'models'
      | 'retrieve';
  };
  readonly 'openai-stored': {
    readonly act: 'life' | 'background' | 'cancel' | 'foreign';
    /** The answer that `foreign` tries to get at. */
    readonly id?: string;
  };
  readonly 'google-genai': {
    readonly line?: '@google/genai' | 'google-genai-1';
    readonly act: GeminiAct | 'models' | 'retrieve';
  };
  readonly 'generative-ai': { readonly act: GeminiAct | 'embed-batch' };
  readonly bedrock: {
    /** AWS's SDK, or (the last two) Anthropic's. */
    readonly act: `${'converse' | 'invoke'}${'' | '-stream'}` | MessagesAct;
    /** Default: bearer. With SigV4 the token is access key id and secret. */
    readonly auth?: 'bearer' | 'sigv4';
  };
  readonly vertex: { readonly act: MessagesAct | 'count' };
  readonly 'ai-sdk': {
    readonly provider:
      | 'anthropic'
      | 'openai'
      | 'openai-chat'
      | 'google'
      | 'openai-compatible'
      | 'amazon-bedrock';
    readonly act: 'generate' | 'stream' | 'embed';
  };
  readonly langchain: {
    readonly provider: 'anthropic' | 'openai' | 'openai-responses' | 'google';
    readonly act: 'invoke' | 'stream' | 'embed';
  };
  readonly 'pi-ai': {
    readonly api: 'anthropic-messages' | 'openai-completions' | 'openai-responses' | 'google-generative-ai';
    readonly act: 'complete' | 'stream';
  };
}

const PROGRAMS: Readonly<Record<keyof ProgramJobs, URL>> = {
  'openai-sdk': new URL('../clients/programs/openai-sdk.mjs', import.meta.url),
  'openai-stored': new URL('../clients/programs/openai-stored.mjs', import.meta.url),
  'google-genai': new URL('../clients/programs/google-genai.mjs', import.meta.url),
  'generative-ai': new URL('../clients/programs/generative-ai.mjs', import.meta.url),
  bedrock: new URL('../clients/programs/bedrock.mjs', import.meta.url),
  vertex: new URL('../clients/programs/vertex.mjs', import.meta.url),
  'ai-sdk': new URL('../clients/programs/ai-sdk.mjs', import.meta.url),
  langchain: new URL('../clients/programs/langchain.mjs', import.meta.url),
  'pi-ai': new URL('../clients/programs/pi-ai.mjs', import.meta.url),
};

export interface ProgramError {
  /** Name of the SDK's own class. */
  readonly class: string;
  readonly name: string;
  readonly status?: number;
  readonly code?: string | number | null;
  readonly type?: string | null;
  readonly message: string;
  readonly requestId?: string | null;
  readonly cause?: ProgramError;
}

/** What every answer has; each SDK spells usage and stop reasons in its own way. */
export interface ProgramValue {
  readonly text?: string;
  readonly stop?: string;
  readonly usage?: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
  readonly events?: readonly string[];
  readonly vectors?: readonly (readonly number[])[];
  readonly ids?: readonly string[];
}

export interface ProgramOutcome<T = ProgramValue> {
  readonly value?: T;
  readonly error?: ProgramError;
  /** The text that had come when it failed. */
  readonly partial?: string;
  /** Without the start of Node and the SDK. */
  readonly elapsedMs: number;
  /** Requests the SDK made, retries included. */
  readonly requests: number;
  readonly run: ClientRun;
}

/** @throws when the program prints no outcome */
export async function runProgram<P extends keyof ProgramJobs, T = ProgramValue>(
  side: ClientSide,
  name: P,
  job: CommonJob & ProgramJobs[P],
): Promise<ProgramOutcome<T>> {
  const { env = {}, ...rest } = job;
  const packages = pathToFileURL(clientFile('../package.json')).href;
  const told = JSON.stringify({ url: side.gateway.url, packages, ...rest });
  // The flag lets import.meta.resolve start from where the clients are installed.
  const args = ['--experimental-import-meta-resolve', PROGRAMS[name].pathname, told];
  const run = await runClient(CLIENT_NODE, args, { cwd: tmpdir(), env: { ...clientEnv(side), ...env } });
  const last = run.stdout.trimEnd().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) throw new Error(`${name} printed no outcome: ${run.stderr}`);
  return { ...(JSON.parse(last) as Omit<ProgramOutcome<T>, 'run'>), run };
}
