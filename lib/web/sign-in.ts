/** Signing in to the pages: by gateway token, by the operator's token, by a one-time link, or at an OIDC issuer. */
import type { Database } from '@/db/client';
import { linkStatement, signInTokenStatement } from '@/db/queries/sign-in';
import { textOf } from '@/db/queries/row';
import { withBusyRetry } from '@/db/retry';
import { sameHash } from '@/lib/std/same-secret';
import { sha256Hex } from '@/lib/std/sha256';
import type { Limiter, Log } from '@/lib/gateway/ports';
import type { StrangerWatch } from '@/lib/gateway/strangers';
import type { OidcSettings } from './oidc-settings';
import { cookieName, type CookieToSet, cookieToClear, readCookie } from './cookies';
import type { OidcSignIn } from './oidc';
import { oidcHashOf } from './oidc-settings';
import { createSessionKey } from './session-key';
import { takeTry } from './sign-in-limits';
import type { Viewer } from './viewer';
import { type NewSession, type OpenSession, WebSessions } from './web-sessions';

export interface WebAuthPorts {
  readonly database: Database;
  readonly limiter: Pick<Limiter, 'take' | 'settle'>;
  readonly strangers: Pick<StrangerWatch, 'note'>;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly adminToken: string | null;
  /** TOLLGATE_SESSION_SECRET; `null`: a key kept in the database. */
  readonly sessionSecret: string | null;
  /** `null`: nobody signs in at an issuer. */
  readonly oidc: OidcSettings | null;
}

/** Where a sign-in comes from. */
export interface Visit {
  readonly clientAddress: string | null;
  /** The address the browser reached us at, which decides what its cookie is called. */
  readonly origin: string;
}

export type SignInResult =
  | { readonly kind: 'signed-in'; readonly viewer: Viewer; readonly cookie: CookieToSet }
  /** Whatever was wrong, nobody is told: neither the reader nor who guesses. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'limited'; readonly retryAfterMs: number };

const REFUSED = { kind: 'refused' } as const;

/** Longer than any secret of ours, and not worth hashing. */
const LONGEST_SECRET = 4_096;
/** A person's pace: files of thousands of rows are read by the process that calls stream through. */
const DOWNLOADS = { rpm: 20, tpm: 1 };
/** What operators who share the token are called. */
const ADMIN_SUBJECT = 'Admin token';

export class WebAuth {
  readonly #sessions: WebSessions;
  readonly #adminTokenHash: string | null;
  readonly #key;
  #oidc: Promise<OidcSignIn> | null = null;

