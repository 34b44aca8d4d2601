/** The fake Vertex and Bedrock answer as documented; signatures and frames agree with what AWS's own SDK makes. */
import { SignJWT, importPKCS8 } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { signatureProblem } from '@/tests/support/aws-sigv4';
import {
  BEDROCK_CREDENTIALS,
  BEDROCK_KEY,
  BEDROCK_REGION,
  startBedrockUpstream,
} from '@/tests/support/bedrock-upstream';
import { exceptionFrame } from '@/tests/support/event-stream-frames';
import { callJson, eventsOf, jsonOf, pick, picked, textAt } from '@/tests/support/fetched-json';
import { testServiceAccount, type ServiceAccount } from '@/tests/support/google-token';
import type { RecordedRequest, Upstream } from '@/tests/support/upstream-server';
import { VERTEX_TOKEN, startVertexUpstream } from '@/tests/support/vertex-upstream';

const running: Upstream[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(running.splice(0).map((upstream) => upstream.stop()));
});

async function kept<T extends Upstream>(started: Promise<T>): Promise<T> {
  const upstream = await started;
  running.push(upstream);
  return upstream;
}

const CLAUDE_BODY = { max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] };

describe('Vertex', () => {
  const PUBLISHERS = '/v1/projects/p/locations/us-east5/publishers';
  const GEMINI = `${PUBLISHERS}/google/models/gemini-2.5-flash`;
  const CLAUDE = `${PUBLISHERS}/anthropic/models/claude-sonnet-4-5@20250929`;
  const VERSION = { anthropic_version: 'vertex-2023-10-16' };
  const CONTENTS = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };

  interface Claims {
    readonly scope?: string;
    readonly audience?: string;
    readonly seconds?: number;
  }

  async function exchange(account: ServiceAccount, claims: Claims = {}): Promise<Response> {
    const { scope = 'https://www.googleapis.com/auth/cloud-platform', seconds = 3600 } = claims;
    const now = Math.floor(Date.now() / 1000);
    const assertion = await new SignJWT({ scope })
      .setProtectedHeader({ alg: 'RS256', kid: account.private_key_id })
      .setIssuer(account.client_email)
      .setAudience(claims.audience ?? account.token_uri)
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(await importPKCS8(account.private_key, 'RS256'));
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    return fetch(account.token_uri, { method: 'POST', body: new URLSearchParams({ grant_type, assertion }) });
  }

  it('exchanges a signed assertion for a token that holds until it is revoked', async () => {
    const upstream = await kept(startVertexUpstream());
    const reply = await jsonOf(exchange(testServiceAccount(upstream.tokenUrl)));
    expect(reply).toMatchObject({ expires_in: 3599, token_type: 'Bearer' });
    const token = String(pick(reply, 'access_token'));
    const url = `${upstream.url}${GEMINI}:generateContent`;
    expect((await callJson(url, token, CONTENTS)).status).toBe(200);
    upstream.revokeTokens();
    expect((await callJson(url, token, CONTENTS)).status).toBe(401);
    expect(upstream.tokenCalls()).toBe(1);
  });

  it('refuses assertions that are too long-lived, too modest, for another endpoint, or forged', async () => {
    const { tokenUrl } = await kept(startVertexUpstream());
    const account = testServiceAccount(tokenUrl);
    const error = async (answer: Promise<Response>): Promise<unknown> => picked(answer, 'error');
    expect(await error(exchange(account, { seconds: 3700 }))).toBe('invalid_grant');
    expect(await error(exchange(account, { scope: 'email' }))).toBe('invalid_scope');
    expect(await error(exchange(account, { audience: 'https://oauth2.googleapis.com/token' }))).toBe(
      'invalid_grant',
    );
    const forged = { ...account, private_key: testServiceAccount(tokenUrl).private_key };
    expect(await picked(exchange(forged), 'error_description')).toBe('Invalid JWT Signature.');
    const form = new URLSearchParams({ grant_type: 'password' });
    expect(await error(fetch(tokenUrl, { method: 'POST', body: form }))).toBe('unsupported_grant_type');
  });

  it('answers for Gemini and embeds', async () => {
    const { url } = await kept(startVertexUpstream());
    const whole = await jsonOf(callJson(`${url}${GEMINI}:generateContent`, VERTEX_TOKEN, CONTENTS));
    expect(whole).toMatchObject({ usageMetadata: { trafficType: 'ON_DEMAND' } });
    const sse = await eventsOf(
      callJson(`${url}${GEMINI}:streamGenerateContent?alt=sse`, VERTEX_TOKEN, CONTENTS),
    );
    const text = textAt(sse, 'candidates.0.content.parts.0.text');
    expect(text).toBe(pick(whole, 'candidates.0.content.parts.0.text'));
    const embedder = `${url}${PUBLISHERS}/google/models/text-embedding-005:predict`;
    const body = { instances: [{ content: 'hello' }], parameters: { outputDimensionality: 8 } };
    const embeddings = await picked(callJson(embedder, VERTEX_TOKEN, body), 'predictions.0.embeddings');
    expect(embeddings).toMatchObject({ statistics: { token_count: 2, truncated: false } });
    expect(pick(embeddings, 'values.length')).toBe(8);
  });

  it('answers for Claude, with the version in the body and no model', async () => {
    const { url } = await kept(startVertexUpstream());
    const raw = `${url}${CLAUDE}:rawPredict`;
    const message = await jsonOf(callJson(raw, VERTEX_TOKEN, { ...CLAUDE_BODY, ...VERSION }));
    expect(message).toMatchObject({ model: 'claude-sonnet-4-5-20250929', stop_reason: 'end_turn' });
    const stream = { ...CLAUDE_BODY, ...VERSION, stream: true };
    const events = await eventsOf(callJson(`${url}${CLAUDE}:streamRawPredict`, VERTEX_TOKEN, stream));
    expect(events.at(-1)).toEqual({ type: 'message_stop' });
    const named = await callJson(raw, VERTEX_TOKEN, {
      ...CLAUDE_BODY,
      ...VERSION,
      model: 'claude-sonnet-4-5',
    });
    expect([named.status, await picked(named, 'error.type')]).toEqual([400, 'invalid_request_error']);
    expect((await callJson(raw, VERTEX_TOKEN, CLAUDE_BODY)).status).toBe(400);
    const counter = `${url}${PUBLISHERS}/anthropic/models/count-tokens:rawPredict`;
    const counted = await jsonOf(
      callJson(counter, VERTEX_TOKEN, { model: 'claude-sonnet-4-5', messages: [] }),
    );
    expect(counted).toEqual({ input_tokens: expect.any(Number) as number });
  });
});

