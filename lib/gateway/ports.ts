/** What the gateway needs from the world, as interfaces; `lib/adapters` does them with vendors, tests with fakes. */
import type { Cap } from '@/lib/domain/caps';
import type { MonthState } from '@/lib/domain/month';
import type { MonthlyCaps, Plan } from '@/lib/domain/plan';
import type { PriceBook } from '@/lib/domain/price';
import type { Ending, Grade, TokenUsage } from '@/lib/domain/usage';
import type {
  AwsSigner,
  Embedder,
  GoogleTokens,
  Provider,
  ProviderSettings,
  UpstreamFetch,
} from '@/lib/providers/provider';
import type { SessionRef } from './sessions';
import type { StrangerWatch } from './strangers';

/** Who is calling, as last read from the store. Cached for seconds; `admit` checks `version` again, atomically. */
export interface Identity {
  readonly userId: string;
  readonly tokenId: string | null;
  readonly suspended: boolean;
  readonly revoked: boolean;
  readonly expiresAtMs: number | null;
  readonly agent: string | null;
  readonly campaign: string | null;
  /** Whether `x-tollgate-agent` / `-campaign` may override the token's own. */
  readonly mayAttribute: boolean;
  /** Model ids the token is narrowed to; `null` is all of the plan's. */
  readonly scopeModels: readonly string[] | null;
  /** Wire formats the token is narrowed to; `null` is all. */
  readonly scopeFormats: readonly string[] | null;
  readonly plan: Plan;
  /** The token's own monthly caps, which bind beside the plan's; `null` where it has none, and for JWTs. */
  readonly tokenCaps: MonthlyCaps | null;
  /** Changes whenever the user, the token or the plan changes. */
  readonly version: string;
}

/** A key to an identity: a stored token by its hash, or a verified JWT's claims. */
export type Principal =
  | { readonly kind: 'token'; readonly hash: string }
  | {
      readonly kind: 'jwt';
      readonly userId: string;
      readonly plan: string | null;
      readonly agent: string | null;
      readonly campaign: string | null;
      readonly expiresAtMs: number;
    };

export interface Attribution {
  readonly userId: string;
  readonly tokenId: string | null;
  readonly agent: string | null;
  readonly campaign: string | null;
  /** The conversation it belongs to; `null` for what is no part of one (embeddings). */
  readonly session: SessionRef | null;
  /** The id the client gave this request; its word, for looking calls up. */
  readonly clientRequestId: string | null;
}

/** One call to be admitted: the durable row and its worst case, decided in one atomic statement. */
export interface Admission extends Attribution {
  readonly id: string;
  readonly startedAtMs: number;
  readonly provider: string;
  readonly model: string;
  readonly endpoint: string;
  readonly stream: boolean;
  /** Prompt tokens to hold against the token cap. */
  readonly promptTokens: number;
  readonly promptNanoUsd: number;
  /** Output tokens wanted and the least that is still worth sending. */
  readonly outputTokens: number;
  readonly minOutputTokens: number;
  /** Nano-USD per million output tokens; 0 where unpriced. */
  readonly outputNanoUsdPerMillion: number;
  readonly holdExpiresAtMs: number;
  readonly identity: Identity;
  readonly principal: Principal;
}

export type AdmissionResult =
  | {
      readonly kind: 'admitted';
      /** Output tokens held, at most what was wanted. */
      readonly outputTokens: number;
      /** The month with this hold in it. */
      readonly month: MonthState;
    }
  /** The identity changed since it was read: nothing was held; decide again with this one (`null`: it is gone). */
  | { readonly kind: 'stale'; readonly identity: Identity | null }
  /** The cap that is the reason: one that is used up before one that only running calls stand in the way of. */
  | ({ readonly kind: 'refused'; readonly month: MonthState } & Cap);

/** The one and only settlement of a row. Settling a settled row changes nothing. */
export interface Settlement {
  readonly id: string;
  readonly tokenId: string | null;
  readonly ending: Ending;
  readonly grade: Grade;
  readonly status: number | null;
  readonly usage: TokenUsage;
  /** Tokens committed against the monthly token cap. */
  readonly countedTokens: number;
  readonly costNanoUsd: number | null;
  readonly priceVersion: string | null;
  /** JSON text of the provider's usage. */
  readonly usageRaw: string | null;
  readonly reportedModel: string | null;
  readonly upstreamRequestId: string | null;
  /** Id under which the provider keeps the answer; `null` where it doesn't. */
  readonly answerId: string | null;
  readonly errorCode: string | null;
  readonly attempts: number;
  readonly firstByteMs: number | null;
  readonly durationMs: number;
}

/** A refused call that never held anything, kept for the operator. */
export interface Refusal extends Attribution {
  readonly id: string;
  readonly startedAtMs: number;
  readonly provider: string | null;
  readonly model: string | null;
  readonly endpoint: string;
  readonly stream: boolean;
  readonly status: number;
  readonly errorCode: string;
  readonly durationMs: number;
}

/** An answer that a provider keeps under an id. */
export interface KeptAnswer {
  readonly userId: string;
  readonly provider: string;
  readonly model: string;
  /** Key of the session its call belongs to. */
  readonly session: string | null;
  /** Tokens of its prompt and of itself: what a call that builds on it starts with; `null` when nobody counted them. */
  readonly contextTokens: number | null;
  /** Its call is settled: its usage is known, or given up. */
  readonly settled: boolean;
}

