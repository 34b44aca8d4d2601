/** No body reaches a model that it doesn't name: fallbacks, plugins and a router's tools in every dialect. */
import { describe, expect, it } from 'vitest';
import { GatewayError } from '@/lib/domain/errors';
import { encodeUtf8 } from '@/lib/std/bytes';
import { anthropicMessages } from '@/lib/wire/anthropic-messages/format';
import type { WireCall, WireFormat } from '@/lib/wire/format';
import { openaiChat } from '@/lib/wire/openai-chat/format';
import { openaiEmbeddings } from '@/lib/wire/openai-embeddings/format';
import { openaiResponses } from '@/lib/wire/openai-responses/format';

function readText(format: WireFormat, text: string): WireCall {
  const [endpoint] = format.endpoints;
  if (endpoint === undefined) throw new Error('no endpoint');
  return format.readCall({ endpoint, params: {}, body: encodeUtf8(text), headers: new Headers() });
}
const read = (format: WireFormat, more: object): WireCall =>
  readText(format, JSON.stringify({ model: 'a/one', ...more }));

function codeOf(format: WireFormat, more: object): string {
  try {
    read(format, more);
    return 'accepted';
  } catch (error) {
    return error instanceof GatewayError ? error.code : String(error);
  }
}

const GENERATING = [openaiChat, openaiResponses, anthropicMessages] as const;

describe.each(GENERATING.map((format) => [format.name, format] as const))('in %s', (_name, format) => {
  it.each([
    [{ models: ['a/one', 'b/two', 7] }, ['b/two']],
    [{ fallbacks: [{ model: 'b/two' }] }, ['b/two']],
    [{ plugins: [{ id: 'auto-router', allowed_models: ['b/two', 'c/three'] }] }, ['b/two', 'c/three']],
    [{ plugins: [{ id: 'fusion', analysis_models: ['b/two'], model: 'c/three' }] }, ['b/two', 'c/three']],
    [{ plugins: [{ id: 'file-parser', pdf: { engine: 'native' } }, { id: 'response-healing' }] }, []],
    [{ tools: [{ type: 'openrouter:advisor', parameters: { model: '~b/latest' } }] }, ['~b/latest']],
    [
      {
        tools: [
          {
            type: 'openrouter:subagent',
            parameters: {
              model: 'b/two',
              tools: [{ type: 'openrouter:advisor', parameters: { model: 'c/three' } }],
            },
          },
        ],
      },
      ['b/two', 'c/three'],
    ],
    [{ tools: [{ type: 'openrouter:datetime' }, { type: 'openrouter:web_fetch' }] }, []],
  ])('%j may call %j beside its model', (more, models) => {
    expect(read(format, more).otherModels).toEqual(models);
  });

  it.each([
    { preset: 'operators-preset' },
    { plugins: [{ id: 'fusion' }] },
    { plugins: [{ id: 'fusion', analysis_models: ['b/two'] }] },
    { plugins: [{ id: 'auto-router' }] },
    { plugins: [{ id: 'auto-router', allowed_models: [] }] },
    { plugins: [{ id: 'pareto-router' }] },
    { plugins: ['fusion'] },
    { plugins: { id: 'fusion' } },
    { tools: [{ type: 'openrouter:fusion' }] },
    { tools: [{ type: 'openrouter:advisor' }] },
    { tools: [{ type: 'openrouter:image_generation', parameters: {} }] },
    { tools: [{ type: 'openrouter:of_tomorrow', parameters: { model: 'b/two' } }] },
    {
      tools: [
        {
          type: 'openrouter:subagent',
          parameters: { model: 'b/two', tools: [{ type: 'openrouter:fusion' }] },
        },
      ],
    },
  ])('%j is refused: nobody knows what it would call', (more) => {
    expect(codeOf(format, more)).toBe('policy_blocked');
  });

  it('searches of the router’s are held for', () => {
    const searches = (more: object) => read(format, more).webSearches;
    expect(searches({ plugins: [{ id: 'web' }] })).toBe(1);
    expect(searches({ tools: [{ type: 'openrouter:web_search', parameters: { max_uses: 3 } }] })).toBe(3);
  });

  it.each(['models', 'plugins', 'fallbacks', 'preset', 'tools'])('%s given twice is refused', (key) => {
    const text = `{"model":"a/one","${key}":null,"${key}":null}`;
    expect(() => readText(format, text)).toThrow(`${key}: Field given more than once`);
  });
});

it('embeddings reach no other model unseen', () => {
  expect(read(openaiEmbeddings, { input: 'x', models: ['b/two'] }).otherModels).toEqual(['b/two']);
  expect(codeOf(openaiEmbeddings, { input: 'x', preset: 'p' })).toBe('policy_blocked');
});
