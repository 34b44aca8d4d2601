/** Verifies AWS Signature Version 4 in the Authorization header, computed anew from AWS's description of it. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { RecordedRequest } from '@/tests/support/upstream-server';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Temporary credentials carry it in `x-amz-security-token`. */
  readonly sessionToken?: string;
}

export interface SignatureRules {
  readonly credentials: AwsCredentials;
  readonly region: string;
  readonly service: string;
}

export interface SignatureProblem {
  readonly type: string;
  readonly message: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SKEW_MS = 5 * 60_000;
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

/** Why the signature doesn't hold; `null` where it does. */
export function signatureProblem(request: RecordedRequest, rules: SignatureRules): SignatureProblem | null {
  const { credentials, region, service } = rules;
  const { headers } = request;
  const fields = authorizationFields(headers['authorization'] ?? '');
  const [accessKeyId, date, ...scope] = (fields['Credential'] ?? '').split('/');
  const signed = (fields['SignedHeaders'] ?? '').split(';');
  const signature = fields['Signature'];
  if (signature === undefined || scope.length !== 3) {
    return incomplete(
      "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.",
    );
  }
  if (
    accessKeyId !== credentials.accessKeyId ||
    headers['x-amz-security-token'] !== credentials.sessionToken
  ) {
    const message = 'The security token included in the request is invalid.';
    return { type: 'UnrecognizedClientException', message };
  }
  const stamp = headers['x-amz-date'] ?? '';
  const atMs = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(atMs))
    return incomplete("Authorization header requires existence of 'X-Amz-Date' header.");
  if (Math.abs(Date.now() - atMs) > SKEW_MS)
    return mismatch(`Signature expired: ${stamp} is too far from now`);
  if (date !== stamp.slice(0, 8) || scope.join('/') !== `${region}/${service}/aws4_request`) {
    return mismatch(`Credential should be scoped to a valid region and correct service: '${service}'.`);
  }
  const mustSign = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))];
  const unsigned = mustSign.filter((name) => !signed.includes(name));
  if (unsigned.length > 0) return mismatch(`'${unsigned.join("', '")}' must be a 'SignedHeader'.`);
  const payloadHash = sha256(request.body);
  if ((headers['x-amz-content-sha256'] ?? payloadHash) !== payloadHash) return mismatch(MISMATCH);
  const canonical = canonicalRequest(request, signed, payloadHash);
  const toSign = [ALGORITHM, stamp, [date, ...scope].join('/'), sha256(canonical)].join('\n');
  let key: string | Buffer = `AWS4${credentials.secretAccessKey}`;
  for (const part of [date, ...scope]) key = hmac(key, part);
  return sameText(hmac(key, toSign).toString('hex'), signature) ? null : mismatch(MISMATCH);
}

function canonicalRequest(request: RecordedRequest, signed: readonly string[], payloadHash: string): string {
  const [rawPath = '/', rawQuery = ''] = request.url.split('?', 2);
  const lines = signed.map(
    (name) => `${name}:${(request.headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}\n`,
  );
  return [
    request.method,
    canonicalPath(rawPath),
    canonicalQuery(rawQuery),
    lines.join(''),
    signed.join(';'),
    payloadHash,
  ].join('\n');
}

/**
 * Every service but S3 encodes the path twice: what comes on the wire is encoded already, so once more here,
 * `%3A` becoming `%253A` and a raw `:` becoming `%3A`. Dot segments and doubled slashes go before that.
 */
function canonicalPath(rawPath: string): string {
  const kept: string[] = [];
  for (const segment of rawPath.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(encode(segment));
  }
  return `/${kept.join('/')}${rawPath.length > 1 && rawPath.endsWith('/') ? '/' : ''}`;
}

function canonicalQuery(rawQuery: string): string {
  if (rawQuery === '') return '';
  return rawQuery
    .split('&')
    .map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s, 2);
      return [encode(decodeURIComponent(name)), encode(decodeURIComponent(value))] as const;
    })
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** Percent-encodes all but RFC 3986's unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function authorizationFields(header: string): Readonly<Record<string, string>> {
  if (!header.startsWith(`${ALGORITHM} `)) return {};
  const pairs = header.slice(ALGORITHM.length + 1).split(',');
  return Object.fromEntries(pairs.map((pair) => pair.trim().split(/=(.*)/s, 2) as [string, string]));
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function incomplete(message: string): SignatureProblem {
  return { type: 'IncompleteSignatureException', message };
}

function mismatch(message: string): SignatureProblem {
  return { type: 'InvalidSignatureException', message };
}
