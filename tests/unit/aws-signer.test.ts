/** Signatures as AWS computes them: for every spelling of a model's id, with and without a session, over the real body. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { signAws } from '@/lib/adapters/aws-signer';
import type { AwsSettings } from '@/lib/providers/provider';
import { encodeUtf8 } from '@/lib/std/bytes';
import { signatureProblem } from '@/tests/support/aws-sigv4';
import type { RecordedRequest } from '@/tests/support/upstream-server';

const BASE = 'https://bedrock-runtime.eu-central-1.amazonaws.com';
const SCOPE = 'aws4_request, SignedHeaders=';

const keys = { accessKeyId: 'AKIATEST0001', secretAccessKey: 'se/cr+et', sessionToken: null };
const aws: AwsSettings = { region: 'eu-central-1', keys };

const PATHS = [
  '/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke',
  '/model/eu.anthropic.claude-sonnet-4-5-20250929-v1:0/invoke',
  '/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Ainference-profile%2Feu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream',
  '/model/arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0/converse',
  "/model/odd!name'(of)*its.own/invoke",
  '/base/path/model/amazon.nova-lite-v1%3A0/converse',
];

/** The request as an upstream would see it. */
function seen(url: string, headers: Headers, body: Uint8Array): RecordedRequest {
  const { pathname, search, searchParams, host } = new URL(url);
  return {
    method: 'POST',
    url: pathname + search,
    path: pathname,
    query: searchParams,
    headers: { ...Object.fromEntries(headers), host },
    body: Buffer.from(body),
    atMs: 0,
    abortedAtMs: null,
    aborted: new Promise(() => undefined),
    json: () => null,
  };
}

async function problemOf(path: string, settings: AwsSettings, changed: Partial<RecordedRequest> = {}) {
  const body = encodeUtf8('{"messages":[{"role":"user","content":[{"text":"Grüße"}]}]}');
  const headers = new Headers({
    'content-type': 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'a  client/1',
    'x-amzn-bedrock-accept': 'application/json',
  });
  const url = BASE + path;
  const signed = await signAws({ url, method: 'POST', headers, body }, settings);
  const { accessKeyId, secretAccessKey, sessionToken } = settings.keys ?? keys;
  const credentials = {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === null ? {} : { sessionToken }),
  };
  return signatureProblem(
    { ...seen(url, signed, body), ...changed },
    { credentials, region: settings.region, service: 'bedrock' },
  );
}

describe('signed requests', () => {
  it.each(PATHS)('hold for %s', async (path) => {
    expect(await problemOf(path, aws)).toBeNull();
    expect(
      await problemOf(path, { ...aws, keys: { ...keys, sessionToken: 'a/session+token==' } }),
    ).toBeNull();
  });

  it('hold for that body, path and secret alone', async () => {
    const [path = ''] = PATHS;
    expect(await problemOf(path, aws, { body: Buffer.from('{}') })).toMatchObject({
      type: 'InvalidSignatureException',
    });
    expect(await problemOf(path, aws, { url: path.replace('invoke', 'converse') })).not.toBeNull();
    const other = { ...aws, keys: { ...keys, secretAccessKey: 'another' } };
    expect(await problemOf(path, other)).toBeNull();
    expect(await problemOf(path, aws)).toBeNull();
  });

  it('keep every header of the request and sign none that a hop may change', async () => {
    const headers = new Headers({
      'content-type': 'application/json',
      'user-agent': 'x',
      'x-amzn-bedrock-accept': '*/*',
    });
    const signed = await signAws({ url: BASE + PATHS[0], method: 'POST', headers, body: null }, aws);
    expect(Object.fromEntries(signed)).toMatchObject(Object.fromEntries(headers));
    const authorization = signed.get('authorization') ?? '';
    expect(authorization).toContain(`${SCOPE}host;x-amz-date;x-amzn-bedrock-accept, `);
  });

  it('are sent as they are where the operator has an API key instead of keys', async () => {
    const headers = new Headers({ authorization: 'Bearer key' });
    const request = { url: BASE, method: 'POST', headers, body: null } as const;
    expect(await signAws(request, { region: 'eu-central-1', keys: null })).toBe(headers);
  });
});

describe('over days', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  it('the key of a day is not used on the next', async () => {
    for (const day of ['2026-11-21T23:59:59Z', '2026-11-22T00:00:01Z']) {
      vi.setSystemTime(new Date(day));
      expect(await problemOf(PATHS[0] ?? '', aws)).toBeNull();
    }
  });
});
