/** What admission learns from a Bedrock body, family by family, and where a lowered limit lands in it. */
import { describe, expect, it } from 'vitest';
import { GatewayError } from '@/lib/domain/errors';
import { decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { bedrock } from '@/lib/wire/bedrock/format';
import type { Endpoint, WireCall } from '@/lib/wire/format';

const SONNET = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

function endpointOf(name: string): Endpoint {
  const found = bedrock.endpoints.find((endpoint) => endpoint.name === name);
  if (found === undefined) throw new Error(`no endpoint ${name}`);
  return found;
}

const textOf = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body));

function call(
  name: string,
  model: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): WireCall {
  const endpoint = endpointOf(name);
  const bytes = encodeUtf8(textOf(body));
  return bedrock.readCall({ endpoint, params: { model }, body: bytes, headers: new Headers(headers) });
}

function lowered(name: string, model: string, body: unknown, most: number): string {
  const place = { endpoint: endpointOf(name), params: { model } };
  return decodeUtf8(bedrock.prepare(encodeUtf8(textOf(body)), { maxOutputTokens: most }, place));
}

function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
  return 'none';
}

const MESSAGES = [{ role: 'user', content: 'Hello' }];

/** Model, a body with a limit of 900, and the body once the limit is lowered to 100; then one without, and with it inserted. */
const FAMILIES = [
  [SONNET, { max_tokens: 900, messages: MESSAGES }, { max_tokens: 100 }],
  ['anthropic.claude-v2:1', { prompt: 'Hi', max_tokens_to_sample: 900 }, { max_tokens_to_sample: 100 }],
  [
    'us.amazon.nova-lite-v1:0',
    { inferenceConfig: { maxTokens: 900, topP: 1 }, messages: [] },
    { inferenceConfig: { maxTokens: 100, topP: 1 } },
  ],
  [
    'amazon.nova-micro-v1:0',
    { inferenceConfig: { max_new_tokens: 900 }, messages: [] },
    { inferenceConfig: { max_new_tokens: 100 } },
  ],
  [
    'amazon.titan-text-express-v1',
    { inputText: 'Hi', textGenerationConfig: { maxTokenCount: 900 } },
    { textGenerationConfig: { maxTokenCount: 100 } },
  ],
  ['meta.llama3-70b-instruct-v1:0', { prompt: 'Hi', max_gen_len: 900 }, { max_gen_len: 100 }],
  ['mistral.mistral-7b-instruct-v0:2', { prompt: 'Hi', max_tokens: 900 }, { max_tokens: 100 }],
  ['cohere.command-r-v1:0', { message: 'Hi', max_tokens: 900 }, { max_tokens: 100 }],
  ['ai21.jamba-1-5-mini-v1:0', { messages: MESSAGES, max_tokens: 900 }, { max_tokens: 100 }],
  ['ai21.j2-mid-v1', { prompt: 'Hi', maxTokens: 900 }, { maxTokens: 100 }],
  ['us.deepseek.r1-v1:0', { prompt: 'Hi', max_tokens: 900 }, { max_tokens: 100 }],
  [
    'openai.gpt-oss-120b-1:0',
    { messages: MESSAGES, max_completion_tokens: 900 },
    { max_completion_tokens: 100 },
  ],
  ['openai.gpt-oss-20b-1:0', { messages: MESSAGES, max_tokens: 900 }, { max_tokens: 100 }],
  ['qwen.qwen3-32b-v1:0', { messages: MESSAGES, max_tokens: 900 }, { max_tokens: 100 }],
] as const;

