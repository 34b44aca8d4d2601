/** What the gateway reads from a Messages request, and the only edits it makes to one. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { concatBytes, decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { anthropicMessages } from '@/lib/wire/anthropic-messages/format';
import {
  IMAGE_TOKENS_CEILING,
  IMAGE_TOKENS_LIKELY,
  PDF_PAGE_TOKENS_CEILING,
  PDF_PAGE_TOKENS_LIKELY,
  PDF_PAGES_MAX,
  PDF_PAGES_UNSEEN_CEILING,
  PDF_PAGES_UNSEEN_LIKELY,
} from '@/lib/wire/bodies/anthropic/media';
import type { WireCall } from '@/lib/wire/format';
import { namesResources } from '@/tests/support/replay';

const [endpoint] = anthropicMessages.endpoints;
if (endpoint === undefined) throw new Error('no endpoint');

interface RecordedCall {
  readonly file: string;
  readonly format: string;
  readonly request_file: string;
  readonly usage: { readonly input: number };
}

const RECORDINGS = path.resolve('../shared/fixtures');
const INDEX = path.join(RECORDINGS, 'index.json');
const requests = existsSync(INDEX)
  ? (JSON.parse(readFileSync(INDEX, 'utf8')) as (RecordedCall | (RecordedCall & { usage: null }))[]).filter(
      (call): call is RecordedCall =>
        call.format === 'anthropic' && call.request_file !== null && call.usage !== null,
    )
  : [];
if (requests.length === 0) console.warn(`notice: no recordings at ${RECORDINGS}; their tests are skipped`);

const readText = (text: string, headers: Record<string, string> = {}): WireCall =>
  anthropicMessages.readCall({ endpoint, params: {}, body: encodeUtf8(text), headers: new Headers(headers) });
const read = (body: Record<string, unknown>, headers: Record<string, string> = {}): WireCall =>
  readText(JSON.stringify({ model: 'm', ...body }), headers);

const invalid = (text: string): string => {
  try {
    readText(text);
  } catch (error) {
    expect(error).toMatchObject({ name: 'GatewayError', code: 'body_invalid' });
    return error instanceof Error ? error.message : '';
  }
  return 'accepted';
};

describe('the format', () => {
  it('has its endpoints', () => {
    expect(
      anthropicMessages.endpoints.map((e) => [e.name, e.kind, e.method, e.path, e.aliases ?? []]),
    ).toEqual([
      [
        'messages',
        'generate',
        'POST',
        '/v1/messages',
        ['/api/llm/chat', '/foundry/v1/messages', '/api/v1/messages', '/v1/native/{provider}/v1/messages'],
      ],
      [
        'count_tokens',
        'count',
        'POST',
        '/v1/messages/count_tokens',
        [
          '/foundry/v1/messages/count_tokens',
          '/api/v1/messages/count_tokens',
          '/v1/native/{provider}/v1/messages/count_tokens',
        ],
      ],
      ['models', 'list-models', 'GET', '/v1/models', ['/foundry/v1/models', '/api/v1/models']],
      ['model', 'get-model', 'GET', '/v1/models/{model+}', []],
    ]);
    expect([anthropicMessages.name, anthropicMessages.mount, anthropicMessages.root]).toEqual([
      'anthropic-messages',
      'anthropic',
      true,
    ]);
  });

  it('passes its own request headers and nothing else', () => {
    const passed = [
      'anthropic-version',
      'Anthropic-Beta',
      'anthropic-something-new',
      'x-stainless-retry-count',
      'x-claude-code-session-id',
      'x-claude-1p-request-class',
      'x-app',
      'User-Agent',
      'content-type',
      'accept',
    ];
    const kept = [
      // All customers share the operator's key space.
      'idempotency-key',
      'authorization',
      'x-api-key',
      'api-key',
      'x-goog-api-key',
      'cookie',
      'host',
      'connection',
      'content-length',
      'content-encoding',
      'accept-encoding',
      'transfer-encoding',
      'forwarded',
      'x-forwarded-for',
      'x-real-ip',
      'x-tollgate-agent',
      'traceparent',
      'x-application',
      'x-anthropic-key',
      'proxy-authorization',
    ];
    expect(passed.filter((name) => !anthropicMessages.passesRequestHeader(name))).toEqual([]);
    expect(kept.filter((name) => anthropicMessages.passesRequestHeader(name))).toEqual([]);
  });
});

describe('readCall', () => {
  it('reads what it needs and validates nothing else', () => {
    const text = JSON.stringify({
      model: 'claude-sonnet-4-5',
      max_tokens: 1024,
      stream: true,
      messages: [{ role: 'system', content: 'odd', output_config: {} }, 7],
      context_management: { edits: [] },
      unknown: null,
    });
    expect(readText(text)).toEqual({
      model: 'claude-sonnet-4-5',
      otherModels: [],
      stream: true,
      maxOutputTokens: 1024,
      minOutputTokens: 0,
      promptTokensLikely: Math.ceil(text.length / 4),
      promptTokensCeiling: Math.ceil(text.length / 2.5) + 16,
      cacheWrites: 'none',
      webSearches: 0,
      premiums: [],
      session: { id: null, opening: expect.any(Function) as () => string | null },
      reportsUsage: true,
      answers: 1,
      refersTo: [],
      background: false,
    });
    expect(readText(`\uFEFF${text}`).model).toBe('claude-sonnet-4-5');
  });

  it('finds every further model and premium the body asks for', () => {
    const call = readText(
      JSON.stringify({
        model: 'claude-opus-5',
        speed: 'fast',
        inference_geo: 'us',
        fallbacks: [{ model: 'claude-sonnet-5' }, { model: 'claude-opus-5' }, 7],
        tools: [{ type: 'advisor_20260301', model: 'claude-fable-5' }, { name: 'plain' }],
        messages: [{ role: 'user', content: 'x', model: 'not-one' }],
      }),
    );
    expect(call.otherModels).toEqual(['claude-sonnet-5', 'claude-fable-5']);
    expect(call.premiums).toEqual(['fast', 'us-only']);
  });

  it('refuses a body that names no model', () => {
    expect(invalid('{"max_tokens":1}')).toBe('model: Field required');
    for (const model of ['null', '7', '""', '["m"]']) {
      expect(invalid(`{"model":${model}}`)).toBe('model: Input should be a valid string');
    }
    for (const text of ['', 'x', '[]', '"m"', 'null', '{"model":"m"', '{"model":"secret" oops']) {
      expect(invalid(text)).toBe('The request body is not a valid JSON object.');
    }
  });

  it('refuses decisive keys given twice, and keys spelt with escapes', () => {
    expect(invalid('{"model":"a","model":"b"}')).toBe('model: Field given more than once');
    expect(invalid('{"model":"a","mod\\u0065l":"b"}')).toContain('escaped letters');
    expect(invalid('{"model":"a","\\u006dodel":"b"}')).toContain('escaped letters');
    expect(invalid('{"model":"a","stream":true,"x":1,"stream":false}')).toBe(
      'stream: Field given more than once',
    );
    expect(invalid('{"model":"a","max_tokens":1,"max\\u005ftokens":9}')).toContain('escaped letters');
  });

  it('accepts the same words elsewhere', () => {
    const tools = [{ name: 't', input_schema: { properties: { model: {}, stream: {}, max_tokens: {} } } }];
    const messages = [{ role: 'user', content: '"model":"x", "stream" \\u0065 {"model":1}' }];
    expect(read({ tools, messages, stream: false, max_tokens: 5 })).toMatchObject({
      model: 'm',
      maxOutputTokens: 5,
    });
  });

  it('reads max_tokens and the thinking floor', () => {
    expect(read({ max_tokens: 'many' }).maxOutputTokens).toBeNull();
    expect(read({ max_tokens: 0 }).maxOutputTokens).toBeNull();
    expect(read({ thinking: { type: 'enabled', budget_tokens: 10_000 } }).minOutputTokens).toBe(10_001);
    expect(read({ thinking: { type: 'adaptive', budget_tokens: 10_000 } }).minOutputTokens).toBe(0);
    expect(read({ thinking: { type: 'enabled' } }).minOutputTokens).toBe(0);
  });

  it('sees cache writes wherever they are asked for', () => {
    expect(
      read({ system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }] }).cacheWrites,
    ).toBe('5m');
    expect(read({ cache_control: { type: 'ephemeral' } }).cacheWrites).toBe('5m');
    expect(read({ cache_control: { type: 'ephemeral', ttl: '5m' } }).cacheWrites).toBe('5m');
    expect(readText('{"model":"m","cache_control":{"type":"ephemeral", "ttl" :\n"1h"}}').cacheWrites).toBe(
      '1h',
    );
    expect(readText('{"model":"m","cache_control":{"ttl":"\\u0031h"}}').cacheWrites).toBe('1h');
    expect(read({ messages: [{ content: 'say "cache_control" and "ttl":"1h"' }] }).cacheWrites).toBe('none');
  });

  it('adds up allowed web searches', () => {
    const tools = [
      { type: 'web_search_20250305', name: 'web_search', max_uses: 3 },
      { type: 'web_search_20260101', name: 'web_search' },
      { type: 'web_fetch_20250910', max_uses: 9 },
      { name: 'web_search_mine' },
    ];
    expect(read({ tools }).webSearches).toBe(8);
    expect(read({ tools: 'none' }).webSearches).toBe(0);
  });

  it('adds the hidden tool prompt to the ceiling only', () => {
    const body = { tools: [{ name: 't' }] };
    const bytes = JSON.stringify({ model: 'm', ...body }).length;
    expect(read(body).promptTokensLikely).toBe(Math.ceil(bytes / 4));
    expect(read(body).promptTokensCeiling).toBe(Math.ceil(bytes / 2.5) + 16 + 700);
  });

  it('leaves room for what provider-run tools read on their own', () => {
    const room = (body: Record<string, unknown>): number =>
      read(body).promptTokensCeiling - Math.ceil(JSON.stringify({ model: 'm', ...body }).length / 2.5);
    for (const type of [
      'web_search_20250305',
      'web_fetch_20250910',
      'code_execution_20250825',
      'advisor_20260301',
    ]) {
      expect(room({ tools: [{ type }] })).toBe(16 + 700 + 25_000);
    }
    expect(room({ mcp_servers: [{ url: 'https://x' }] })).toBe(16 + 700 + 25_000);
    expect(room({ tools: [{ type: 'bash_20250124' }], mcp_servers: [] })).toBe(16 + 700);
  });

  it.skipIf(requests.length === 0)('holds at least what every recorded call was billed', () => {
    for (const { file, request_file: requestFile, usage } of requests) {
      const body = new Uint8Array(readFileSync(path.join(RECORDINGS, requestFile)));
      if (namesResources(JSON.parse(decodeUtf8(body)))) continue;
      const { promptTokensCeiling } = anthropicMessages.readCall({
        endpoint,
        params: {},
        body,
        headers: new Headers(),
      });
      expect(promptTokensCeiling, file).toBeGreaterThanOrEqual(usage.input);
    }
  });

  it('counts images and documents by piece, not by byte', () => {
    const likely = (content: unknown): number => {
      const empty = JSON.stringify(content).replaceAll(/"data":"[A]*"/g, '"data":""');
      const envelope = `{"model":"m","messages":[{"role":"user","content":${empty}}]}`;
      return (
        read({ messages: [{ role: 'user', content }] }).promptTokensLikely - Math.ceil(envelope.length / 4)
      );
    };
    const ceiling = (content: unknown): number => read({ messages: [{ content }] }).promptTokensCeiling;
    const source = (bytes: number) => ({
      type: 'base64',
      media_type: 'x/y',
      data: 'A'.repeat((bytes * 4) / 3),
    });
    const image = { type: 'image', source: source(3_000_000) };
    expect(likely([image])).toBe(IMAGE_TOKENS_LIKELY);
    expect(likely([image, { type: 'tool_result', content: [image] }])).toBe(2 * IMAGE_TOKENS_LIKELY);
    expect(likely([{ type: 'image', source: { type: 'url', url: 'https://x' } }])).toBe(IMAGE_TOKENS_LIKELY);
    expect(ceiling([image]) - IMAGE_TOKENS_CEILING).toBeLessThan(100);
    expect(likely([{ type: 'document', source: { type: 'content', content: [image] } }])).toBe(
      IMAGE_TOKENS_LIKELY,
    );
    expect(likely([{ type: 'document', source: source(99_000) }])).toBe(2 * PDF_PAGE_TOKENS_LIKELY);
    expect(likely([{ type: 'document', source: source(60_000_000) }])).toBe(
      PDF_PAGES_MAX * PDF_PAGE_TOKENS_LIKELY,
    );
    const file = { type: 'document', source: { type: 'url', url: 'https://x.example/a.pdf' } };
    expect(likely([file])).toBe(PDF_PAGES_UNSEEN_LIKELY * PDF_PAGE_TOKENS_LIKELY);
    expect(ceiling([file])).toBeGreaterThan(PDF_PAGES_UNSEEN_CEILING * PDF_PAGE_TOKENS_CEILING);
    expect(likely([{ type: 'document', source: { type: 'text', data: 'AAAA' } }])).toBe(1);
  });

  it('finds the session that Claude Code keeps in metadata, new and old', () => {
    const uuid = '0b5f6f0e-3f0a-4c5e-9a52-1d2c3b4a5f60';
    const json = {
      metadata: { user_id: JSON.stringify({ device_id: 'd', account_uuid: '', session_id: uuid }) },
    };
    const old = { metadata: { user_id: `user_${'a'.repeat(64)}_account__session_${uuid}` } };
    expect(read(json).session.id).toBe(uuid);
    expect(read(old).session.id).toBe(uuid);
    for (const userId of ['someone', '{"session_id":', '{"session_id":7}', 7, null]) {
      expect(read({ metadata: { user_id: userId } }).session.id).toBeNull();
    }
    expect(read({ metadata: 'x' }).session.id).toBeNull();
  });

  it('is quick on a body of Claude Code size', () => {
    const tools = Array.from({ length: 20 }, (_, i) => ({
      name: `t${i}`,
      input_schema: { model: 'x' },
      text: 'y'.repeat(2400),
    }));
    const text = JSON.stringify({ model: 'm', stream: true, max_tokens: 1, tools });
    const body = encodeUtf8(text);
    const headers = new Headers();
    const started = performance.now();
    for (let i = 0; i < 50; i += 1) anthropicMessages.readCall({ endpoint, params: {}, body, headers });
    expect((performance.now() - started) / 50).toBeLessThan(10);
  });
});

describe('prepare', () => {
  const body = encodeUtf8('{ "messages":[{"model":"x"}],"max_tokens" : 64000,"model":"old"  }');

  it('edits model and max_tokens in place', () => {
    expect(decodeUtf8(anthropicMessages.prepare(body, { model: 'new', maxOutputTokens: 500 }))).toBe(
      '{ "messages":[{"model":"x"}],"max_tokens" : 500,"model":"new"  }',
    );
  });

  it('inserts a missing max_tokens and keeps the array without edits', () => {
    expect(anthropicMessages.prepare(body, {})).toBe(body);
    const bare = concatBytes([encodeUtf8('{"model":"m","s":"'), Uint8Array.of(0xff), encodeUtf8('"}')]);
    const edited = anthropicMessages.prepare(bare, { maxOutputTokens: 9 });
    expect([...edited]).toEqual([...encodeUtf8('{"max_tokens":9,'), ...bare.slice(1)]);
  });
});
