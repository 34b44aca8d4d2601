/** What a dialect of the sandbox answers, before it is put on the wire: how long it takes is up to the sender. */
import { encodeUtf8 } from '@/lib/std/bytes';
import { hashOf, randomFrom, randomId, type Random } from './seed';

/** What a dialect is asked; everything is unchecked caller input. */
export interface Asked {
  readonly body: Uint8Array;
  readonly model: string;
  readonly params: Readonly<Record<string, string>>;
  /** The caller's query with its `?`, or empty. */
  readonly search: string;
  readonly nowMs: number;
}

export type Answerer = (asked: Asked) => SandboxAnswer;

/** One API: what it answers on which path, and how it says no to everything else. */
export interface Dialect {
  /** By the end of an endpoint's path; of several that fit the longest counts. */
  readonly endpoints: Readonly<Record<string, Answerer>>;
  readonly elsewhere: Answerer;
}

export interface SandboxAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A whole answer is sent at once when its time is up, a streamed one part by part. */
  readonly streamed: boolean;
  readonly parts: readonly AnswerPart[];
}

export interface AnswerPart {
  readonly bytes: Uint8Array;
  /** Tokens that have to be generated before this part is there. */
  readonly tokens: number;
}

/** The header every answer bears, beside what its dialect calls it. */
export const REQUEST_ID_HEADER = 'request-id';
const ID_CHARS = 16;

/** Numbers and ids that depend on nothing but the request's bytes. */
export function idsFor({ body }: Asked): { readonly random: Random; readonly requestId: string } {
  const random = randomFrom(hashOf(body));
  return { random, requestId: `req_sandbox${randomId(random, ID_CHARS)}` };
}

/** An id that shows where it comes from, e.g. `msg_sandboxA1b2…`. */
export function sandboxId(prefix: string, random: Random): string {
  return `${prefix}sandbox${randomId(random, ID_CHARS)}`;
}

export interface AnswerFacts {
  readonly status?: number;
  readonly requestId: string;
  /** Over the ordinary ones. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Tokens generated; none for what is only counted, embedded or refused. */
  readonly tokens?: number;
}

/** A whole JSON answer. */
export function jsonAnswer(value: unknown, facts: AnswerFacts): SandboxAnswer {
  const { status = 200, requestId, headers, tokens = 0 } = facts;
  return {
    status,
    headers: { 'content-type': 'application/json', [REQUEST_ID_HEADER]: requestId, ...headers },
    streamed: false,
    parts: [{ bytes: encodeUtf8(JSON.stringify(value)), tokens }],
  };
}

/** A stream of server-sent events, unless the headers name another kind. */
export function streamAnswer(parts: readonly AnswerPart[], facts: AnswerFacts): SandboxAnswer {
  const { status = 200, requestId, headers } = facts;
  return {
    status,
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      [REQUEST_ID_HEADER]: requestId,
      ...headers,
    },
    streamed: true,
    parts,
  };
}

/** A part of text. */
export function part(text: string, tokens = 0): AnswerPart {
  return { bytes: encodeUtf8(text), tokens };
}

/** A named event with JSON in it. */
export function namedEvent(name: string, data: unknown, tokens = 0): AnswerPart {
  return part(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`, tokens);
}

/** An event without a name. */
export function dataEvent(data: unknown, tokens = 0): AnswerPart {
  return part(`data: ${JSON.stringify(data)}\n\n`, tokens);
}
