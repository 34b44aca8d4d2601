/** Hosted tools with a flat fee: what a request may use, what an answer used, and what that costs. */
import { describe, expect, it } from 'vitest';
import { createPriceBook } from '@/lib/domain/price-table';
import { rateParts } from '@/lib/domain/price';
import { UNKNOWN_USAGE } from '@/lib/domain/usage';
import { HostedToolCount, hostedToolsOf, mostHostedTools } from '@/lib/wire/bodies/openai/hosted-tools';
import { ResponseStreamReader } from '@/lib/wire/bodies/openai/responses-stream';
import { encodeUtf8 } from '@/lib/std/bytes';

const NOW = Date.parse('2026-11-21');

describe('hosted tools', () => {
  it('may use a container each, of the size asked for, and as many searches as calls are allowed', () => {
    const tools = [
      { type: 'code_interpreter', container: { type: 'auto', memory_limit: '16g' } },
      { type: 'shell', environment: { type: 'container_auto' } },
      { type: 'shell', environment: { type: 'local' } },
      { type: 'file_search' },
    ];
    expect(mostHostedTools(tools, 7)).toEqual({ containerGb: 17, fileSearches: 7 });
    expect(mostHostedTools([{ type: 'code_interpreter' }], 7)).toEqual({ containerGb: 1, fileSearches: 0 });
    expect(mostHostedTools([{ type: 'function' }], 7)).toBeNull();
  });

  it('take a size nobody listed for the largest', () => {
    const tools = [{ type: 'code_interpreter', container: { memory_limit: '128g' } }];
    expect(mostHostedTools(tools, 1)?.containerGb).toBe(64);
  });

  it('count a container once, however many calls and tools share it', () => {
    const count = new HostedToolCount();
    count.take({ type: 'code_interpreter_call', container_id: 'c1' });
    count.take({ type: 'shell_call', environment: { type: 'container_reference', container_id: 'c1' } });
    count.take({ type: 'shell_call', environment: { type: 'local' } });
    count.take({ type: 'code_interpreter_call', container_id: 'c2' });
    expect(count.used([])).toEqual({ containerGb: 2, fileSearches: 0 });
    expect(hostedToolsOf({ output: [{ type: 'message' }] })).toBeNull();
  });

  it('cost a fee at OpenAI, and none where a price names no fee', () => {
    const part = { usage: UNKNOWN_USAGE, hostedTools: { containerGb: 4, fileSearches: 3 } };
    const cost = (model: string) =>
      rateParts(createPriceBook([]), model, [{ model: null, ...part }], NOW).costNanoUsd;
    expect(cost('gpt-5.1')).toBe(4 * 30_000_000 + 3 * 2_500_000);
    expect(cost('gemini-2.5-pro')).toBe(0);
  });

  it('are billed in a stream that breaks before its usage came', () => {
    const reader = new ResponseStreamReader({ background: false, otherModels: [], promptTokensLikely: 40 });
    const item = { type: 'code_interpreter_call', id: 'ci_1', container_id: 'c1', code: '1' };
    const created = {
      type: 'response.created',
      response: { id: 'r', tools: [{ type: 'code_interpreter' }] },
    };
    for (const event of [created, { type: 'response.output_item.done', item }])
      reader.push(encodeUtf8(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
    expect(reader.read().parts[0]?.hostedTools).toEqual({ containerGb: 1, fileSearches: 0 });
  });
});
