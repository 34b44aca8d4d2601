/** Sessions of browsers: opened with a fresh id, checked on every page, listed and ended. */
import {
  endLinksStatement,
  endSessionsStatement,
  endSessionStatement,
  forgetSessionsStatements,
  liveSessionsStatement,
  liveSessionStatement,
  type NewWebSession,
  openSessionStatement,
  type SessionOwner,
  touchSessionStatement,
  useLinkStatements,
  webSessionFromRow,
  type WebSessionRow,
} from '@/db/queries/web-sessions';
import type { Database } from '@/db/client';
import { withBusyRetry } from '@/db/retry';
import { newId } from '@/lib/std/ids';
import { type CookieToSet, cookieToSet, sessionCookieIn } from './cookies';
import type { SessionKey } from './session-key';
import type { Viewer } from './viewer';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A browser is somebody's own: a month without typing a token again. */
const CUSTOMER_LIFE_MS = 30 * DAY_MS;
/** One that nobody opened for a week is likely not theirs any more. */
const IDLE_MS = 7 * DAY_MS;
/** A working day: operators see every customer, and an issuer has to be asked again who still belongs to the house. */
const SHORT_LIFE_MS = 12 * 60 * MINUTE_MS;
/** "Last seen" is for people; a write for each page would be a waste. */
const SEEN_EVERY_MS = MINUTE_MS;
/** Ended sessions and links stay for looking into what happened. */
const KEPT_AFTER_END_MS = 30 * DAY_MS;
/** Sessions shown at once; more than that is somebody's script. */
const SESSIONS_SHOWN = 100;
const AUDIENCE = 'tollgate-pages';

export interface WebSessionPorts {
  readonly database: Database;
  readonly key: SessionKey;
  readonly nowMs: () => number;
  /** Hashes of what operators have configured now; sessions opened with anything else are over. */
  readonly adminTokenHash: string | null;
  readonly oidcHash: string | null;
}

/** Who signed in, and with what. */
export interface NewSession extends Pick<
  NewWebSession,
  'kind' | 'userId' | 'subject' | 'method' | 'credential' | 'mayChange'
> {
  /** When the credential itself ends; `null`: never. */
  readonly credentialEndsAtMs: number | null;
}

export interface OpenedSession {
  readonly viewer: Viewer;
  readonly cookie: CookieToSet;
}

export interface OpenSession {
  readonly id: string;
  readonly method: WebSessionRow['method'];
  readonly subject: string;
  readonly startedAtMs: number;
  readonly lastSeenAtMs: number;
  readonly expiresAtMs: number;
  /** The one that asks. */
  readonly current: boolean;
}

function viewerFromRow(row: WebSessionRow): Viewer | null {
  const { id: sessionId, subject, method, userId } = row;
  if (row.kind === 'operator') {
    if (method !== 'admin-token' && method !== 'oidc') return null;
    return { kind: 'operator', subject, method, mayChange: true, sessionId };
  }
  if (userId === null || method === 'admin-token') return null;
  return { kind: 'customer', userId, subject, method, mayChange: row.mayChange, sessionId };
}

const ownerOf = (viewer: Viewer): SessionOwner =>
  viewer.kind === 'customer'
    ? { kind: 'customer', userId: viewer.userId }
    : { kind: 'operator', subject: viewer.subject };

export class WebSessions {
  constructor(private readonly ports: WebSessionPorts) {}

  /** Opens a session and the cookie that carries it, for `origin`. */
  async open(session: NewSession, origin: string): Promise<OpenedSession> {
    const nowMs = this.ports.nowMs();
    const { credentialEndsAtMs, ...rest } = session;
    const isShort = session.kind === 'operator' || session.method === 'oidc';
    const lifeMs = isShort ? SHORT_LIFE_MS : CUSTOMER_LIFE_MS;
    const expiresAtMs = Math.min(nowMs + lifeMs, credentialEndsAtMs ?? Infinity);
    const row: NewWebSession = { ...rest, id: newId('web_', nowMs), nowMs, expiresAtMs };
    await this.#write([...forgetSessionsStatements(nowMs - KEPT_AFTER_END_MS), openSessionStatement(row)]);
    return this.#opened({ ...row, createdAtMs: nowMs, lastSeenAtMs: nowMs }, origin);
  }

