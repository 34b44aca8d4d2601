/** What the gateway reads from chat completion, completion and embedding requests, and the only edits it makes to them. */
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { openaiChat } from '@/lib/wire/openai-chat/format';
import { openaiEmbeddings } from '@/lib/wire/openai-embeddings/format';
import type { BodyEdits, WireCall, WireFormat } from '@/lib/wire/format';
import { readRecordings, recordedRequest } from '@/tests/support/replay';

function readText(text: string, format: WireFormat = openaiChat): WireCall {
  const [endpoint] = format.endpoints;
  if (endpoint === undefined) throw new Error('no endpoint');
  return format.readCall({ endpoint, params: {}, body: encodeUtf8(text), headers: new Headers() });
}
const HELLO = [{ role: 'user', content: 'Hello' }];
const read = (body: Record<string, unknown>): WireCall =>
  readText(JSON.stringify({ model: 'gpt-5.1', messages: HELLO, ...body }));
const embedding = (body: Record<string, unknown>): WireCall =>
  readText(JSON.stringify({ model: 'text-embedding-3-small', ...body }), openaiEmbeddings);

describe('a call', () => {
  it('is read with its defaults', () => {
    expect(read({})).toMatchObject({
      model: 'gpt-5.1',
      otherModels: [],
      stream: false,
      reportsUsage: true,
      maxOutputTokens: null,
      minOutputTokens: 0,
      answers: 1,
      cacheWrites: '5m',
      webSearches: 0,
      premiums: [],
      refersTo: [],
      background: false,
    });
  });

  it.each([
    [{ max_completion_tokens: 50 }, 50],
    [{ max_tokens: 40 }, 40],
    [{ max_tokens: 40, max_completion_tokens: 50 }, 50],
    [{ max_tokens: 40, max_completion_tokens: null }, 40],
    [{ max_tokens: '40' }, 40],
    [{ max_tokens: 'forty' }, null],
    [{ max_tokens: 0 }, null],
  ])('asks for output with %o', (body, most) => expect(read(body).maxOutputTokens).toBe(most));

  it.each([
    [{ n: 3 }, 3],
    [{ n: null }, 1],
    [{ prompt: 'a', messages: undefined, n: 2, best_of: 5 }, 5],
    [{ prompt: ['a', 'b', 'c'], messages: undefined, n: 2 }, 6],
    [{ prompt: [1, 2, 3], messages: undefined }, 1],
    [{ prompt: [[1, 2], [3]], messages: undefined, best_of: 2 }, 4],
  ])('asks for answers with %o', (body, answers) => expect(read(body).answers).toBe(answers));

  it.each([
    [{ stream: true }, false],
    [{ stream: true, stream_options: null }, false],
    [{ stream: true, stream_options: { include_usage: false } }, false],
    [{ stream: true, stream_options: { include_usage: true } }, true],
    [{ stream: false }, true],
  ])('with %o reports its usage: %s', (body, reports) => expect(read(body).reportsUsage).toBe(reports));

  it('names every model that its body can reach', () => {
    const body = {
      model: 'a/one',
      models: ['a/one', 'b/two', 7],
      fallbacks: [{ model: 'c/three' }],
      plugins: [{ id: 'web', model: 'd/four' }],
      tools: [
        { type: 'openrouter:advisor', parameters: { model: '~e/five-latest' } },
        { type: 'function', function: { name: 'f' }, parameters: { model: 'a schema’s field' } },
      ],
    };
    expect(read(body).otherModels).toEqual(['b/two', 'c/three', 'd/four', '~e/five-latest']);
  });

  it.each([
    [{ web_search_options: {} }, 1],
    [{ model: 'gpt-4o-search-preview' }, 1],
    [{ model: 'x-ai/grok-4:online' }, 1],
    [{ plugins: [{ id: 'web' }] }, 1],
    [{ tools: [{ type: 'openrouter:web_search', parameters: { max_uses: 3 } }] }, 3],
    [{ tools: [{ type: 'openrouter:web_search' }] }, 5],
    [{ search_parameters: { mode: 'auto' } }, 20],
    [{ search_parameters: { mode: 'on', max_search_results: 4 } }, 4],
    [{ search_parameters: { mode: 'off' } }, 0],
    [{ tools: [{ type: 'function', function: { name: 'web_search' } }] }, 0],
  ])('with %o may search the web %i times', (body, searches) => {
    expect(read(body).webSearches).toBe(searches);
  });

  it('holds what costs more: priority, an hour’s cache, thinking; flex is seen when it was served', () => {
    expect(read({ service_tier: 'priority' }).premiums).toEqual(['priority']);
    for (const tier of ['flex', 'auto', 'default', 5])
      expect(read({ service_tier: tier }).premiums).toEqual([]);
    const cached = (ttl: string) => [
      { role: 'user', content: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl } }] },
    ];
    expect(read({ messages: cached('1h') }).cacheWrites).toBe('1h');
    expect(read({ messages: cached('5m') }).cacheWrites).toBe('5m');
    expect(read({ thinking: { type: 'enabled', budget_tokens: 2_000 } }).minOutputTokens).toBe(2_001);
    expect(read({ reasoning: { max_tokens: 3_000 } }).minOutputTokens).toBe(3_001);
  });

  it('belongs to the session its body names, else is told by its start', () => {
    expect(read({ prompt_cache_key: 'k', user: 'u' }).session.id).toBe('k');
    expect(read({ session_id: 's', user: 'u' }).session.id).toBe('s');
    // A user has many conversations: an end user's name is no session.
    expect(read({ user: 'u' }).session.id).toBeNull();
    expect(read({}).session.id).toBeNull();
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: [{ type: 'text', text: 'And kind.' }] },
      { role: 'user', content: [{ type: 'image_url' }, { type: 'text', text: 'Hi' }] },
    ];
    const opening = read({ messages }).session.opening();
    expect(opening).toBe('Be brief.\nAnd kind.\n[image_url]\nHi');
    const later = [...messages, { role: 'assistant', content: 'Hello' }, { role: 'user', content: 'More' }];
    expect(read({ messages: later }).session.opening()).toBe(opening);
    expect(read({ messages: [] }).session.opening()).toBeNull();
  });

  it.each([
    ['no JSON', 'hello'],
    ['no object', '[]'],
    ['no model', '{"messages":[]}'],
    ['an empty model', '{"model":""}'],
    ['two models', '{"model":"a","model":"b"}'],
    ['a model hidden in escapes', '{"model":"a","m\\u006fdel":"b"}'],
    ['two lists of fallbacks', '{"model":"a","models":[],"models":["b"]}'],
    ['two limits', '{"model":"a","max_tokens":1,"max_tokens":100000}'],
    ['two counts of answers', '{"model":"a","n":1,"n":100}'],
  ])('with %s is refused', (_name, text) => {
    expect(() => readText(text)).toThrow(expect.objectContaining({ code: 'body_invalid' }) as Error);
  });
});

