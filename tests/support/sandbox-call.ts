/** Asks the sandbox directly, without a gateway around it, at once and with a clock that stands still. */
import type { Provider, ProviderTools, UpstreamResponse } from '@/lib/providers/provider';
import { createSandbox } from '@/lib/providers/sandbox/sandbox';
import type { Endpoint, EndpointKind } from '@/lib/wire/format';

export const SANDBOX_NOW_MS = Date.UTC(2026, 10, 21);

const unreachable = () => Promise.reject(new Error('the sandbox must not reach the network'));

export const NO_TOOLS: ProviderTools = {
  fetch: unreachable,
  embed: unreachable,
  signAws: unreachable,
  googleToken: unreachable,
  nowMs: () => SANDBOX_NOW_MS,
};
export const NO_SETTINGS = { baseUrl: 'http://127.0.0.1:9', apiKey: 'unused' };

const atOnce = createSandbox({ pace: 0 });

export interface SandboxAsk {
  readonly format: string;
  /** The endpoint's path, as its format writes it. */
  readonly path: string;
  /** A string goes as it is. */
  readonly body?: unknown;
  readonly kind?: EndpointKind;
  readonly model?: string;
  readonly search?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly provider?: Provider;
  readonly signal?: AbortSignal;
}

export function askSandbox(ask: SandboxAsk): Promise<UpstreamResponse> {
  const { format, path, body, kind = 'generate', model = 'any', search = '', params = {} } = ask;
  const endpoint: Endpoint = { name: 'asked', kind, method: 'POST', path };
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
  const call = {
    format,
    endpoint,
    params,
    search,
    headers: new Headers(),
    body: new TextEncoder().encode(text),
    model,
    stream: false,
  };
  const signal = ask.signal ?? new AbortController().signal;
  return (ask.provider ?? atOnce).send(call, NO_SETTINGS, signal, NO_TOOLS);
}

export interface SandboxAnswered {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
}

export async function answered(ask: SandboxAsk): Promise<SandboxAnswered> {
  const { status, headers, body } = await askSandbox(ask);
  const bytes = new Uint8Array(await new Response(body).arrayBuffer());
  return { status, headers, bytes, text: new TextDecoder().decode(bytes) };
}

/** A JSON answer, whose status must be 200. */
export async function jsonOf<T>(ask: SandboxAsk): Promise<T> {
  const { status, text } = await answered(ask);
  if (status !== 200) throw new Error(`${status}: ${text}`);
  return JSON.parse(text) as T;
}

export interface SseEvent<T> {
  /** Empty where the stream names none. */
  readonly event: string;
  readonly data: T;
}

/** The events of a stream that ends with a blank line; `[DONE]` stays out. */
export function sseEvents<T>(text: string, lineEnd = '\n'): readonly SseEvent<T>[] {
  const blocks = text.split(lineEnd + lineEnd);
  if (blocks.pop() !== '') throw new Error('the stream ends within an event');
  return blocks
    .map((block) => {
      const lines = block.split(lineEnd);
      const value = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      return { event: value('event') ?? '', data: value('data') ?? '' };
    })
    .filter(({ data }) => data !== '[DONE]')
    .map(({ event, data }) => ({ event, data: JSON.parse(data) as T }));
}