/** @throws any error of the database; the gateway answers 503 and lets nothing through. */
export interface Store {
  /** Reads (or returns cached, at most seconds old) who a principal is; `null` when unknown. */
  findIdentity(principal: Principal): Promise<Identity | null>;
  admit(admission: Admission): Promise<AdmissionResult>;
  settle(settlement: Settlement): Promise<void>;
  /** Keeps a settlement that could not be written, for the next sweep. */
  settleLater(settlement: Settlement): void;
  recordRefusal(refusal: Refusal): Promise<void>;
  /** Keeps who made a stored answer, before its call is settled. */
  keepAnswer(callId: string, answerId: string): Promise<void>;
  /** Who made a stored answer, and where it lies; `null` when unknown. */
  findAnswer(answerId: string): Promise<KeptAnswer | null>;
  /** Month figures for pages and headers. */
  readMonth(identity: Identity, atMs: number): Promise<MonthState>;
  /** The price table with the database's overrides, as of the last read. */
  prices(): PriceBook;
}

/** Limits of one minute; both are per customer. */
export interface MinuteLimits {
  readonly rpm: number;
  readonly tpm: number;
}

export interface MinuteState {
  readonly requests: { readonly limit: number; readonly remaining: number; readonly resetsAtMs: number };
  readonly tokens: { readonly limit: number; readonly remaining: number; readonly resetsAtMs: number };
}

export type LimiterDecision =
  | {
      readonly kind: 'allowed';
      /** Tokens taken from the minute. */ readonly chargedTokens: number;
      readonly state: MinuteState;
    }
  | {
      readonly kind: 'refused';
      readonly by: 'requests' | 'tokens';
      /** Until the same call would be admitted. */ readonly retryAfterMs: number;
      readonly state: MinuteState;
    }
  /** The limiter could not be asked; the call goes through and the outage is logged. */
  | { readonly kind: 'outage'; readonly reason: string };

/**
 * Requests per minute (sliding window) and tokens per minute (token bucket) of one customer.
 * A call larger than a whole minute's tokens is admitted only when the bucket is full.
 */
export interface Limiter {
  take(userId: string, limits: MinuteLimits, tokens: number): Promise<LimiterDecision>;
  /** Settles the estimate to the real count: gives tokens back, or takes more, never below an empty bucket. */
  settle(userId: string, limits: MinuteLimits, chargedTokens: number, realTokens: number): Promise<void>;
  /** Takes back an allowed call that was refused elsewhere, its request and its tokens. */
  release(userId: string, limits: MinuteLimits, chargedTokens: number): Promise<void>;
  peek(userId: string, limits: MinuteLimits): Promise<MinuteState | null>;
  /** For `/status`: rejects when the limiter cannot be reached. */
  ping(): Promise<void>;
}

export interface JwtClaims {
  readonly userId: string;
  readonly plan: string | null;
  readonly agent: string | null;
  readonly campaign: string | null;
  readonly expiresAtMs: number;
}

/** Verifies a caller's JWT locally; `null` when it is not valid. */
export type VerifyJwt = (token: string) => Promise<JwtClaims | null>;

export interface Log {
  /** One structured line; never a secret or a body in `fields`. */
  write(level: 'info' | 'warn' | 'error', event: string, fields: Readonly<Record<string, unknown>>): void;
}

export interface GatewaySettings {
  readonly maxBodyBytes: number;
  readonly upgradeUrl: string | null;
  /** Longest a call may run before its hold expires, ms. */
  readonly holdMs: number;
  readonly corsOrigins: readonly string[];
  /** Provider settings by provider name; a provider without an entry is not configured. */
  readonly providers: Readonly<Record<string, ProviderSettings>>;
  /** Providers the operator defined. */
  readonly customProviders: readonly Provider[];
  /** Silence in a stream after which the format's keep-alive is sent, ms. */
  readonly keepAliveMs: number;
}

export interface Ports {
  readonly settings: GatewaySettings;
  readonly store: Store;
  readonly limiter: Limiter;
  readonly verifyJwt: VerifyJwt | null;
  readonly fetch: UpstreamFetch;
  readonly embed: Embedder;
  readonly signAws: AwsSigner;
  readonly googleToken: GoogleTokens;
  /** A decoder for a content coding (`gzip`, `br`, `deflate`, `zstd`), or `null` where unknown. */
  readonly decoder: (coding: string) => TransformStream<Uint8Array, Uint8Array> | null;
  readonly log: Log;
  readonly strangers: StrangerWatch;
  readonly nowMs: () => number;
}

/** What a mount knows about one request besides the Request itself. */
export interface RequestContext {
  /** Address of the caller as the mount trusts it; `null` where it cannot tell. */
  readonly clientAddress: string | null;
  /** Keeps the host alive until the work is done (`after`/`waitUntil`, or the drain list of the self-hosted server). */
  readonly background: (work: Promise<unknown>) => void;
  /** Calls back when the caller's connection closes before the answer is through; where absent, the Request's signal tells. */
  readonly onLeave?: (left: () => void) => void;
  /** The mount cannot send a `content-encoding`: bodies must leave the gateway decoded. */
  readonly plainOnly?: boolean;
  /** Breaks the caller's connection once everything written is on its way; where absent, erroring the body does it. */
  readonly breakOff?: () => Promise<void>;
}
