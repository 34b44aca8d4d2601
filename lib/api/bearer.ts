/** Checks an operator's secret sent as `Authorization: Bearer …`. */
import { GatewayError } from '@/lib/domain/errors';
import { sameSecret } from '@/lib/std/same-secret';
import { NotConfigured } from './answer';

/** Hashing an endless header is work we need not do. */
const LONGEST_SECRET = 4_096;

/**
 * @param secret `null` or empty when the operator set none; then nobody gets in
 * @param name environment variable the secret is set in, for the message
 * @throws NotConfigured; GatewayError `unauthenticated`
 */
export function assertBearer(headers: Headers, secret: string | null, name: string): void {
  if (secret === null || secret === '') {
    throw new NotConfigured(`This part of the API is closed: set ${name} on the server to open it.`);
  }
  const given = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1];
  if (given === undefined) {
    throw new GatewayError('unauthenticated', `Send "Authorization: Bearer …" with the server's ${name}.`);
  }
  if (given.length > LONGEST_SECRET || !sameSecret(given, secret)) {
    throw new GatewayError(
      'unauthenticated',
      `The bearer token is not the server's ${name}. Gateway tokens (tg_…) don't open this.`,
    );
  }
}
