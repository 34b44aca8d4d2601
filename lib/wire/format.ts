/** The contract of a wire format: a language that callers and upstreams speak. One folder per format, one line in the registry. */
import type { GatewayError } from '@/lib/domain/errors';
import type { ModelEntry } from '@/lib/domain/model';
import type { HostedTools, Premium, UsagePart } from '@/lib/domain/usage';

/**
 * What the gateway does with an endpoint: `generate` and `embed` are metered, `count` is forwarded free of charge,
 * `stored` reads or ends an answer the provider keeps (forwarded only to who made it), the others are answered here.
 */
export type EndpointKind = 'generate' | 'embed' | 'count' | 'stored' | 'list-models' | 'get-model';

export interface Endpoint {
  /** Stable name kept on the row, e.g. `messages`. */
  readonly name: string;
  readonly kind: EndpointKind;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /**
   * Path below the format's mount. `{name}` captures one decoded segment, `{name+}` one or more joined by `/`;
   * literal text may follow in the same segment: `/v1beta/models/{model+}:generateContent`.
   */
  readonly path: string;
  /** Further full paths that mean the same, e.g. `/api/llm/chat`. A captured `{provider}` pins the upstream. */
  readonly aliases?: readonly string[];
  /** An endpoint that serves embedding models beside others: they have no output to hold. */
  readonly embeds?: true;
}

/** What a body tells about the conversation it belongs to; headers are read by the gateway. */
export interface SessionClues {
  /** The client's own conversation id; `null` where the body names none. */
  readonly id: string | null;
  /** The stable start of the conversation: system prompt and first user message; `null` where there is no conversation. */
  readonly opening: () => string | null;
}

/** What the gateway must know of a call before it can be admitted. Everything else in the body is the caller's and the provider's. */
export interface WireCall {
  readonly model: string;
  /** Further models the body lets the provider call (fallbacks, advisors): policy and holds cover them too. */
  readonly otherModels: readonly string[];
  readonly stream: boolean;
  /** The stream tells its usage as the caller asked for it; `false`: the gateway must ask, and hide the answer. */
  readonly reportsUsage: boolean;
  /** Output tokens the caller asked for; `null` when the body does not say. */
  readonly maxOutputTokens: number | null;
  /** The least output allowance the provider would accept (e.g. above a thinking budget). */
  readonly minOutputTokens: number;
  /** Answers asked for in one call (OpenAI's `n`, Gemini's `candidateCount`): each may use the whole allowance. */
  readonly answers: number;
  /** A likely count of prompt tokens, for the per-minute limit. */
  readonly promptTokensLikely: number;
  /** A count the prompt will hardly exceed, for holds. */
  readonly promptTokensCeiling: number;
  /** Dearest prompt-cache write the body asks for. */
  readonly cacheWrites: 'none' | '5m' | '1h';
  /** Provider-run web searches the body allows. */
  readonly webSearches: number;
  /** Hosted tools with a flat fee the body allows, at most. */
  readonly hostedTools?: HostedTools;
  /** The prompt may hold sound, which some models charge more for. */
  readonly hearsSound?: boolean;
  /** Premiums the body asks for. */
  readonly premiums: readonly Premium[];
  readonly session: SessionClues;
  /** Ids of stored answers the body builds on: they must be the caller's own. */
  readonly refersTo: readonly string[];
  /** The provider is to work on after it answered; the usage comes with a later read of the stored answer. */
  readonly background: boolean;
}

/** Where a call came in: some formats name the model, and so the fields of the body, in the path. */
export interface CallPlace {
  readonly endpoint: Endpoint;
  readonly params: Readonly<Record<string, string>>;
}

/** The named edits: the only changes ever made to a request body. */
export interface BodyEdits {
  readonly model?: string;
  readonly maxOutputTokens?: number;
  /** Ask the upstream to report usage in the stream. */
  readonly reportUsage?: true;
}

