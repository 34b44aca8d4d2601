/** Runs one act of @anthropic-ai/sdk in a process of its own; both of its lines are in use. */
import { tmpdir } from 'node:os';
import { pathToFileURL } from 'node:url';
import type { ClientBench } from '@/tests/support/client-bench';
import { clientFile, CLIENT_NODE, runClient } from '@/tests/support/clients';

const PROGRAM = new URL('../clients/programs/anthropic-sdk.mjs', import.meta.url).pathname;

/** What differs between them. */
export const SDKS = [
  {
    line: '1.x',
    entry: '@anthropic-ai/sdk/index.mjs',
    keyHeader: 'authorization',
    version: '2026-10-21',
    betaSearch: '',
    tooLargeClass: 'ContentTooLargeError',
  },
  {
    line: '0.137',
    entry: 'anthropic-sdk-0/index.mjs',
    keyHeader: 'x-api-key',
    version: '2023-06-01',
    betaSearch: '?beta=true',
    tooLargeClass: 'APIError',
  },
] as const;

export type Sdk = (typeof SDKS)[number];

export type SdkAct = 'create' | 'beta' | 'count' | 'retrieve' | 'helper' | 'iterate' | 'leave' | 'models';

export interface SdkError {
  /** Name of the SDK's own class. */
  readonly class: string;
  readonly status?: number;
  readonly type?: string | null;
  readonly message: string;
  readonly requestId?: string | null;
}

export interface SdkOutcome<T> {
  readonly value?: T;
  readonly error?: SdkError;
}

export async function runSdk<T>(
  bench: ClientBench,
  sdk: Sdk,
  act: SdkAct,
  job: {
    readonly token: string;
    readonly params?: unknown;
    readonly options?: Readonly<Record<string, unknown>>;
  },
): Promise<SdkOutcome<T>> {
  const options = { baseURL: bench.gateway.url, apiKey: job.token, ...job.options };
  const entry = pathToFileURL(clientFile(sdk.entry)).href;
  const program = JSON.stringify({ entry, options, act, params: job.params });
  const { stdout } = await runClient(CLIENT_NODE, [PROGRAM, program], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'] ?? '', NODE_USE_ENV_PROXY: '1', ...bench.trap.env },
  });
  return JSON.parse(stdout) as SdkOutcome<T>;
}