describe('media', () => {
  const url = `data:image/png;base64,${'A'.repeat(400_000)}`;
  const tokens = (part: object, model = 'gpt-4o') => {
    const messages = [{ role: 'user', content: [part] }];
    const call = read({ model, messages });
    const text = Math.ceil(JSON.stringify({ model, messages: HELLO }).length / 2.5);
    const vendor = model.startsWith('anthropic/') ? 700 : 0;
    return { likely: call.promptTokensLikely, ceiling: call.promptTokensCeiling - vendor - text - 16 };
  };

  it.each([
    ['gpt-4o', {}, 765, 1_445],
    ['gpt-4o', { detail: 'low' }, 85, 85],
    ['gpt-4o-mini', {}, 25_501, 48_169],
    ['o3', {}, 675, 1_275],
    ['gpt-5', {}, 630, 1_190],
    ['gpt-5-mini', {}, 1_856, 3_779],
    ['openai/gpt-6.1-sol', {}, 1_856, 10_000],
    ['anthropic/claude-opus-4.5', { detail: 'low' }, 1_290, 4_784],
  ])('an image costs %s tokens by its rule, whatever its bytes', (model, more, likely, ceiling) => {
    const seen = tokens({ type: 'image_url', image_url: { url, ...more } }, model);
    expect(seen.likely).toBeGreaterThanOrEqual(likely);
    expect(seen.likely).toBeLessThan(likely + 60);
    expect(seen.ceiling).toBeGreaterThanOrEqual(ceiling - 20);
    expect(seen.ceiling).toBeLessThan(ceiling + 60);
  });

  it.each([
    [
      'sound',
      { type: 'input_audio', input_audio: { data: 'A'.repeat(4_000_000), format: 'wav' } },
      625,
      6_000,
    ],
    ['a PDF', { type: 'file', file: { file_data: url } }, 9_000, 72_000],
    ['a video', { type: 'video_url', video_url: { url } }, 870, 2_900],
    ['an image by address', { type: 'image_url', image_url: { url: 'https://x.example/a.png' } }, 765, 1_445],
  ])('%s is not read as text', (_name, part, likely, ceiling) => {
    const seen = tokens(part);
    expect(seen.likely).toBeGreaterThan(likely * 0.9);
    expect(seen.likely).toBeLessThan(likely * 1.2 + 60);
    expect(seen.ceiling).toBeGreaterThan(ceiling * 0.9);
    expect(seen.ceiling).toBeLessThan(ceiling * 1.2 + 60);
  });

  it('inside a text is text', () => {
    const text = JSON.stringify({ type: 'image_url', image_url: { url: 'data:x' } }).repeat(100);
    expect(read({ messages: [{ role: 'user', content: text }] }).promptTokensLikely).toBeGreaterThan(1_000);
  });
});