/** What a usage reader has learned so far; it may be asked at any time, also in the middle of a stream. */
export interface UsageReading {
  /** Billable shares; empty when no usage was reported. */
  readonly parts: readonly UsagePart[];
  /** The provider's own usage object(s), kept on the row; `null` when none came. */
  readonly raw: unknown;
  /** The format's terminal event was seen, or a whole JSON answer was read. */
  readonly terminal: boolean;
  /** The figures are the provider's last word (not a start-of-stream figure that still grows). */
  readonly final: boolean;
  /** An error event came in the stream. */
  readonly failed: boolean;
  /** The figures were counted by estimate on the way (e.g. an upstream that reports no usage). */
  readonly estimated: boolean;
  /** The text that began is whole, so that usage is all that may be missing; absent where the stream doesn't say. */
  readonly written?: boolean;
  /** Estimated output tokens streamed so far, from the text seen. */
  readonly streamedOutputTokens: number;
  /** Model the provider says it used; `null` when it did not say. */
  readonly model: string | null;
  /** What the answer says it cost, in integer nano-USD; counts only for providers that say so reliably. */
  readonly reportedCostNanoUsd?: number;
  /** Id under which the provider keeps the answer, where it does. */
  readonly answerId?: string;
  /** The provider is still working: the usage comes with a later read of the stored answer. */
  readonly pending?: boolean;
}

/** Observes response bytes; never alters or delays them, never throws on malformed input. */
export interface UsageReader {
  push(chunk: Uint8Array): void;
  read(): UsageReading;
}

/** Takes chosen events out of a stream; every other byte goes on as it came, whole events at once. */
export interface StreamFilter {
  push(chunk: Uint8Array): readonly Uint8Array[];
  /** What was kept back of an event that never ended. */
  end(): Uint8Array;
}

export interface AnswerHead {
  readonly status: number;
  /** In lower case: media types are the same in any (RFC 9110 §8.3.1). */
  readonly contentType: string;
  readonly headers: Headers;
}

export interface RenderedError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The caller's own limits, shown in the format's native rate-limit headers. */
export interface LimitView {
  readonly requests: { limit: number; remaining: number; resetsAtMs: number } | null;
  readonly tokens: { limit: number; remaining: number; resetsAtMs: number } | null;
  /** Highest used share of the monthly caps, 0…1 or more; `null` without a cap. */
  readonly monthUtilization: number | null;
  readonly monthResetsAtMs: number;
  readonly nowMs: number;
}

/** A model as lists show it. */
export interface ListedModel extends ModelEntry {
  /** Name of the provider that would serve it. */
  readonly provider: string;
  /** Served through the provider's own compatibility layer for this format. */
  readonly compat: boolean;
}

export interface WireFormat {
  readonly name: string;
  /** Mounted under `/api/llm/<mount>` and, with `root`, at the root. */
  readonly mount: string;
  readonly root: boolean;
  /** Further paths below which every path, also an unknown one, is this format's, e.g. `/bedrock`. */
  readonly bases?: readonly string[];
  readonly endpoints: readonly Endpoint[];
  /** Its older clients put the key into the query (`?key=`). */
  readonly keyInQuery?: true;
  /** Formats whose models its lists show; default: its own alone. */
  readonly listsModelsOf?: readonly string[];
  /** Whether a request on a path that several formats serve (or none) comes from a client of this one. */
  recognises?(headers: Headers): boolean;
  /**
   * Reads the call from a decoded body.
   * @throws GatewayError `body_invalid` when the body is no JSON object or names no model.
   */
  readCall(input: {
    endpoint: Endpoint;
    params: Readonly<Record<string, string>>;
    body: Uint8Array;
    headers: Headers;
  }): WireCall;
  /** Applies the named edits to the raw bytes; every byte outside an edited value stays. No edits: the same array back. */
  prepare(body: Uint8Array, edits: BodyEdits, call?: CallPlace): Uint8Array;
  /** Whether a request header belongs to this format and may pass upstream (auth, hop-by-hop and cookies are never asked about). */
  passesRequestHeader(name: string): boolean;
  /** Whether an answer is a stream of events: one that must end with its terminal event. */
  isStream(call: WireCall, answer: AnswerHead): boolean;
  usageReader(call: WireCall, answer: AnswerHead): UsageReader;
  /** Takes the usage that only the gateway asked for out of the stream again. */
  hideUsage?(): StreamFilter;
  /** What may be sent into a silent stream between two events; `null` where clients can't bear anything. */
  readonly keepAlive: string | null;
  renderError(error: GatewayError, requestId: string): RenderedError;
  /** The in-band error for a stream that broke after its first byte; `null` where the format, or this form of it, has none. */
  renderStreamError(error: GatewayError, requestId: string, answer?: AnswerHead): Uint8Array | null;
  limitHeaders(limits: LimitView, refusal: GatewayError | null): Readonly<Record<string, string>>;
  /** The model list in the format's shape. @throws GatewayError `body_invalid` on bad paging values. */
  renderModels(models: readonly ListedModel[], query: URLSearchParams): unknown;
  renderModel(model: ListedModel): unknown;
}