  constructor(private readonly ports: WebAuthPorts) {
    const { database, nowMs, random, sessionSecret, oidc, adminToken } = ports;
    this.#key = createSessionKey({ database, nowMs, random, secret: sessionSecret });
    this.#adminTokenHash = adminToken === null ? null : sha256Hex(adminToken);
    this.#sessions = new WebSessions({
      database,
      nowMs,
      key: this.#key,
      adminTokenHash: this.#adminTokenHash,
      oidcHash: oidc === null ? null : oidcHashOf(oidc),
    });
  }

  /** Whether the sign-in page offers an issuer. */
  get offersOidc(): boolean {
    return this.ports.oidc !== null;
  }

  /** Who a session cookie, or a whole `Cookie` header, names; `null` when nobody is signed in. @throws any error of the database */
  async viewerOf(cookieHeaderOrValue: string | null | undefined): Promise<Viewer | null> {
    return cookieHeaderOrValue === null || cookieHeaderOrValue === undefined
      ? null
      : this.#sessions.viewerOf(cookieHeaderOrValue);
  }

  /** By a gateway token, or by the operator's admin token. */
  signInWithToken(secret: string, visit: Visit): Promise<SignInResult> {
    return this.#attempt(visit, async () => {
      const session = await this.#sessionOfToken(secret.trim());
      return session === null ? null : this.#sessions.open(session, visit.origin);
    });
  }

  /** By a one-time link, which is used up by it. */
  signInWithLink(secret: string, visit: Visit): Promise<SignInResult> {
    return this.#attempt(visit, async () =>
      secret.length > LONGEST_SECRET ? null : this.#sessions.openByLink(sha256Hex(secret), visit.origin),
    );
  }

  /** Whom a link would sign in; looking doesn't use it, since mail scanners look too. */
  async lookAtLink(
    secret: string,
  ): Promise<{ readonly userId: string; readonly name: string | null } | null> {
    if (secret === '' || secret.length > LONGEST_SECRET) return null;
    const statement = linkStatement(sha256Hex(secret), this.ports.nowMs());
    const [row] = (await withBusyRetry(() => this.ports.database.client.execute(statement))).rows;
    if (row === undefined) return null;
    return { userId: textOf(row['id']), name: typeof row['name'] === 'string' ? row['name'] : null };
  }

  /** Where to send a browser to sign in at the issuer, and the cookie it needs on its way back. @throws when the issuer can't be reached */
  async beginOidc(origin: string, next: string | null): Promise<{ url: URL; cookie: CookieToSet }> {
    return (await this.#oidcSignIn()).begin(origin, next);
  }

  /** When the browser is back from the issuer: `search` is what the issuer put behind `?`. */
  async finishOidc(
    search: string,
    cookieHeader: string | null,
    visit: Visit,
  ): Promise<{ result: SignInResult; next: string | null; clear: CookieToSet }> {
    const clear = cookieToClear('oidc', visit.origin);
    if (this.ports.oidc === null) return { result: REFUSED, next: null, clear };
    const oidc = await this.#oidcSignIn();
    let next: string | null = null;
    const finish = () => oidc.finish(search, cookieHeader, visit.origin);
    // A picture on any site makes its readers ask for this, without the cookie: those are no tries of theirs.
    if (readCookie(cookieHeader, cookieName('oidc', visit.origin)) === null) {
      await finish();
      return { result: REFUSED, next, clear };
    }
    const result = await this.#attempt(visit, async () => {
      const finished = await finish();
      if (finished === null) return null;
      next = finished.next;
      return this.#sessions.open(finished.session, visit.origin);
    });
    return { result, next, clear };
  }

  /** Ends this session; the cookie to set takes it out of the browser. */
  async signOut(viewer: Viewer, origin: string): Promise<CookieToSet> {
    await this.#sessions.end(viewer);
    return cookieToClear('session', origin);
  }

  /** Ends every session of this customer or operator; one that may only look ends those of its own token. */
  async signOutEverywhere(viewer: Viewer, origin: string): Promise<CookieToSet> {
    await this.#sessions.endAll(viewer);
    this.ports.log.write('info', 'signed_out_everywhere', { kind: viewer.kind, session: viewer.sessionId });
    return cookieToClear('session', origin);
  }

  /** Takes one download; how long to wait where there were many. An outage of the limiter stops nobody. */
  async takeDownload(viewer: Viewer): Promise<{ readonly retryAfterMs: number } | null> {
    const who = viewer.kind === 'customer' ? viewer.userId : viewer.sessionId;
    const taken = await this.ports.limiter.take(`download/${who}`, DOWNLOADS, 0);
    return taken.kind === 'refused' ? { retryAfterMs: taken.retryAfterMs } : null;
  }

  listWebSessions(viewer: Viewer): Promise<OpenSession[]> {
    return this.#sessions.list(viewer);
  }

  async #attempt(
    { clientAddress }: Visit,
    open: () => Promise<{ viewer: Viewer; cookie: CookieToSet } | null>,
  ): Promise<SignInResult> {
    const { limiter, strangers, log } = this.ports;
    const tried = await takeTry(limiter, clientAddress);
    if (tried.kind === 'limited') return tried;
    const opened = await open();
    if (opened === null) {
      await strangers.note(clientAddress);
      return REFUSED;
    }
    await tried.succeeded();
    const { kind, method, sessionId } = opened.viewer;
    log.write('info', 'signed_in', { kind, method, session: sessionId, clientAddress });
    return { kind: 'signed-in', ...opened };
  }

  /** Both are always looked at, so that the time taken tells nothing. */
  async #sessionOfToken(secret: string): Promise<NewSession | null> {
    const hash = sha256Hex(secret.slice(0, LONGEST_SECRET));
    const statement = signInTokenStatement(hash, this.ports.nowMs());
    const { rows } = await withBusyRetry(() => this.ports.database.client.execute(statement));
    const isAdmin = this.#adminTokenHash !== null && sameHash(hash, this.#adminTokenHash);
    if (secret.length > LONGEST_SECRET) return null;
    if (isAdmin)
      return {
        kind: 'operator',
        userId: null,
        subject: ADMIN_SUBJECT,
        method: 'admin-token',
        credential: hash,
        mayChange: true,
        credentialEndsAtMs: null,
      };
    const [row] = rows;
    if (row === undefined) return null;
    return {
      kind: 'customer',
      userId: textOf(row['user_id']),
      subject: textOf(row['name']),
      method: 'token',
      credential: textOf(row['id']),
      mayChange: row['wide'] === 1,
      credentialEndsAtMs: typeof row['expires_at'] === 'number' ? row['expires_at'] : null,
    };
  }

  /** The client of the issuer is loaded only where one is configured. */
  #oidcSignIn(): Promise<OidcSignIn> {
    const { database, oidc, nowMs, log } = this.ports;
    if (oidc === null) return Promise.reject(new Error('No OIDC issuer is configured.'));
    const key = this.#key;
    this.#oidc ??= import('./oidc').then(
      ({ OidcSignIn: Flow }) => new Flow({ database, key, nowMs, log, settings: oidc }),
    );
    return this.#oidc;
  }
}