describe('the estimate of a recorded prompt', () => {
  const recordings = readRecordings(
    ({ format, provider, usage, request_file: file }) =>
      format.startsWith('openai-c') && provider !== 'gemini' && usage !== null && typeof file === 'string',
  );
  it.each(recordings.map((recording) => [recording.file, recording] as const))(
    '%s is never exceeded',
    (_file, one) => {
      // The gateway refuses presets: they are the operator's.
      const { preset: _refused, ...request } = recordedRequest(one);
      const call = readText(JSON.stringify({ ...request, model: request['model'] ?? 'm' }));
      expect(one.usage?.input ?? 0).toBeLessThanOrEqual(call.promptTokensCeiling);
    },
  );
});

describe('an embedding', () => {
  it.each([
    ['hello world', 3, 13],
    [['hello', 'world'], 4, 14],
    [[1, 2, 3], 3, 5],
    [[[1, 2, 3], [4]], 4, 8],
    ['schön', 2, 8],
  ])('of %o is estimated', (input, likely, ceiling) => {
    expect(embedding({ input })).toMatchObject({
      stream: false,
      answers: 1,
      maxOutputTokens: 0,
      promptTokensLikely: likely,
      promptTokensCeiling: ceiling,
    });
  });

  it('of nonsense is estimated as nothing and left to the provider', () => {
    for (const input of [null, 7, [null]]) expect(embedding({ input }).promptTokensLikely).toBe(0);
  });
});

describe('the named edits', () => {
  const edit = (text: string, edits: BodyEdits, format: WireFormat = openaiChat) =>
    decodeUtf8(format.prepare(encodeUtf8(text), edits));

  it('leave a body alone that needs none', () => {
    const body = encodeUtf8('{ "model" : "gpt-5.1" }');
    expect(openaiChat.prepare(body, {})).toBe(body);
    expect(openaiEmbeddings.prepare(body, {})).toBe(body);
  });

  it.each([
    ['{"max_tokens": 9, "model":"m"}', '{"max_tokens": 5, "model":"m"}'],
    ['{"max_completion_tokens":9,"model":"gpt-5.1"}', '{"max_completion_tokens":5,"model":"gpt-5.1"}'],
    ['{"max_tokens":9,"max_completion_tokens":8}', '{"max_tokens":5,"max_completion_tokens":5}'],
    ['{"max_tokens":null,"max_completion_tokens":8}', '{"max_tokens":null,"max_completion_tokens":5}'],
    ['{"model":"gpt-5.1","messages":[]}', '{"max_completion_tokens":5,"model":"gpt-5.1","messages":[]}'],
    ['{"model":"openai/o3"}', '{"max_completion_tokens":5,"model":"openai/o3"}'],
    ['{"model":"gpt-4o"}', '{"max_tokens":5,"model":"gpt-4o"}'],
    ['{"model":"gpt-oss:20b"}', '{"max_tokens":5,"model":"gpt-oss:20b"}'],
    ['{"model":"claude-opus-4-5"}', '{"max_tokens":5,"model":"claude-opus-4-5"}'],
    ['{"model":"gpt-5.1","prompt":"x"}', '{"max_tokens":5,"model":"gpt-5.1","prompt":"x"}'],
    ['{"model":"m","max_tokens":null}', '{"model":"m","max_tokens":5}'],
  ])('clamp the limit that stands in %s, else the one its model knows', (body, edited) => {
    expect(edit(body, { maxOutputTokens: 5 })).toBe(edited);
  });

  it('clamp by the model that is asked upstream', () => {
    expect(edit('{"model":"mine"}', { maxOutputTokens: 5, model: 'gpt-5.1' })).toBe(
      '{"max_completion_tokens":5,"model":"gpt-5.1"}',
    );
  });

  it.each([
    ['{"stream":true}', '{"stream_options":{"include_usage":true},"stream":true}'],
    [
      '{"stream_options": {"include_obfuscation": false}, "a":1}',
      '{"stream_options": {"include_usage":true,"include_obfuscation": false}, "a":1}',
    ],
    ['{"stream_options":{"include_usage":false}}', '{"stream_options":{"include_usage":true}}'],
    ['{"stream_options":null}', '{"stream_options":{"include_usage":true}}'],
  ])('ask for usage and keep the caller’s other options: %s', (body, edited) => {
    expect(edit(body, { reportUsage: true })).toBe(edited);
  });

  it('name the model upstream and nothing else', () => {
    const body = '{"messages":[{"model":"x"}], "model" : "openai/gpt-5.1" ,"é":1.0}';
    const edited = '{"messages":[{"model":"x"}], "model" : "gpt-5.1" ,"é":1.0}';
    expect(edit(body, { model: 'gpt-5.1' })).toBe(edited);
    expect(edit(body, { model: 'gpt-5.1' }, openaiEmbeddings)).toBe(edited);
  });
});
