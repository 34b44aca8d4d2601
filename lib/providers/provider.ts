/** The contract of a provider: an upstream that speaks one or more wire formats. One folder per upstream, one line in the registry. */
import type { ModelEntry } from '@/lib/domain/model';
import type { Endpoint } from '@/lib/wire/format';

/** What the operator set for one provider. The base URL is the operator's alone: no client input ever reaches it. */
export interface ProviderSettings {
  readonly baseUrl: string;
  readonly apiKey: string;
}

export interface UpstreamCall {
  readonly format: string;
  readonly endpoint: Endpoint;
  readonly params: Readonly<Record<string, string>>;
  /** Query string of the caller with its `?`, or empty. */
  readonly search: string;
  /** Request headers that passed the format's list. */
  readonly headers: Headers;
  /** Prepared body bytes; `null` for GET. */
  readonly body: Uint8Array | null;
  readonly model: string;
}

/** One HTTP request to an upstream. */
export interface UpstreamRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'HEAD';
  readonly headers: Headers;
  readonly body: Uint8Array | null;
  readonly signal: AbortSignal;
}

export interface UpstreamResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
}

/** Why no (whole) answer came. `reached`: the request may have been processed upstream. */
export class UpstreamFault extends Error {
  constructor(
    readonly kind:
      | 'refused'
      | 'dns'
      | 'tls'
      | 'connect-timeout'
      | 'headers-timeout'
      | 'idle-timeout'
      | 'reset'
      | 'overloaded',
    message: string,
    readonly reached: boolean,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'UpstreamFault';
  }
}

/** @throws UpstreamFault when no answer came; the body stream errors with an UpstreamFault when it breaks off. */
export type UpstreamFetch = (request: UpstreamRequest) => Promise<UpstreamResponse>;

/** Counts and embeds through the vendor's SDK; done by an adapter because the core knows no SDK. */
export type Embedder = (
  settings: ProviderSettings,
  call: { model: string; contents: readonly string[]; signal: AbortSignal },
) => Promise<UpstreamResponse>;

export interface ProviderTools {
  readonly fetch: UpstreamFetch;
  readonly embed: Embedder;
  readonly nowMs: () => number;
}

export interface Provider {
  readonly name: string;
  readonly displayName: string;
  /** Names of the wire formats it speaks natively. */
  readonly formats: readonly string[];
  readonly models: readonly ModelEntry[];
  /** Whether an id that is not in the catalogue is plainly this provider's (e.g. `claude-…`). */
  claims(model: string): boolean;
  /** What to do when the caller leaves mid-stream: `abort` stops the bill, `drain` reads on because the whole answer is billed anyway. */
  readonly onCallerLeave: 'abort' | 'drain';
  /** Response header that carries the provider's own request id. */
  readonly requestIdHeader: string;
  /** Response headers that tell about the operator's account and never reach a caller (lower case; a trailing `-` is a prefix). */
  readonly privateResponseHeaders: readonly string[];
  /** Sends the call with the operator's key. */
  send(
    call: UpstreamCall,
    settings: ProviderSettings,
    signal: AbortSignal,
    tools: ProviderTools,
  ): Promise<UpstreamResponse>;
  /** A cheap request whose any HTTP answer shows that the provider is reachable. */
  probe(settings: ProviderSettings, signal: AbortSignal, tools: ProviderTools): Promise<UpstreamResponse>;
}
