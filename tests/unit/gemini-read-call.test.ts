/** What the gateway reads from Gemini's requests before it sends them, and the one edit it makes to them. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '@/lib/domain/errors';
import { decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import type { WireCall } from '@/lib/wire/format';
import { gemini } from '@/lib/wire/gemini/format';
import { vertexClaude } from '@/lib/wire/vertex/claude';
import { vertexGemini } from '@/lib/wire/vertex/gemini';

const FOLDER = path.resolve('../shared/fixtures');
const HI = [{ role: 'user', parts: [{ text: 'hi' }] }];

function read(body: unknown, action = 'generateContent', model = 'gemini-2.5-flash', headers = {}): WireCall {
  const endpoint = [...gemini.endpoints, ...vertexGemini.endpoints].find(({ name }) => name === action)!;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return gemini.readCall({
    endpoint,
    params: { model },
    body: encodeUtf8(text),
    headers: new Headers(headers),
  });
}
const refusal = (body: unknown, action?: string): string => {
  try {
    read(body, action);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'body_invalid') return error.message;
    throw error;
  }
  return 'nothing';
};
const prepared = (body: string, maxOutputTokens: number) =>
  decodeUtf8(gemini.prepare(encodeUtf8(body), { maxOutputTokens, model: 'other' }));

describe('a call that generates', () => {
  it('names its model and its stream in the path, and no other in its body', () => {
    expect(refusal({ model: 'models/gemini-2.5-pro', contents: HI })).toContain('same model');
    expect(refusal({ generateContentRequest: { model: 'models/gemini-2.5-pro' } }, 'countTokens')).toContain(
      'same model',
    );
    expect(refusal({ model: 'models/gemini-2.5-flash', contents: HI })).toBe('nothing');
    expect(read({ contents: HI })).toMatchObject({
      model: 'gemini-2.5-flash',
      stream: false,
      maxOutputTokens: null,
      minOutputTokens: 0,
      answers: 1,
      webSearches: 0,
      premiums: [],
      cacheWrites: 'none',
    });
    expect(read({ contents: HI, stream: false }, 'streamGenerateContent')).toMatchObject({ stream: true });
  });

  it.each([
    {
      generationConfig: { maxOutputTokens: 300, candidateCount: 2, thinkingConfig: { thinkingBudget: 128 } },
    },
    {
      generation_config: {
        max_output_tokens: 300,
        candidate_count: 2,
        thinking_config: { thinking_budget: 128 },
      },
    },
    {
      generationConfig: {
        maxOutputTokens: '300',
        candidateCount: '2',
        thinkingConfig: { thinkingBudget: '128' },
      },
    },
    {
      generationConfig: {
        maxOutputTokens: 3e2,
        candidate_count: 2,
        thinkingConfig: { thinkingBudget: 128.0 },
      },
    },
  ])('is read in every spelling Google takes: %j', (config) => {
    expect(read({ contents: HI, ...config })).toMatchObject({
      maxOutputTokens: 300,
      answers: 2,
      minOutputTokens: 129,
    });
  });

  it.each([-1, 0, null])('with the thinking budget %s needs no more output', (thinkingBudget) => {
    expect(
      read({ contents: HI, generationConfig: { thinkingConfig: { thinkingBudget } } }).minOutputTokens,
    ).toBe(0);
  });

  it.each([
    [
      '{"generationConfig":{"maxOutputTokens":1},"generationConfig":{"maxOutputTokens":9}}',
      'generationConfig',
    ],
    ['{"generationConfig":{"maxOutputTokens":1},"generation_config":{}}', 'generationConfig'],
    ['{"generationConfig":{"maxOutputTokens":1,"maxOutputTokens":9}}', 'maxOutputTokens'],
    ['{"generationConfig":{"maxOutputTokens":1,"max_output_tokens":9}}', 'maxOutputTokens'],
    ['{"generationConfig":{"maxOutputTokens":1,"max\\u004futputTokens":9}}', 'escaped letters'],
    ['{"generationConfig":{"candidateCount":1,"candidateCount":8}}', 'candidateCount'],
    ['{"tools":[],"tools":[{"googleSearch":{}}]}', 'tools'],
    ['{"contents":[],"contents":[]}', 'contents'],
    ['[]', 'JSON object'],
    ['{"contents":', 'JSON object'],
  ])('that parsers could read in two ways is refused: %s', (body, named) => {
    expect(refusal(body)).toContain(named);
  });

  it('may say the same words twice elsewhere', () => {
    const schema = { type: 'OBJECT', properties: { maxOutputTokens: {}, generationConfig: {} } };
    const body = { contents: HI, tools: [{ functionDeclarations: [{ name: 'f', parameters: schema }] }] };
    expect(read({ ...body, generationConfig: { maxOutputTokens: 5 } }).maxOutputTokens).toBe(5);
  });

  it.each([
    [{ googleSearch: {} }, 'gemini-2.5-flash', 1],
    [{ google_search: {} }, 'gemini-3-pro-preview', 10],
    [{ googleSearchRetrieval: {} }, 'gemini-1.5-pro', 1],
    [{ googleMaps: {} }, 'gemini-2.5-pro', 1],
    [{ functionDeclarations: [] }, 'gemini-3-pro-preview', 0],
  ])('allows as many searches as it could be billed for: %j on %s', (tool, model, searches) => {
    expect(read({ contents: HI, tools: [tool] }, 'generateContent', model).webSearches).toBe(searches);
  });

  it('allows for what Google’s own tools bring into the prompt', () => {
    const plain = read({ contents: HI, tools: [{ functionDeclarations: [] }] }).promptTokensCeiling;
    for (const tool of ['googleSearch', 'urlContext', 'code_execution'])
      expect(read({ contents: HI, tools: [{ [tool]: {} }] }).promptTokensCeiling).toBeGreaterThan(
        plain + 10_000,
      );
  });

  it('asks for priority by its body or by Vertex’s header', () => {
    expect(read({ contents: HI, serviceTier: 'priority' }).premiums).toEqual(['priority']);
    expect(read({ contents: HI, service_tier: 'SERVICE_TIER_PRIORITY' }).premiums).toEqual(['priority']);
    const header = { 'x-vertex-ai-llm-shared-request-type': 'priority' };
    expect(read({ contents: HI }, 'generateContent', 'gemini-2.5-flash', header).premiums).toEqual([
      'priority',
    ]);
    expect(read({ contents: HI, serviceTier: 'flex' }).premiums).toEqual([]);
  });
});

describe('media', () => {
  const part = (mimeType: string, bytes: number) => ({
    contents: [{ parts: [{ inlineData: { mimeType, data: 'A'.repeat((bytes * 4) / 3) } }] }],
  });

  it.each([
    ['image/png', 300_000, 258, 5_000],
    ['audio/mp3', 960_000, 60 * 32, 60 * 32 * 10],
    ['video/mp4', 1_200_000, 9 * 258, 100 * 300],
    ['application/pdf', 120_000, 2 * 258, 20_000],
    ['text/plain', 30_000, 7_000, 20_000],
  ])('%s of %d bytes counts by what it shows, not by its base64', (type, bytes, least, most) => {
    for (const body of [
      part(type, bytes),
      JSON.parse(
        JSON.stringify(part(type, bytes))
          .replace('inlineData', 'inline_data')
          .replace('mimeType', 'mime_type'),
      ) as object,
    ]) {
      const { promptTokensLikely, promptTokensCeiling } = read(body);
      expect(promptTokensLikely).toBeGreaterThanOrEqual(least);
      expect(promptTokensLikely).toBeLessThanOrEqual(promptTokensCeiling);
      expect(promptTokensCeiling).toBeLessThan(most);
    }
  });

  it('also counts in a tool’s result, in the instruction and by address', () => {
    const image = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };
    const plain = read({ contents: HI }).promptTokensCeiling;
    const inResult = { contents: [{ parts: [{ functionResponse: { name: 'f', parts: [image] } }] }] };
    const film = { contents: [{ parts: [{ fileData: { fileUri: 'https://www.youtube.com/watch?v=x' } }] }] };
    for (const body of [inResult, { systemInstruction: { parts: [image] }, contents: HI }])
      expect(read(body).promptTokensCeiling).toBeGreaterThan(plain + 4_000);
    expect(read(film).promptTokensCeiling).toBeGreaterThan(200_000);
  });
});

describe('the operator’s account', () => {
  const file = (fileUri: string) => ({
    contents: [{ parts: [{ fileData: { fileUri, mimeType: 'image/png' } }] }],
  });

  it.each([
    { contents: HI, cachedContent: 'cachedContents/abc' },
    { contents: HI, cached_content: 'projects/p/locations/l/cachedContents/1' },
    { contents: HI, tools: [{ fileSearch: { fileSearchStoreNames: ['fileSearchStores/x'] } }] },
    {
      contents: HI,
      tools: [{ functionDeclarations: [] }, { retrieval: { vertexAiSearch: { datastore: 'projects/p' } } }],
    },
    file('gs://bucket/object'),
    file('https://generativelanguage.googleapis.com/v1beta/files/abc'),
    file('https://storage.googleapis.com/bucket/object'),
    file('files/abc'),
    file('https://storage.googleapis.com:443/bucket/object'),
    file('https://user@storage.googleapis.com/bucket/object'),
    file('https:\\\\storage.googleapis.com\\bucket\\object'),
    file('https://example.org\\@storage.googleapis.com/bucket/object'),
    file('HTTPS://STORAGE.googleapis.com./bucket/object'),
    file('https:///storage.googleapis.com/bucket/object'),
    file('https://storage.googleap%69s.com/bucket/object'),
    file('https://storage.cloud.google.com/bucket/object'),
    file('https://storage.mtls.cloud.google.com/bucket/object'),
    { contents: [{ parts: [{ file_data: { file_uri: ' gs://bucket/object' } }] }] },
    { contents: [{ parts: [{ functionResponse: { parts: [{ fileData: { fileUri: 'gs://b/o' } }] } }] }] },
    { systemInstruction: { parts: [{ fileData: { fileUri: 'gs://b/o' } }] }, contents: HI },
    { generateContentRequest: { contents: HI, cachedContent: 'cachedContents/abc' } },
  ])('lends nothing to a caller who names it: %j', (body) => {
    expect(refusal(body)).toContain('through this gateway');
    expect(refusal(body, 'countTokens')).toContain('through this gateway');
  });

  it('has no part in public addresses, and words about it are no address', () => {
    for (const uri of [
      'https://www.gstatic.com/webp/gallery3/1.png',
      'https://m.youtube.com/watch?v=x',
      'https://cloud.google.com/docs/paper.pdf',
      'https://example.org/storage.googleapis.com/a%20b.png?x=gs://y',
    ])
      expect(refusal(file(uri))).toBe('nothing');
    expect(refusal({ contents: [{ parts: [{ text: '{"fileUri":"gs://x"} cachedContent' }] }] })).toBe(
      'nothing',
    );
    const args = { fileUri: 'gs://bucket/object', cachedContent: 'x' };
    expect(refusal({ contents: [{ parts: [{ functionCall: { name: 'f', args } }] }] })).toBe('nothing');
  });
});

describe('another call than the one that is checked', () => {
  it('can not stand beside or inside of it', () => {
    const inner = { contents: HI, generationConfig: { maxOutputTokens: 1 } };
    for (const spelling of ['generateContentRequest', 'generate_content_request']) {
      const hidden = { contents: HI, [spelling]: inner };
      expect(refusal(hidden)).toContain('counts tokens');
      expect(refusal(hidden, 'streamGenerateContent')).toContain('counts tokens');
      expect(refusal(hidden, 'countTokens')).toBe('nothing');
      const beside = { ...hidden, cachedContent: 'cachedContents/x' };
      expect(refusal(beside, 'countTokens')).toContain('through this gateway');
    }
  });

  it.each([
    { routingConfig: { manualMode: { modelName: 'gemini-2.5-pro' } } },
    { routing_config: { autoMode: {} } },
    { modelConfig: { featureSelectionPreference: 'PRIORITIZE_QUALITY' } },
    { modelSelectionConfig: {} },
  ])('can not be asked of a router: %j', (generationConfig) => {
    expect(refusal({ contents: HI, generationConfig })).toContain('the path alone names the model');
  });

  it.each([
    '{"contents":[{"parts":[{"fileData":{"fileUri":"gs://b/o"}}],"parts":[{"text":"hi"}]}]}',
    '{"contents":[{"parts":[{"fileData":{"fileUri":"gs://b/o","fileUri":"https://example.org/x"}}]}]}',
    '{"contents":[],"tools":[{"retrieval":{"vertexAiSearch":{}},"retrieval":null}]}',
  ])('can not hide behind a key given twice, however deep: %s', (body) => {
    expect(refusal(body)).toContain('more than once');
  });
});

describe('an embedding call', () => {
  const content = { parts: [{ text: 'x'.repeat(400) }] };

  it.each([
    ['embedContent', { content, outputDimensionality: 3 }, 100],
    [
      'batchEmbedContents',
      { requests: [{ model: 'models/gemini-embedding-001', content }, { content }] },
      200,
    ],
    [
      'predict',
      { instances: [{ content: 'x'.repeat(400), task_type: 'A' }, { content: 'y'.repeat(40) }] },
      110,
    ],
  ])('by %s is estimated by its texts', (action, body, tokens) => {
    expect(read(body, action, 'gemini-embedding-001')).toMatchObject({
      promptTokensLikely: tokens,
      maxOutputTokens: 0,
      stream: false,
    });
    expect(read(body, action, 'gemini-embedding-001').session.opening()).toBeNull();
  });

  it('asks for no other model than its path', () => {
    const other = 'models/gemini-embedding-2';
    expect(refusal({ model: other, content }, 'embedContent')).toContain('same model');
    expect(refusal({ requests: [{ content }, { model: other, content }] }, 'batchEmbedContents')).toContain(
      'same model',
    );
    expect(
      refusal({ content: { parts: [{ fileData: { fileUri: 'gs://b/o' } }] } }, 'embedContent'),
    ).toContain('inline');
    for (const image of [{ gcsUri: 'gs://b/o' }, { gcs_uri: 'gs://b/o' }])
      expect(refusal({ instances: [{ image }] }, 'predict')).toContain('inline');
    expect(refusal({ instances: [], parameters: { storageUri: 'gs://b' } }, 'predict')).toContain('written');
  });
});

describe('a conversation', () => {
  const opening = (body: unknown) => read(body).session.opening();

  it('is known by its instruction and its first user content', () => {
    const body = { systemInstruction: { parts: [{ text: 'be brief' }] }, contents: HI };
    const later = {
      ...body,
      contents: [...HI, { role: 'model', parts: [{ text: 'ho' }] }, { parts: [{ text: 'more' }] }],
    };
    expect(opening(body)).toBe('be brief\nhi');
    expect(opening(later)).toBe(opening(body));
    expect(opening({ system_instruction: { parts: { text: 'be brief' } }, contents: HI[0] })).toBe(
      opening(body),
    );
    expect(opening({ contents: [{ parts: [{ inlineData: {} }] }] })).toBe('\n[inlineData]');
    expect(opening({ contents: [] })).toBeNull();
  });
});

describe('the edit', () => {
  it.each([
    [
      '{ "contents":[],\n "generationConfig" : { "temperature":1.0, "maxOutputTokens" : 9000 } }',
      '{ "contents":[],\n "generationConfig" : { "temperature":1.0, "maxOutputTokens" : 64 } }',
    ],
    ['{"generation_config":{"max_output_tokens":"9000"}}', '{"generation_config":{"max_output_tokens":64}}'],
    ['{"generation_config":{"maxOutputTokens":9}}', '{"generation_config":{"maxOutputTokens":64}}'],
    ['{"generationConfig":{"topK":3}}', '{"generationConfig":{"maxOutputTokens":64,"topK":3}}'],
    ['{"generationConfig":{}}', '{"generationConfig":{"maxOutputTokens":64}}'],
    ['{"generationConfig":null}', '{"generationConfig":{"maxOutputTokens":64}}'],
    ['{"contents":[]}', '{"generationConfig":{"maxOutputTokens":64},"contents":[]}'],
    [
      '{"contents":[{"generationConfig":{"maxOutputTokens":1}}]}',
      '{"generationConfig":{"maxOutputTokens":64},"contents":[{"generationConfig":{"maxOutputTokens":1}}]}',
    ],
  ])('of the allowance keeps every other byte: %s', (body, expected) => {
    expect(prepared(body, 64)).toBe(expected);
  });

  it('of the model is none: it stands in the path', () => {
    const body = encodeUtf8('{"contents":[]}');
    expect(gemini.prepare(body, { model: 'other' })).toBe(body);
    const counted = encodeUtf8('{"model":"a","messages":[]}');
    const place = (name: string) => ({
      endpoint: vertexClaude.endpoints.find((one) => one.name === name)!,
      params: {},
    });
    expect(vertexClaude.prepare(counted, { model: 'b' }, place('rawPredict'))).toBe(counted);
    expect(decodeUtf8(vertexClaude.prepare(counted, { model: 'b' }, place('count_tokens')))).toBe(
      '{"model":"b","messages":[]}',
    );
  });

  it('of the model follows the path where a body repeats it, and keeps every other byte', () => {
    const edit = (body: string) => decodeUtf8(gemini.prepare(encodeUtf8(body), { model: 'm' }));
    const batch = (name: string) =>
      `{ "requests" : [ {"model":"${name}" , "content":{"parts":[{"text":"\\"model\\" é"}]}},\n{"content":{},"model": "${name}"} ,{"content":{"model":"own"}}] }`;
    expect(edit(batch('models/google/m'))).toBe(batch('models/m'));
    expect(edit('{"model":"models/google/m","content":{}}')).toBe('{"model":"models/m","content":{}}');
    expect(edit('{"generateContentRequest":{"model":"x","contents":[]}}')).toBe(
      '{"generateContentRequest":{"model":"models/m","contents":[]}}',
    );
    expect(edit('{"requests":[]}')).toBe('{"requests":[]}');
    expect(edit('{"requests":7}')).toBe('{"requests":7}');
  });

  it('always leaves the allowance asked for, and reads back as it', () => {
    const config = fc.dictionary(
      fc.constantFrom('temperature', 'topK', 'maxOutputTokens', 'stopSequences'),
      fc.jsonValue(),
    );
    const body = fc.record(
      { contents: fc.constant(HI), generationConfig: config },
      { requiredKeys: ['contents'] },
    );
    fc.assert(
      fc.property(body, fc.integer({ min: 1, max: 65_536 }), (call, tokens) => {
        const after = JSON.parse(prepared(JSON.stringify(call), tokens)) as typeof call;
        expect(after.generationConfig?.['maxOutputTokens']).toBe(tokens);
        expect({ ...after.generationConfig, maxOutputTokens: 0 }).toEqual({
          ...(JSON.parse(JSON.stringify(call.generationConfig ?? {})) as object),
          maxOutputTokens: 0,
        });
        expect(read(after).maxOutputTokens).toBe(tokens);
      }),
    );
  });
});

interface Recording {
  readonly file: string;
  readonly provider: string;
  readonly format: string;
  readonly model: string;
  readonly status: number;
  readonly usage: { readonly input: number } | null;
  readonly request_file: string | null;
}

describe('recorded requests', () => {
  const index = path.join(FOLDER, 'index.json');
  const all = existsSync(index) ? (JSON.parse(readFileSync(index, 'utf8')) as Recording[]) : [];
  const mine = all.filter(
    ({ provider, format, request_file: file }) =>
      ['gemini', 'vertex'].includes(provider) && format === 'gemini' && file !== null,
  );
  if (mine.length === 0) console.warn(`notice: no recordings at ${FOLDER}; none is estimated`);

  it('stay below the ceiling held for them', () => {
    for (const { file, request_file: request, model, usage } of mine) {
      const text = readFileSync(path.join(FOLDER, request ?? ''), 'utf8');
      if (text.includes('fileSearch')) continue;
      const { promptTokensCeiling } = read(text, 'generateContent', model);
      expect([file, promptTokensCeiling >= (usage?.input ?? 0)]).toEqual([file, true]);
    }
  });
});

describe('Claude on Vertex', () => {
  it('names model and stream in the path, but counts for the model in the body', () => {
    const call = (name: string, body: object, model = 'claude-sonnet-4-5@20250929') =>
      vertexClaude.readCall({
        endpoint: vertexClaude.endpoints.find((one) => one.name === name)!,
        params: { model },
        body: encodeUtf8(JSON.stringify({ max_tokens: 9, messages: [], ...body })),
        headers: new Headers(),
      });
    expect(call('rawPredict', {})).toMatchObject({
      model: 'claude-sonnet-4-5@20250929',
      stream: false,
      maxOutputTokens: 9,
    });
    expect(call('streamRawPredict', { stream: true })).toMatchObject({ stream: true });
    expect(call('count_tokens', { model: 'claude-opus-5' }, 'count-tokens')).toMatchObject({
      model: 'claude-opus-5',
    });
    expect(() => call('count_tokens', {})).toThrow('model');
  });
});