describe('the limit on output', () => {
  it.each(FAMILIES)('of %s is read and lowered in its own field', (model, body, field) => {
    expect(call('invoke', model, body).maxOutputTokens).toBe(900);
    expect(JSON.parse(lowered('invoke', model, body, 100))).toEqual({ ...body, ...field });
    expect(lowered('invoke', model, body, 1_000)).toBe(JSON.stringify(body));
  });

  it.each([
    [SONNET, { messages: MESSAGES }, { max_tokens: 100 }],
    ['anthropic.claude-v2', { prompt: 'Hi' }, { max_tokens_to_sample: 100 }],
    ['us.amazon.nova-pro-v1:0', { messages: [] }, { inferenceConfig: { maxTokens: 100 } }],
    [
      'amazon.nova-pro-v1:0',
      { inferenceConfig: { topP: 1 } },
      { inferenceConfig: { maxTokens: 100, topP: 1 } },
    ],
    ['amazon.titan-text-lite-v1', { inputText: 'Hi' }, { textGenerationConfig: { maxTokenCount: 100 } }],
    ['us.meta.llama4-scout-17b-instruct-v1:0', { prompt: 'Hi' }, { max_gen_len: 100 }],
    ['mistral.mixtral-8x7b-instruct-v0:1', { prompt: 'Hi' }, { max_tokens: 100 }],
    ['ai21.j2-ultra-v1', { prompt: 'Hi' }, { maxTokens: 100 }],
    ['openai.gpt-oss-120b-1:0', { messages: MESSAGES }, { max_completion_tokens: 100 }],
    [
      'arn:aws:bedrock:us-east-1:1:application-inference-profile/x',
      { inputText: 'Hi' },
      { textGenerationConfig: { maxTokenCount: 100 } },
    ],
    [
      'arn:aws:bedrock:us-east-1:1:application-inference-profile/x',
      { messages: MESSAGES },
      { max_tokens: 100 },
    ],
  ])('of %s is put there where the body %j has none', (model, body, field) => {
    expect(call('invoke', model, body).maxOutputTokens).toBeNull();
    expect(JSON.parse(lowered('invoke', model, body, 100))).toEqual({ ...body, ...field });
  });

  it('of Converse is its own for every model, also where fields for the model would raise it', () => {
    const body = {
      messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
      inferenceConfig: { temperature: 1 },
      additionalModelRequestFields: { max_tokens: 5_000, inferenceConfig: { maxTokens: 20 } },
    };
    expect(call('converse', SONNET, body).maxOutputTokens).toBe(5_000);
    expect(JSON.parse(lowered('converse_stream', SONNET, body, 100))).toEqual({
      ...body,
      inferenceConfig: { maxTokens: 100, temperature: 1 },
      additionalModelRequestFields: { max_tokens: 100, inferenceConfig: { maxTokens: 20 } },
    });
    expect(lowered('converse', SONNET, '{"messages":[]}', 7)).toBe(
      '{"inferenceConfig":{"maxTokens":7},"messages":[]}',
    );
  });

  it('given twice is refused, since parsers disagree on which counts', () => {
    const twice = [
      ['invoke', 'meta.llama3-8b-instruct-v1:0', '{"max_gen_len":1,"prompt":"","max_gen_len":9000}'],
      ['invoke', SONNET, '{"max_tokens":1,"max_t\\u006fkens":9000,"messages":[]}'],
      ['converse', SONNET, '{"inferenceConfig":{"maxTokens":1,"maxTokens":9000}}'],
      ['converse', SONNET, '{"inferenceConfig":{"maxTokens":1},"inferenceConfig":{"maxT\\u006fkens":9000}}'],
    ] as const;
    for (const [name, model, body] of twice)
      expect(refusal(() => call(name, model, body))).toBe('body_invalid');
    const inText =
      '{"inferenceConfig":{"maxTokens":1},"messages":[{"content":[{"toolUse":{"input":{"maxTokens":3}}}]}]}';
    expect(call('converse', SONNET, inText).maxOutputTokens).toBe(1);
  });

  it('without an edit leaves the very same bytes', () => {
    const body = encodeUtf8('{"prompt":"x"}');
    expect(bedrock.prepare(body, {})).toBe(body);
    expect(bedrock.prepare(body, { model: 'other' })).toBe(body);
  });
});