  /** Opens the session of a link, once; `null` when it is used, over or unknown. */
  async openByLink(hash: string, origin: string): Promise<OpenedSession | null> {
    const nowMs = this.ports.nowMs();
    const expiresAtMs = nowMs + CUSTOMER_LIFE_MS;
    const use = { sessionId: newId('web_', nowMs), hash, nowMs, expiresAtMs };
    const [inserted] = await this.#write([
      ...useLinkStatements(use),
      ...forgetSessionsStatements(nowMs - KEPT_AFTER_END_MS),
    ]);
    const row = inserted?.rows[0];
    return row === undefined ? null : this.#opened(webSessionFromRow(row), origin);
  }

  /** Who a cookie names, while the session and the credential behind it hold. @throws any error of the database */
  async viewerOf(cookieHeaderOrValue: string): Promise<Viewer | null> {
    const jwt = sessionCookieIn(cookieHeaderOrValue);
    if (jwt === null) return null;
    const claims = await this.ports.key.read(AUDIENCE, jwt);
    const id = claims?.['sid'];
    if (typeof id !== 'string') return null;
    const nowMs = this.ports.nowMs();
    const result = await withBusyRetry(() =>
      this.ports.database.client.execute(liveSessionStatement(id, this.#check(nowMs))),
    );
    const [found] = result.rows;
    if (found === undefined) return null;
    const row = webSessionFromRow(found);
    if (row.kind !== claims?.['kind']) return null;
    if (nowMs - row.lastSeenAtMs >= SEEN_EVERY_MS) await this.#write([touchSessionStatement(id, nowMs)]);
    return viewerFromRow(row);
  }

  async end(viewer: Viewer): Promise<void> {
    await this.#write([endSessionStatement(viewer.sessionId, this.ports.nowMs())]);
  }

  /** Ends all of the viewer's sessions; one that may only look ends those that were opened with its own token. */
  async endAll(viewer: Viewer): Promise<void> {
    const same = viewer.mayChange ? null : viewer.sessionId;
    const nowMs = this.ports.nowMs();
    const links =
      viewer.kind === 'customer' && viewer.mayChange ? [endLinksStatement(viewer.userId, nowMs)] : [];
    await this.#write([endSessionsStatement(ownerOf(viewer), same, nowMs), ...links]);
  }

  /** The viewer's open sessions, latest seen first. */
  async list(viewer: Viewer): Promise<OpenSession[]> {
    const check = this.#check(this.ports.nowMs());
    const statement = liveSessionsStatement(ownerOf(viewer), check, SESSIONS_SHOWN);
    const { rows } = await withBusyRetry(() => this.ports.database.client.execute(statement));
    return rows.map(webSessionFromRow).map((row) => ({
      id: row.id,
      method: row.method,
      subject: row.subject,
      startedAtMs: row.createdAtMs,
      lastSeenAtMs: row.lastSeenAtMs,
      expiresAtMs: row.expiresAtMs,
      current: row.id === viewer.sessionId,
    }));
  }

  #check(nowMs: number) {
    const { adminTokenHash, oidcHash } = this.ports;
    return { nowMs, idleSinceMs: nowMs - IDLE_MS, adminTokenHash, oidcHash };
  }

  #write(statements: ReturnType<typeof endSessionStatement>[]) {
    return withBusyRetry(() => this.ports.database.client.batch(statements, 'write'));
  }

  async #opened(row: WebSessionRow, origin: string): Promise<OpenedSession> {
    const viewer = viewerFromRow(row);
    if (viewer === null) throw new Error('A session was opened that nobody can look through.');
    const { id, kind, expiresAtMs } = row;
    const jwt = await this.ports.key.sign(AUDIENCE, { sid: id, kind }, expiresAtMs);
    const lifeS = (expiresAtMs - this.ports.nowMs()) / 1000;
    return { viewer, cookie: cookieToSet('session', origin, jwt, lifeS) };
  }
}
