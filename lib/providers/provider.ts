/** The contract of a provider: an upstream that speaks one or more wire formats. One folder per upstream, one line in the registry. */
import type { ModelEntry } from '@/lib/domain/model';
import type { Premium } from '@/lib/domain/usage';
import type { Endpoint } from '@/lib/wire/format';

/** Credentials of one AWS account. */
export interface AwsSettings {
  readonly region: string;
  /** `null`: the settings' `apiKey` is a Bedrock API key, sent as a bearer token. */
  readonly keys: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string | null;
  } | null;
}

/** A Google Cloud project and who acts in it. */
export interface VertexSettings {
  readonly project: string;
  readonly location: string;
  readonly serviceAccount: ServiceAccount;
}

/** The part of a service account's JSON key file that signs. */
export interface ServiceAccount {
  readonly clientEmail: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  readonly privateKeyId: string | null;
  readonly tokenUrl: string;
}

/** What the operator set for one provider. The base URL is the operator's alone: no client input ever reaches it. */
export interface ProviderSettings {
  readonly baseUrl: string;
  /** Empty where the provider takes none or signs by other means. */
  readonly apiKey: string;
  readonly aws?: AwsSettings;
  readonly vertex?: VertexSettings;
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
  /** The model's id on this upstream. */
  readonly model: string;
  readonly stream: boolean;
}

/** One HTTP request to an upstream. */
export interface UpstreamRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'HEAD' | 'DELETE';
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
      | 'overloaded'
      /** The operator's credentials were refused before the call itself was sent. */
      | 'credentials',
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

/** Signs a request with AWS Signature Version 4; done by an adapter. The headers come back with the signature in them. */
export type AwsSigner = (
  request: Pick<UpstreamRequest, 'url' | 'method' | 'headers' | 'body'>,
  aws: AwsSettings,
) => Promise<Headers>;

/**
 * An OAuth access token for a service account, kept until shortly before it expires; done by an adapter.
 * @throws UpstreamFault when the token endpoint can't be reached, or `credentials` when it refuses the account
 */
export type GoogleTokens = (account: ServiceAccount, signal: AbortSignal) => Promise<string>;

export interface ProviderTools {
  readonly fetch: UpstreamFetch;
  readonly embed: Embedder;
  readonly signAws: AwsSigner;
  readonly googleToken: GoogleTokens;
  readonly nowMs: () => number;
}

/** A model as one provider serves it. */
export interface ModelMatch {
  /** `null` for an id that is not in the catalogue but plainly the provider's. */
  readonly entry: ModelEntry | null;
  /** The id the upstream wants to see. */
  readonly upstreamModel: string;
}

export interface Provider {
  readonly name: string;
  readonly displayName: string;
  /** Names of the wire formats it speaks natively. */
  readonly formats: readonly string[];
  /** Formats it serves through a compatibility layer of its own, which may leave out what its native format can. */
  readonly compatFormats: readonly string[];
  readonly models: readonly ModelEntry[];
  /** The model an id means here; `null` where it means none. The id comes without a `provider/` prefix. */
  find(model: string): ModelMatch | null;
  /** Whether a model of its own is served in a format it speaks; default: all are, in all of them. */
  serves?(format: string, entry: ModelEntry | null, upstreamModel: string): boolean;
  /** Ways of serving that this provider charges more for, beyond what answers report. */
  premiums?(model: string, settings: ProviderSettings): readonly Premium[];
  /** Its answers say what they cost: that is the bill, whatever the price table says. */
  readonly reportsCost?: true;
  /** The upstream refuses to be asked for usage in streams: what it reports by itself has to do. */
  readonly reportsUsageUnasked?: true;
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
