/** Which conversation a call belongs to: the client's own ids where it sends some, else a fingerprint of the conversation's start. */
import { textHash } from '@/lib/std/text-hash';
import type { WireCall } from '@/lib/wire/format';

/** How a session was recognised; kept on it, since a fingerprint is a guess and a header is a word. */
export type SessionSource =
  | 'named'
  | 'claude-code'
  | 'codex'
  | 'openclaw'
  | 'opencode'
  | 'body'
  | 'fingerprint'
  | 'random';

/** A node of the session tree. Keys are the client's word: they mean something only together with the customer. */
export interface SessionRef {
  readonly key: string;
  /** The session that started this one, e.g. the agent of a sub-agent; `null` for a root. */
  readonly parent: string | null;
  readonly source: SessionSource;
}

/** Longest id kept; real ones are UUIDs of 36, or two of them. */
const LONGEST_ID = 200;
const PRINTABLE = /^[\x21-\x7e]+$/;
/** Of long system prompts and first messages this much tells conversations apart; hashing 40 kB a call would cost more than admitting it. */
const OPENING_CHARS = 2_048;

function idFrom(value: string | null): string | null {
  const id = value?.trim() ?? '';
  return id.length <= LONGEST_ID && PRINTABLE.test(id) ? id : null;
}

type Reader = (header: (name: string) => string | null) => Omit<SessionRef, 'source'> | null;

const root = (key: string | null) => (key === null ? null : { key, parent: null });

/** Header names as the clients were seen to send them, the gateway's own first. */
const BY_HEADERS: readonly (readonly [SessionSource, Reader])[] = [
  [
    'named',
    (header) => {
      const key = header('x-tollgate-session');
      return key === null ? null : { key, parent: header('x-tollgate-parent-session') };
    },
  ],
  [
    'claude-code',
    (header) => {
      const session = header('x-claude-code-session-id');
      if (session === null) return null;
      const agent = header('x-claude-code-agent-id');
      if (agent === null) return root(session);
      // Sub-agents share the session's id and name their own parent where it is an agent itself.
      const parent = header('x-claude-code-parent-agent-id');
      return { key: `${session}/${agent}`, parent: parent === null ? session : `${session}/${parent}` };
    },
  ],
  ['openclaw', (header) => root(header('x-clawrouter-session-id'))],
  // With OpenAI's provider it sends Codex's header as well.
  ['opencode', (header) => root(header('x-session-id') ?? header('x-session-affinity'))],
  // The id of a Codex thread is the session's for the first one; a sub-agent is a thread of its own.
  [
    'codex',
    (header) => {
      const session = header('session-id') ?? header('session_id');
      const thread = header('thread-id') ?? session;
      if (thread === null) return null;
      return { key: thread, parent: session === thread ? null : session };
    },
  ],
];

/** OpenClaw writes this line into its system prompt when it calls a custom provider. From a line's start: anywhere else it would be tried too often. */
const OPENCLAW_RUNTIME = /^Runtime: agent=[^|\n]{1,100}\|[^\n]{0,400}?\bsession=([^\s|]{1,200})/m;
/** OpenClaw's prompts, with the files they quote, are shorter: further in the line isn't looked for. */
const RUNTIME_WITHIN_CHARS = 256 * 1024;

/** With the Responses format OpenClaw names a cache besides, by the UUID in its session and a number. */
const OPENCLAW_CACHE_KEY = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}:\d+$/;

/** Finds the session of a call; one without any conversation gets `newId()`. Fingerprints of two tokens never meet. */
export function sessionOf(
  headers: Headers,
  { session }: WireCall,
  tokenId: string | null,
  newId: () => string,
): SessionRef {
  const header = (name: string) => idFrom(headers.get(name));
  for (const [source, read] of BY_HEADERS) {
    const found = read(header);
    if (found !== null) return { ...found, source };
  }
  const named = idFrom(session.id);
  const ofBody = named === null ? null : ({ key: named, parent: null, source: 'body' } as const);
  if (ofBody !== null && !OPENCLAW_CACHE_KEY.test(ofBody.key)) return ofBody;
  const opening = session.opening();
  const runtimeLine = OPENCLAW_RUNTIME.exec(opening?.slice(0, RUNTIME_WITHIN_CHARS) ?? '');
  const runtime = idFrom(runtimeLine?.[1] ?? null);
  if (runtime !== null) return { key: runtime, parent: null, source: 'openclaw' };
  if (ofBody !== null) return ofBody;
  if (opening === null) return { key: newId(), parent: null, source: 'random' };
  const isLong = opening.length > 2 * OPENING_CHARS;
  const ends = isLong ? opening.slice(0, OPENING_CHARS) + opening.slice(-OPENING_CHARS) : opening;
  // 64 bits: within one customer's conversations no two meet by chance.
  const key = `fp_${textHash(`${tokenId ?? ''}:${opening.length}:${ends}`)}`;
  return { key, parent: null, source: 'fingerprint' };
}