describe('Bedrock', () => {
  const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1%3A0';
  const BODY = { ...CLAUDE_BODY, anthropic_version: 'bedrock-2023-05-31' };
  const TALK = { messages: [{ role: 'user', content: [{ text: 'hi' }] }] };

  const ask = async (url: string, path: string, body: unknown): Promise<Response> =>
    callJson(`${url}/model/${path}`, BEDROCK_KEY, body);

  /** The headers and the JSON of every frame in a stream. */
  async function framesOf(response: Promise<Response>): Promise<{ headers: string[]; payload: unknown }[]> {
    const bytes = Buffer.from(await (await response).arrayBuffer());
    const frames = [];
    for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
      const start = at + 12;
      const end = start + bytes.readUInt32BE(at + 4);
      const headers: string[] = [];
      for (let head = start; head < end;) {
        const value = head + 1 + bytes.readUInt8(head) + 3;
        const next = value + bytes.readUInt16BE(value - 2);
        headers.push(bytes.toString('utf8', value, next));
        head = next;
      }
      const payload = bytes.toString('utf8', end, at + bytes.readUInt32BE(at) - 4);
      frames.push({ headers, payload: JSON.parse(payload) as unknown });
    }
    return frames;
  }

  function signed(url: string, headers: Readonly<Record<string, string>>, method: string, text: string) {
    return { method, url, headers, body: Buffer.from(text) } as unknown as RecordedRequest;
  }

  it('invokes Claude, whole and in frames whose last one counts', async () => {
    const { url } = await kept(startBedrockUpstream());
    const whole = await ask(url, `${CLAUDE}/invoke`, BODY);
    const message = await jsonOf(whole);
    const output = pick(message, 'usage.output_tokens');
    expect(whole.headers.get('x-amzn-bedrock-output-token-count')).toBe(String(output));
    const frames = await framesOf(ask(url, `${CLAUDE}/invoke-with-response-stream`, BODY));
    expect(frames[0]?.headers).toEqual(['chunk', 'application/json', 'event']);
    const chunks = frames.map(
      ({ payload }) =>
        JSON.parse(Buffer.from(String(pick(payload, 'bytes')), 'base64').toString('utf8')) as unknown,
    );
    const text = textAt(chunks, 'delta.text');
    expect(text).toBe(pick(message, 'content.0.text'));
    const metrics = { 'amazon-bedrock-invocationMetrics': { outputTokenCount: output } };
    expect(chunks.at(-1)).toMatchObject({ type: 'message_stop', ...metrics });
    const wrong = await ask(url, `${CLAUDE}/invoke`, { ...BODY, model: 'x' });
    expect([wrong.status, wrong.headers.get('x-amzn-errortype')?.split(':')[0]]).toEqual([
      400,
      'ValidationException',
    ]);
  });

  it('converses, counts, and breaks off with an exception on demand', async () => {
    const upstream = await kept(startBedrockUpstream());
    const { url } = upstream;
    const answer = await jsonOf(ask(url, 'amazon.nova-lite-v1%3A0/converse', TALK));
    expect(answer).toMatchObject({
      stopReason: 'end_turn',
      usage: { inputTokens: expect.any(Number) as number },
    });
    const frames = await framesOf(ask(url, `${CLAUDE}/converse-stream`, TALK));
    const types = frames.map(({ headers }) => headers[0]);
    expect([types[0], ...types.slice(-3)]).toEqual([
      'messageStart',
      'contentBlockStop',
      'messageStop',
      'metadata',
    ]);
    expect(pick(frames.at(-1)?.payload, 'usage')).toEqual(pick(answer, 'usage'));
    const counted = await jsonOf(ask(url, `${CLAUDE}/count-tokens`, { input: { converse: TALK } }));
    expect(counted).toEqual({ inputTokens: pick(answer, 'usage.inputTokens') });
    upstream.script({ stopAfterEvents: 2, append: exceptionFrame('throttlingException', 'Slow down') });
    const broken = await framesOf(ask(url, `${CLAUDE}/converse-stream`, TALK));
    expect(broken.at(-1)?.headers).toEqual(['throttlingException', 'application/json', 'exception']);
    expect(broken.length).toBe(3);
  });

  it('gives Titan’s, Llama’s and Cohere’s shapes, with the counts in the headers', async () => {
    const { url } = await kept(startBedrockUpstream());
    const titan = await ask(url, 'amazon.titan-embed-text-v2%3A0/invoke', {
      inputText: 'hello',
      dimensions: 8,
    });
    expect(titan.headers.get('x-amzn-bedrock-input-token-count')).toBe('2');
    expect(await picked(titan, 'embedding.length')).toBe(8);
    const llama = ask(url, 'meta.llama3-70b-instruct-v1%3A0/invoke', { prompt: 'hi', max_gen_len: 3 });
    expect(await jsonOf(llama)).toMatchObject({ generation_token_count: 3, stop_reason: 'length' });
    const cohere = ask(url, 'cohere.embed-english-v3/invoke', { texts: ['a', 'b'] });
    expect(await jsonOf(cohere)).toMatchObject({ response_type: 'embeddings_floats', texts: ['a', 'b'] });
  });

  it('frames as the AWS SDK’s codec does', () => {
    // Encoded by EventStreamCodec of @smithy/core.
    const theirs =
      'AAAAiAAAAGHeAXX0DzpleGNlcHRpb24tdHlwZQcAE3Rocm90dGxpbmdFeGNlcHRpb24NOmNvbnRlbnQtdHlwZQcAEGFwcGxpY2F0aW9uL2pz' +
      'b24NOm1lc3NhZ2UtdHlwZQcACWV4Y2VwdGlvbnsibWVzc2FnZSI6IlNsb3cgZG93biJ9BbJvpQ==';
    expect(exceptionFrame('throttlingException', 'Slow down').toString('base64')).toBe(theirs);
  });

  it('takes the signatures of AWS’s documentation and of its SDK, and no others', () => {
    vi.useFakeTimers({ now: new Date('2015-08-30T12:36:00Z') });
    // The worked example of AWS's signing guide.
    const credentials = {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    };
    const example = signed(
      '/?Action=ListUsers&Version=2010-05-08',
      {
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        host: 'iam.amazonaws.com',
        'x-amz-date': '20150830T123600Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
      },
      'GET',
      '',
    );
    expect(signatureProblem(example, { credentials, region: 'us-east-1', service: 'iam' })).toBeNull();
    vi.setSystemTime(new Date('2026-01-02T03:04:05Z'));
    // Signed by @smithy/signature-v4: the encoded colon of the path is encoded once more.
    const headers = {
      host: 'bedrock-runtime.us-east-1.amazonaws.com',
      'content-type': 'application/json',
      'x-amz-date': '20260102T030405Z',
      'x-amz-content-sha256': '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIATESTOPERATOR0001/20260102/us-east-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, Signature=b2c8431afddbea65697f36d0ec32aaf7deb478b72af4b85d75be4670cc4ffa67',
    };
    const rules = { credentials: BEDROCK_CREDENTIALS, region: BEDROCK_REGION, service: 'bedrock' };
    const path = `/model/${CLAUDE}/invoke`;
    const typeOf = (request: RecordedRequest) => signatureProblem(request, rules)?.type;
    expect(typeOf(signed(path, headers, 'POST', '{}'))).toBeUndefined();
    expect(typeOf(signed(path, headers, 'POST', '{ }'))).toBe('InvalidSignatureException');
    expect(typeOf(signed(path.replace('%3A', ':'), headers, 'POST', '{}'))).toBe('InvalidSignatureException');
    vi.setSystemTime(new Date('2026-01-02T03:10:05Z'));
    expect(typeOf(signed(path, headers, 'POST', '{}'))).toBe('InvalidSignatureException');
  });

  it('refuses strangers with 403', async () => {
    const { url } = await kept(startBedrockUpstream());
    const target = `${url}/model/${CLAUDE}/invoke`;
    const typed = async (headers: Record<string, string>): Promise<readonly unknown[]> => {
      const { status, headers: answered } = await fetch(target, { method: 'POST', headers, body: '{}' });
      return [status, answered.get('x-amzn-errortype')?.split(':')[0]];
    };
    expect(await typed({})).toEqual([403, 'MissingAuthenticationTokenException']);
    expect(await typed({ authorization: 'Bearer nope' })).toEqual([403, 'AccessDeniedException']);
    expect(await typed({ authorization: 'AWS4-HMAC-SHA256 x' })).toEqual([
      403,
      'IncompleteSignatureException',
    ]);
  });
});