describe('a call', () => {
  it('streams by its path and takes its model from there, whatever the body says', () => {
    const body = { model: 'other', stream: true, max_tokens: 5, messages: MESSAGES };
    expect(call('invoke', SONNET, body)).toMatchObject({ model: SONNET, stream: false });
    expect(call('invoke_stream', SONNET, { ...body, stream: false })).toMatchObject({ stream: true });
    expect(call('converse_stream', SONNET, { messages: [] })).toMatchObject({ stream: true, model: SONNET });
    expect(call('count_tokens', SONNET, { input: { converse: { messages: [] } } })).toMatchObject({
      model: SONNET,
    });
  });

  it('of Claude is read as Anthropic reads it, with its thinking, cache, advisors and session', () => {
    const body = {
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 5_000,
      thinking: { type: 'enabled', budget_tokens: 2_000 },
      system: [{ type: 'text', text: 'Be kind', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: MESSAGES,
      metadata: { user_id: '{"session_id":"abc"}' },
    };
    for (const model of [
      SONNET,
      'claude-sonnet-4-5',
      'arn:aws:bedrock:us-east-1:1:application-inference-profile/x',
    ])
      expect(call('invoke_stream', model, body)).toMatchObject({
        model,
        minOutputTokens: 2_001,
        cacheWrites: '1h',
        session: { id: 'abc' },
      });
  });

  it('of Converse tells thinking, cache points, tier and the start of its conversation', () => {
    const read = call('converse', SONNET, {
      system: [{ text: 'Be kind' }, { cachePoint: { type: 'default' } }],
      messages: [{ role: 'user', content: [{ text: 'Hello' }, { image: { source: { bytes: 'aaaa' } } }] }],
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1_024 } },
      serviceTier: { type: 'priority' },
      performanceConfig: { latency: 'optimized' },
    });
    expect(read).toMatchObject({ minOutputTokens: 1_025, cacheWrites: '5m', premiums: ['priority', 'fast'] });
    expect(read.session.opening()).toBe('Be kind\n[cachePoint]\nHello\n[image]');
    const hourly = {
      messages: [{ role: 'user', content: [{ cachePoint: { type: 'default', ttl: '1h' } }] }],
    };
    expect(call('converse', SONNET, hourly).cacheWrites).toBe('1h');
    expect(call('converse', SONNET, { messages: [], serviceTier: { type: 'flex' } }).premiums).toEqual([]);
    const tier = { 'x-amzn-bedrock-service-tier': 'priority' };
    expect(call('invoke', SONNET, { max_tokens: 1, messages: MESSAGES }, tier).premiums).toEqual([
      'priority',
    ]);
  });

  it('counts media by what they are and not by their base64', () => {
    const big = 'A'.repeat(400_000);
    const withPiece = (piece: object) =>
      call('converse', SONNET, {
        messages: [{ role: 'user', content: [{ toolResult: { content: [piece] } }] }],
      });
    const image = withPiece({ image: { format: 'png', source: { bytes: big } } });
    expect(image.promptTokensLikely).toBeLessThan(2_000);
    expect(image.promptTokensCeiling).toBeLessThan(6_000);
    const document = withPiece({ document: { format: 'pdf', name: 'x', source: { bytes: big } } });
    expect(document.promptTokensLikely).toBeGreaterThan(10_000);
    expect(withPiece({ video: { source: { bytes: big } } }).promptTokensCeiling).toBeGreaterThan(200_000);
    const chat = { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: big } }] }] };
    expect(call('invoke', 'qwen.qwen3-vl-235b-a22b', chat).promptTokensLikely).toBeLessThan(2_000);
  });

  it('that would read the operator’s buckets, or choose one of his guardrails, is refused', () => {
    const s3 = { s3Location: { uri: 's3://his-bucket/secret.pdf' } };
    const messages = [{ role: 'user', content: [{ document: { name: 'x', format: 'pdf', source: s3 } }] }];
    const nested = [{ role: 'user', content: [{ toolResult: { content: [{ image: { source: s3 } }] } }] }];
    expect(refusal(() => call('converse', SONNET, { messages }))).toBe('policy_blocked');
    expect(refusal(() => call('converse', SONNET, { messages: nested }))).toBe('policy_blocked');
    expect(refusal(() => call('invoke', 'amazon.nova-lite-v1:0', { messages }))).toBe('policy_blocked');
    expect(refusal(() => call('count_tokens', SONNET, { input: { converse: { messages } } }))).toBe(
      'policy_blocked',
    );
    const hidden = JSON.stringify({ messages }).replace('s3Location', 's3Loc\\u0061tion');
    expect(refusal(() => call('converse', SONNET, hidden))).toBe('body_invalid');
    const twice =
      '{"messages":[{"content":[{"document":{"source":{"s3Location":{}},"source":{"bytes":"AAAA"}}}]}]}';
    expect(refusal(() => call('converse', SONNET, twice))).toBe('body_invalid');
    const guarded = { messages: [], guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' } };
    expect(refusal(() => call('converse', SONNET, guarded))).toBe('policy_blocked');
    const header = { 'x-amzn-bedrock-guardrailidentifier': 'g' };
    expect(refusal(() => call('invoke', SONNET, { messages: [] }, header))).toBe('policy_blocked');
    // A tool of the caller's own may call its fields as it likes.
    const tool = { toolUse: { name: 't', toolUseId: '1', input: s3 } };
    const own = { messages: [{ role: 'assistant', content: [tool] }] };
    expect(refusal(() => call('converse', SONNET, own))).toBe('none');
  });

  it.each([
    ['amazon.titan-embed-text-v2:0', { inputText: 'Hello' }],
    ['cohere.embed-v4:0', { texts: ['Hello'], input_type: 'search_query' }],
    ['amazon.nova-2-multimodal-embeddings-v1:0', { singleEmbeddingParams: { text: { value: 'Hello' } } }],
  ])('for embeddings of %s needs nothing but its text', (model, body) => {
    expect(call('invoke', model, body)).toMatchObject({ model, maxOutputTokens: null, answers: 1 });
  });

  it('with a body that is no JSON object is refused', () => {
    for (const body of ['', '[]', '{"a":', 'null'])
      for (const name of ['invoke', 'converse', 'count_tokens'])
        expect(refusal(() => call(name, 'amazon.nova-lite-v1:0', body))).toBe('body_invalid');
  });
});

describe('request headers', () => {
  it('pass when they are of the call itself, never when they are credentials or the operator’s resources', () => {
    const passed = ['Content-Type', 'accept', 'x-amzn-bedrock-accept', 'X-Amzn-Bedrock-Service-Tier'];
    const kept = [
      'authorization',
      'x-amz-date',
      'x-amz-security-token',
      'x-amz-content-sha256',
      'amz-sdk-request',
      'x-amzn-bedrock-guardrailidentifier',
      'x-amzn-bedrock-trace',
    ];
    expect(passed.map((name) => bedrock.passesRequestHeader(name))).toEqual(passed.map(() => true));
    expect(kept.map((name) => bedrock.passesRequestHeader(name))).toEqual(kept.map(() => false));
  });
});
