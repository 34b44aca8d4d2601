/** What the gateway reads from a Responses request, and the only edits it makes to one. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { COMPACTION_OUTPUT_TOKENS, REFERENCED_ITEM_TOKENS } from '@/lib/wire/bodies/openai/responses-call';
import { openaiResponses } from '@/lib/wire/openai-responses/format';
import type { WireCall } from '@/lib/wire/format';
import { namesResources, readRecordings } from '@/tests/support/replay';

const endpointOf = (name: string) => {
  const found = openaiResponses.endpoints.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no endpoint ${name}`);
  return found;
};

const readText = (text: string, name = 'responses'): WireCall =>
  openaiResponses.readCall({
    endpoint: endpointOf(name),
    params: {},
    body: encodeUtf8(text),
    headers: new Headers(),
  });
const read = (body: Readonly<Record<string, unknown>> = {}, name?: string): WireCall =>
  readText(JSON.stringify({ model: 'm', ...body }), name);

function refusal(text: string): { message: string; param: unknown } {
  try {
    readText(text);
  } catch (error) {
    expect(error).toMatchObject({ name: 'GatewayError', code: 'body_invalid' });
    const { message, facts } = error as Error & { facts: { param?: string } };
    return { message, param: facts.param };
  }
  return { message: 'accepted', param: null };
}

const recordings = path.resolve('../shared/fixtures');
const user = (content: unknown) => ({ type: 'message', role: 'user', content });

describe('the format', () => {
  it('serves the Responses API at the root, under its mount and where clients expect it', () => {
    expect([openaiResponses.name, openaiResponses.mount, openaiResponses.root]).toEqual([
      'openai-responses',
      'openai',
      true,
    ]);
    expect(
      openaiResponses.endpoints.map(({ name, kind, method, path: at }) => [name, kind, method, at]),
    ).toEqual([
      ['responses', 'generate', 'POST', '/v1/responses'],
      ['responses-retrieve', 'stored', 'GET', '/v1/responses/{id}'],
      ['responses-delete', 'stored', 'DELETE', '/v1/responses/{id}'],
      ['responses-cancel', 'stored', 'POST', '/v1/responses/{id}/cancel'],
      ['responses-input-items', 'stored', 'GET', '/v1/responses/{id}/input_items'],
      ['responses-input-tokens', 'count', 'POST', '/v1/responses/input_tokens'],
      ['responses-compact', 'generate', 'POST', '/v1/responses/compact'],
    ]);
    for (const { path: at, aliases } of openaiResponses.endpoints)
      expect(aliases).toEqual([`/api${at}`, `/v1/native/{provider}${at}`]);
  });
});

describe('a request', () => {
  it('tells model, stream and output allowance', () => {
    expect(read({ input: 'hi', stream: true, max_output_tokens: 300 })).toMatchObject({
      model: 'm',
      stream: true,
      reportsUsage: true,
      maxOutputTokens: 300,
      minOutputTokens: 0,
      answers: 1,
      background: false,
      refersTo: [],
      otherModels: [],
    });
    expect(read({ stream: null, max_output_tokens: null })).toMatchObject({
      stream: false,
      maxOutputTokens: null,
    });
  });

  it('is refused without a model, also where a prompt template names one', () => {
    for (const body of [
      '{"input":"hi"}',
      '{"model":null,"prompt":{"id":"pmpt_1"}}',
      '{"previous_response_id":"resp_1"}',
    ]) {
      const { message, param } = refusal(body);
      expect([message.startsWith("Missing required parameter: 'model'."), param]).toEqual([true, 'model']);
    }
    expect(refusal('{"model":5}').param).toBe('model');
    expect(refusal('[]').message).toBe('The request body is not a valid JSON object.');
  });

  it('is refused when it gives a decisive key twice, however it is spelled', () => {
    for (const key of [
      'model',
      'stream',
      'max_output_tokens',
      'background',
      'previous_response_id',
      'conversation',
    ]) {
      const escaped = `\\u00${key.charCodeAt(0).toString(16)}${key.slice(1)}`;
      expect(refusal(`{"model":"m","${key}":null,"${key}":null}`).message).toBe(
        `${key}: Field given more than once`,
      );
      expect(refusal(`{"${escaped}":null,"${key}":null}`).message).toContain('escaped letters');
    }
  });

  it('is refused with a conversation: none can be the caller’s', () => {
    for (const conversation of ['"conv_1"', '{"id":"conv_1"}']) {
      const { message, param } = refusal(`{"model":"m","conversation":${conversation}}`);
      expect([message, param]).toEqual([expect.stringContaining('previous_response_id'), 'conversation']);
    }
    expect(read({ conversation: null }).refersTo).toEqual([]);
  });

  it('names the earlier answers it builds on or is compared with', () => {
    expect(read({ previous_response_id: 'resp_1' }).refersTo).toEqual(['resp_1']);
    const options = { comparison_response_id: 'resp_2' };
    expect(read({ previous_response_id: 'resp_1', prompt_cache_options: options }).refersTo).toEqual([
      'resp_1',
      'resp_2',
    ]);
    expect(read({ previous_response_id: null }).refersTo).toEqual([]);
    expect(refusal('{"model":"m","previous_response_id":["resp_1"]}').message).toContain('expected a string');
    expect(refusal('{"model":"m","previous_response_id":""}').message).toContain('expected a string');
  });

  it('says whether its answer is made in the background', () => {
    expect(read({ background: true }).background).toBe(true);
    expect(read({ background: null }).background).toBe(false);
  });

  it('asks for the premium of fast mode in each of its spellings; flex lowers no hold', () => {
    const asked = (tier: unknown) => read({ service_tier: tier }).premiums;
    for (const tier of ['priority', 'fast', 'ultrafast']) expect(asked(tier)).toEqual(['priority']);
    for (const tier of ['flex', 'auto', 'default', 'scale', null, 7]) expect(asked(tier)).toEqual([]);
  });

  it('is held as if its prompt were written to the cache, dearer for twelve hours', () => {
    expect(read().cacheWrites).toBe('5m');
    expect(read({ prompt_cache_options: { ttl: '30m' } }).cacheWrites).toBe('5m');
    expect(read({ prompt_cache_options: { ttl: '12h' } }).cacheWrites).toBe('1h');
  });

  it('holds a fixed allowance for a compaction, which callers can’t bound', () => {
    const { maxOutputTokens, minOutputTokens } = read({ max_output_tokens: 16 }, 'responses-compact');
    expect([maxOutputTokens, minOutputTokens]).toEqual([COMPACTION_OUTPUT_TOKENS, COMPACTION_OUTPUT_TOKENS]);
  });
});

describe('tools that the provider runs', () => {
  const ceiling = (body: Record<string, unknown>) => read(body).promptTokensCeiling;

  it('hold searches up to the calls the body allows', () => {
    expect(read().webSearches).toBe(0);
    for (const type of ['web_search', 'web_search_2025_08_26', 'web_search_preview', 'x_search'])
      expect(read({ tools: [{ type }] }).webSearches).toBe(10);
    expect(read({ tools: [{ type: 'web_search' }], max_tool_calls: 3 }).webSearches).toBe(3);
    expect(read({ tools: [{ type: 'web_search' }], max_tool_calls: 1e9 }).webSearches).toBe(1_000);
    expect(read({ tools: [{ type: 'function', name: 'web_search' }] }).webSearches).toBe(0);
  });

  it('are seen where Codex hands them over, in an item of the input', () => {
    const item = { type: 'additional_tools', role: 'developer', tools: [{ type: 'web_search' }] };
    expect(read({ input: [item, user('hi')] }).webSearches).toBe(10);
  });

  it('hold the prompt tokens that their results come to', () => {
    const plain = ceiling({ tools: [{ type: 'function' }] });
    expect(ceiling({ tools: [{ type: 'web_search' }] })).toBeGreaterThan(plain + 49_000);
    for (const type of ['file_search', 'code_interpreter', 'mcp', 'image_generation'])
      expect(ceiling({ tools: [{ type }] })).toBeGreaterThan(plain + 24_000);
    expect(plain).toBeGreaterThan(ceiling({}) + 700);
  });

  it('name the model that draws pictures, which must be allowed and priced as well', () => {
    expect(read({ tools: [{ type: 'image_generation' }] }).otherModels).toEqual(['gpt-image-1']);
    expect(read({ tools: [{ type: 'image_generation', model: 'gpt-image-2' }] }).otherModels).toEqual([
      'gpt-image-2',
    ]);
  });

  it('include a router’s fallbacks', () => {
    expect(read({ models: ['m', 'openai/gpt-5', 'x/y'] }).otherModels).toEqual(['openai/gpt-5', 'x/y']);
  });
});

describe('the prompt estimate', () => {
  it('takes pictures by their kind, not by their bytes, wherever they stand', () => {
    const data = `data:image/png;base64,${'A'.repeat(400_000)}`;
    const inputs = [
      user([{ type: 'input_image', image_url: data }]),
      { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image', image_url: data }] },
      {
        type: 'computer_call_output',
        call_id: 'c',
        output: { type: 'computer_screenshot', image_url: data },
      },
      { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'A'.repeat(400_000) },
    ];
    for (const item of inputs) {
      const { promptTokensLikely, promptTokensCeiling } = read({ input: [item] });
      expect(promptTokensLikely).toBeGreaterThan(200);
      expect(promptTokensLikely).toBeLessThan(5_000);
      expect(promptTokensCeiling).toBeLessThan(12_000);
    }
  });

  it('allows for items that are named instead of shown', () => {
    const named = [1, 2, 3].map((id) => ({ type: 'item_reference', id: `msg_${id}` }));
    const continued = { previous_response_id: 'resp_1' };
    const extra =
      read({ input: [...named, user('hi')], ...continued }).promptTokensCeiling -
      read({ input: [user('hi')], ...continued }).promptTokensCeiling;
    expect(extra).toBeGreaterThanOrEqual(3 * REFERENCED_ITEM_TOKENS);
  });

  const recorded = readRecordings(
    ({ format, usage, request_file: file }) =>
      format === 'openai-responses' && typeof usage?.input === 'number' && typeof file === 'string',
  );

  it.each(recorded.map((recording) => [recording.file, recording] as const))(
    '%s was billed no more input than was held',
    (_file, { usage, model, request_file: file, flags }) => {
      const place = path.join(recordings, file ?? '');
      if (!existsSync(place)) return;
      const body = { model, ...(JSON.parse(readFileSync(place, 'utf8')) as Record<string, unknown>) };
      if (namesResources(body)) return;
      // What was kept at the provider shows in no body; the gateway adds it from the earlier call's row.
      if ('conversation' in body || 'previous_response_id' in body || flags.includes('image-in')) return;
      expect(read(body).promptTokensCeiling).toBeGreaterThanOrEqual(usage?.input ?? 0);
    },
  );
});

describe('the session', () => {
  const sessionId = (body: Record<string, unknown>) => read(body).session.id;

  it('is the thread Codex names, else the cache key, else what the metadata tells', () => {
    const client_metadata = { session_id: 's', thread_id: 't' };
    expect(sessionId({ client_metadata, prompt_cache_key: 'k' })).toBe('t');
    expect(sessionId({ client_metadata: { session_id: 's' }, prompt_cache_key: 'k' })).toBe('s');
    expect(sessionId({ prompt_cache_key: 'k', metadata: { session_id: 'x' } })).toBe('k');
    expect(sessionId({ metadata: { session_id: 'x' } })).toBe('x');
    expect(sessionId({ metadata: { session_id: 5 }, prompt_cache_key: '' })).toBeNull();
  });

  it('is told by the instructions and the first message alike, however the message is written', () => {
    const opening = (body: Record<string, unknown>) => read(body).session.opening();
    const instructions = 'Be brief.';
    const text = opening({ instructions, input: 'hi' });
    expect(text).toContain('Be brief.');
    expect(
      opening({ instructions, input: [user('hi'), { role: 'assistant', content: 'yes?' }, user('go')] }),
    ).toBe(text);
    expect(opening({ instructions, input: [user([{ type: 'input_text', text: 'hi' }])] })).toBe(text);
    expect(opening({ input: 'hi' })).not.toBe(text);
    expect(opening({})).toBeNull();
  });

  it('has no opening of its own where it goes on from an earlier answer', () => {
    expect(read({ previous_response_id: 'resp_1', input: 'go on' }).session.opening()).toBeNull();
  });
});

describe('the edits', () => {
  const prepare = (text: string, edits: Parameters<typeof openaiResponses.prepare>[1]) =>
    decodeUtf8(openaiResponses.prepare(encodeUtf8(text), edits));

  it('leave a body alone that needs none', () => {
    const body = encodeUtf8('{ "model" : "m" }');
    expect(openaiResponses.prepare(body, {})).toBe(body);
  });

  it('change the model and the allowance in place and no other byte', () => {
    expect(
      prepare('{ "model" : "m", "max_output_tokens":null , "x": {"model":"m"} }', {
        model: 'n',
        maxOutputTokens: 99,
      }),
    ).toBe('{ "model" : "n", "max_output_tokens":99 , "x": {"model":"m"} }');
    expect(prepare('{"model":"m"}', { maxOutputTokens: 64 })).toBe('{"max_output_tokens":64,"model":"m"}');
  });
});

it('passes the headers of OpenAI’s clients, never those that choose among the operator’s accounts', () => {
  for (const name of [
    'OpenAI-Beta',
    'session-id',
    'thread-id',
    'originator',
    'x-codex-turn-state',
    'User-Agent',
  ])
    expect([name, openaiResponses.passesRequestHeader(name)]).toEqual([name, true]);
  for (const name of ['openai-organization', 'OpenAI-Project', 'x-forwarded-for', 'x-anything'])
    expect([name, openaiResponses.passesRequestHeader(name)]).toEqual([name, false]);
});
