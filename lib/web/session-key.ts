/** Signs and reads the JWTs in cookies, with a key that all instances share. */
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { Database } from '@/db/client';
import { keptSettingStatements, settingFromRow } from '@/db/queries/settings';
import { withBusyRetry } from '@/db/retry';
import { toBase64 } from '@/lib/std/base64';

const SETTING = 'session_key';
/** As many as HS256 digests. */
const KEY_BYTES = 32;
const ALGORITHM = 'HS256';

export interface SessionKeyPorts {
  readonly database: Database;
  readonly nowMs: () => number;
  readonly random: (bytes: number) => Uint8Array;
  /** TOLLGATE_SESSION_SECRET; `null`: a random key kept in the database. */
  readonly secret: string | null;
}

export interface SessionKey {
  sign(audience: string, claims: JWTPayload, expiresAtMs: number): Promise<string>;
  /** The claims of a JWT of ours that has not expired, else `null`. @throws any error of the database */
  read(audience: string, jwt: string): Promise<JWTPayload | null>;
}

export function createSessionKey({ database, nowMs, random, secret }: SessionKeyPorts): SessionKey {
  let known: Promise<Uint8Array> | null = null;

  async function readOrMake(): Promise<Uint8Array> {
    if (secret !== null) return new TextEncoder().encode(secret);
    const statements = keptSettingStatements(SETTING, toBase64(random(KEY_BYTES)), nowMs());
    const results = await withBusyRetry(() => database.client.batch(statements, 'write'));
    const kept = settingFromRow(results.at(-1)?.rows[0]);
    if (kept === null) throw new Error('The key of the session cookies could not be kept.');
    return new TextEncoder().encode(kept);
  }

  const key = (): Promise<Uint8Array> => {
    known ??= readOrMake().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };

  return {
    async sign(audience, claims, expiresAtMs) {
      return new SignJWT(claims)
        .setProtectedHeader({ alg: ALGORITHM })
        .setAudience(audience)
        .setIssuedAt(Math.floor(nowMs() / 1000))
        .setExpirationTime(Math.floor(expiresAtMs / 1000))
        .sign(await key());
    },
    async read(audience, jwt) {
      try {
        const options = {
          audience,
          algorithms: [ALGORITHM],
          requiredClaims: ['exp', 'iat'],
          currentDate: new Date(nowMs()),
        };
        return (await jwtVerify(jwt, await key(), options)).payload;
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}
