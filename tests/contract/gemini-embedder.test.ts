/** The Gemini embedder: Google's SDK in, an upstream's answer out, whatever Google does. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { geminiEmbedder } from '@/lib/adapters/gemini-embedder';
import type { UpstreamResponse } from '@/lib/providers/provider';
import { startTlsUpstream } from '@/tests/support/anthropic-upstream';
import {
  GEMINI_KEY,
  geminiVector,
  quotaError,
  startGeminiUpstream,
  type GeminiUpstreamOptions,
} from '@/tests/support/gemini-upstream';
import type { Upstream } from '@/tests/support/upstream-server';

const MODEL = 'gemini-embedding-001';
let upstream: Upstream;
beforeEach(async () => {
  upstream = await startGeminiUpstream({ embeddingUsage: 'usageMetadata' });
});
afterEach(() => upstream.stop());

interface EmbedOptions {
  readonly contents?: readonly string[];
  readonly model?: string;
  readonly apiKey?: string;
  readonly baseUrl?: string;
  readonly signal?: AbortSignal;
}

function embed(options: EmbedOptions = {}): Promise<UpstreamResponse> {
  const { contents = ['hello'], model = MODEL, apiKey = GEMINI_KEY, baseUrl = upstream.url } = options;
  const signal = options.signal ?? new AbortController().signal;
  return geminiEmbedder({ baseUrl, apiKey }, { model, contents, signal });
}

async function jsonOf(response: UpstreamResponse): Promise<unknown> {
  return new Response(response.body).json();
}

async function withUsage(embeddingUsage: GeminiUpstreamOptions['embeddingUsage'] & string): Promise<void> {
  await upstream.stop();
  upstream = await startGeminiUpstream({ embeddingUsage });
}

describe('answers', () => {
  it('embeds one content with the reported usage', async () => {
    const response = await embed({ baseUrl: `${upstream.url}/` });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    const embeddings = [geminiVector('hello')];
    expect(await jsonOf(response)).toEqual({ model: MODEL, embeddings, usage: { input_tokens: 2 } });
    expect(upstream.requests.map(({ path }) => path)).toEqual([`/v1beta/models/${MODEL}:embedContent`]);
    expect(upstream.requests[0]?.headers['x-goog-api-key']).toBe(GEMINI_KEY);
  });

  it('embeds several in one call', async () => {
    await withUsage('statistics');
    const response = await embed({ contents: ['hello', 'wide world'] });
    const embeddings = [geminiVector('hello'), geminiVector('wide world')];
    expect(await jsonOf(response)).toEqual({ model: MODEL, embeddings, usage: { input_tokens: 5 } });
    expect(upstream.requests.map(({ path }) => path)).toEqual([`/v1beta/models/${MODEL}:batchEmbedContents`]);
  });

  it('counts where no usage is reported, and says that it did', async () => {
    await withUsage('none');
    const response = await embed({ contents: ['hello', 'wide world'] });
    expect(await jsonOf(response)).toMatchObject({ usage: { input_tokens: 5, estimated: true } });
    expect(upstream.requests.at(-1)?.path).toBe(`/v1beta/models/${MODEL}:countTokens`);
  });

  it('estimates by bytes where counting fails', async () => {
    await withUsage('none');
    upstream.script(({ path }) => (path.endsWith(':countTokens') ? { status: 503 } : null));
    expect(await jsonOf(await embed({ contents: ['日本語日本語'] }))).toMatchObject({
      usage: { input_tokens: 5, estimated: true },
    });
  });

  it('cannot be led to another path by a model’s name', async () => {
    const response = await embed({ model: '../../v1/x?y#z' });
    expect(response.status).toBe(404);
    expect(upstream.requests[0]?.url).toBe('/v1beta/models/..%2F..%2Fv1%2Fx%3Fy%23z:embedContent');
  });
});

describe('errors', () => {
  it('gives Google’s own error back, without the operator’s address', async () => {
    const response = await embed({ model: 'no-such' });
    expect(response.status).toBe(404);
    const body = (await jsonOf(response)) as { error: { message: string } };
    expect(body).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } });
    expect(body.error.message).toMatch(/^models\/no-such is not found/);
    expect(JSON.stringify(body)).not.toContain('127.0.0.1');
  });

  it('keeps details and turns the retry delay into a header', async () => {
    upstream.script({ status: 429, body: quotaError('36.2s') });
    const response = await embed();
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('37');
    expect(await jsonOf(response)).toEqual(JSON.parse(quotaError('36.2s')));
  });

  it('tells a key that Google does not know by 401', async () => {
    const response = await embed({ apiKey: 'wrong' });
    expect(response.status).toBe(401);
    expect(await jsonOf(response)).toMatchObject({
      error: { code: 400, message: 'API key not valid. Please pass a valid API key.' },
    });
  });

  it('passes an error that is no JSON on by its status', async () => {
    upstream.script({ status: 502, body: '<html>Bad Gateway</html>' });
    const response = await embed();
    expect(response.status).toBe(502);
    expect(await jsonOf(response)).toMatchObject({ error: { code: 502 } });
  });
});

describe('faults', () => {
  it('tells a refused connection from a broken one', async () => {
    await upstream.refuse();
    await expect(embed()).rejects.toMatchObject({ name: 'UpstreamFault', kind: 'refused', reached: false });
    await upstream.accept();
    upstream.script({ before: 'reset' });
    await expect(embed()).rejects.toMatchObject({ name: 'UpstreamFault', kind: 'reset', reached: true });
    upstream.script({ stopAfterBytes: 20, end: 'clean' });
    await expect(embed()).rejects.toMatchObject({ name: 'UpstreamFault', kind: 'reset', reached: true });
  });

  it('tells a certificate it does not trust', async () => {
    const tls = await startTlsUpstream();
    await expect(embed({ baseUrl: tls.url })).rejects.toMatchObject({ kind: 'tls', reached: false });
    await tls.stop();
  });

  it('stops when the caller leaves, before and during the call', async () => {
    const gone = AbortSignal.abort(new Error('left'));
    await expect(embed({ signal: gone })).rejects.toThrow('left');
    expect(upstream.requests).toHaveLength(0);
    upstream.script({ before: 'hang' });
    const caller = new AbortController();
    const answer = embed({ signal: caller.signal });
    const request = await upstream.waitForRequest();
    caller.abort(new Error('left'));
    await expect(answer).rejects.toThrow('left');
    expect(await request.aborted).toBeGreaterThan(0);
  });
});
