/** Files, stores, containers, caches and templates of the operator's account can't be named by callers. */
import { describe, expect, it } from 'vitest';
import { GatewayError } from '@/lib/domain/errors';
import { encodeUtf8 } from '@/lib/std/bytes';
import { anthropicMessages } from '@/lib/wire/anthropic-messages/format';
import type { WireFormat } from '@/lib/wire/format';
import { openaiChat } from '@/lib/wire/openai-chat/format';
import { openaiResponses } from '@/lib/wire/openai-responses/format';

/** `accepted`, or the refusal's code. */
function outcome(format: WireFormat, more: object): string {
  const [endpoint] = format.endpoints;
  if (endpoint === undefined) throw new Error('no endpoint');
  const body = encodeUtf8(JSON.stringify({ model: 'm', ...more }));
  try {
    format.readCall({ endpoint, params: {}, body, headers: new Headers() });
    return 'accepted';
  } catch (error) {
    return error instanceof GatewayError ? error.code : String(error);
  }
}

const user = (...content: object[]) => ({ role: 'user', content });
const tool = (type: string, more: object) => ({ tools: [{ type, ...more }] });

describe('a Responses request', () => {
  const named: object[] = [
    { input: [user({ type: 'input_file', file_id: 'file-1' })] },
    { input: [user({ type: 'input_image', file_id: 'file-1' })] },
    { input: [user({ type: 'input_image', image_url: 'gs://bucket/a.png' })] },
    { input: [{ type: 'computer_call_output', output: { type: 'computer_screenshot', file_id: 'file-1' } }] },
    { input: [{ type: 'function_call_output', output: [{ type: 'input_file', file_id: 'file-1' }] }] },
    { prompt: { id: 'pmpt_1' } },
    tool('file_search', { vector_store_ids: ['vs_1'] }),
    tool('code_interpreter', { container: 'cntr_1' }),
    tool('code_interpreter', { container: { type: 'auto', file_ids: ['file-1'] } }),
    tool('shell', { environment: { type: 'container_reference', container_id: 'cntr_1' } }),
    tool('shell', {
      environment: { type: 'container_auto', skills: [{ type: 'skill_reference', skill_id: 'skill_1' }] },
    }),
    tool('openrouter:shell', { parameters: { environment: { container_id: 'cntr_1' } } }),
    tool('image_generation', { input_image_mask: { file_id: 'file-1' } }),
    { input: [{ type: 'additional_tools', tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }] },
  ];
  it.each(named)('with %j is refused', (more) => expect(outcome(openaiResponses, more)).toBe('body_invalid'));

  const own: object[] = [
    { input: [{ type: 'item_reference', id: 'msg_1' }], previous_response_id: 'resp_own' },
    // The AI SDK's second turn, and a call shown again.
    { input: [{ type: 'item_reference', id: 'msg_1' }] },
    { input: [{ type: 'code_interpreter_call', id: 'ci_1', container_id: 'cntr_1' }] },
    // Shown in full: the SDKs give back what they were given, ids and all.
    { input: [{ type: 'reasoning', id: 'rs_1', summary: [] }, user({ type: 'input_text', text: 'go on' })] },
    {
      input: [
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          content: [
            { type: 'output_text', text: 'x', annotations: [{ type: 'file_citation', file_id: 'f' }] },
          ],
        },
      ],
    },
    { input: [user({ type: 'input_file', file_data: 'data:application/pdf;base64,AAAA' })] },
    { input: [user({ type: 'input_image', image_url: 'https://example.org/a.png' })] },
    tool('code_interpreter', { container: { type: 'auto', memory_limit: '1g' } }),
    tool('shell', { environment: { type: 'local' } }),
    tool('computer_use_preview', { environment: 'browser' }),
    tool('function', { name: 'f', parameters: { container: 'a schema’s word', file_ids: ['x'] } }),
  ];
  it.each(own)('with %j is the caller’s own', (more) =>
    expect(outcome(openaiResponses, more)).toBe('accepted'),
  );
});

describe('a chat completion', () => {
  const message = (part: object) => ({ messages: [user(part)] });
  const uploaded = 'https://generativelanguage.googleapis.com/v1beta/files/abc';
  it.each([
    message({ type: 'file', file: { file_id: 'file-1' } }),
    message({ type: 'image_url', image_url: { url: 'gs://bucket/a.png' } }),
    message({ type: 'image_url', image_url: { url: uploaded } }),
    message({ type: 'image_url', image_url: uploaded }),
    message({ type: 'file', file: { file_data: 'https://storage.googleapis.com/bucket/a.pdf' } }),
    { extra_body: { google: { cached_content: 'cachedContents/1' } } },
    { google: { cached_content: 'cachedContents/1' } },
    { google: { cachedContent: 'cachedContents/1' } },
    { data_sources: [{ type: 'azure_search', parameters: {} }] },
  ])('with %j is refused', (more) => expect(outcome(openaiChat, more)).toBe('body_invalid'));

  it.each([
    message({ type: 'image_url', image_url: { url: 'https://example.org/a.png' } }),
    message({ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } }),
    { extra_body: { google: { thinking_config: { include_thoughts: true } } } },
  ])('with %j is the caller’s own', (more) => expect(outcome(openaiChat, more)).toBe('accepted'));
});

describe('a message', () => {
  const file = { type: 'document', source: { type: 'file', file_id: 'file_1' } };
  it.each([
    { messages: [user(file)] },
    { messages: [user({ type: 'tool_result', tool_use_id: 't', content: [file] })] },
    { messages: [user({ type: 'container_upload', file_id: 'file_1' })] },
    { container: 'container_1' },
    { container: { id: 'container_1' } },
    { container: { skills: [{ type: 'custom', skill_id: 'skill_1' }] } },
  ])('with %j is refused', (more) => expect(outcome(anthropicMessages, more)).toBe('body_invalid'));

  it('spelt with escapes is refused as well', () => {
    const [endpoint] = anthropicMessages.endpoints;
    const text =
      '{"model":"m","messages":[{"content":[{"type":"document","source":{"type":"\\u0066ile"}}]}]}';
    expect(() =>
      anthropicMessages.readCall({
        endpoint: endpoint!,
        params: {},
        body: encodeUtf8(text),
        headers: new Headers(),
      }),
    ).toThrow('can’t be named');
  });

  it.each([
    { container: { skills: [{ type: 'anthropic', skill_id: 'pptx' }] } },
    { messages: [user({ type: 'document', source: { type: 'url', url: 'https://example.org/a.pdf' } })] },
    // What code made earlier is told in its result.
    {
      messages: [
        user({
          type: 'code_execution_tool_result',
          content: {
            type: 'code_execution_result',
            content: [{ type: 'code_execution_output', file_id: 'f' }],
          },
        }),
      ],
    },
  ])('with %j is the caller’s own', (more) => expect(outcome(anthropicMessages, more)).toBe('accepted'));
});
