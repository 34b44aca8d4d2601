/** What an answer costs beyond its plain tokens: dearer and cheaper serving, sound, and hosted tools with a fee. */
import { describe, expect, it } from 'vitest';
import { startGateway } from '@/tests/support/gateway';
import { type Mount, useRig } from '@/tests/support/mounts';

const mount: Mount = { name: 'self-hosted', start: startGateway };
const JSON_TYPE = { 'content-type': 'application/json' };
const plan = { monthly_cost_cents: 100_000 };
/** A thousand tokens in and out at $0.50 and $3. */
const STANDARD_NANO_USD = 3_500_000;
const PRIORITY_NANO_USD = 6_300_000;
const CONTENTS = [{ role: 'user', parts: [{ text: 'hi' }] }];
const geminiAnswer = (usage: object) => ({
  candidates: [{ content: { role: 'model', parts: [{ text: 'hi' }] }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 1000, candidatesTokenCount: 1000, totalTokenCount: 2000, ...usage },
});

describe('beyond tokens', () => {
  const rig = useRig(mount, { openai: {}, vertex: {} });

  async function billed(path: string, body: object, headers: Record<string, string> = {}) {
    const { token } = await rig.gateway.customer({ plan });
    const auth = { ...JSON_TYPE, authorization: `Bearer ${token}` };
    const answer = await rig.send({
      method: 'POST',
      path,
      headers: { ...auth, ...headers },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    return rig.gateway.settledRow(answer.headers['x-request-id'] ?? '');
  }

  it.each([
    ['ON_DEMAND', STANDARD_NANO_USD],
    ['ON_DEMAND_PRIORITY', PRIORITY_NANO_USD],
    ['ON_DEMAND_FLEX', STANDARD_NANO_USD / 2],
  ])('Vertex traffic %s is billed at its own price and never held below it', async (trafficType, cost) => {
    const answer = JSON.stringify(geminiAnswer({ trafficType }));
    rig.vertex.script((request) =>
      request.path.includes('models') ? { headers: JSON_TYPE, body: answer } : null,
    );
    const path = '/vertex/v1/projects/p/locations/l/publishers/google/models/gemini-3-flash-preview';
    const headers = { 'x-vertex-ai-llm-shared-request-type': 'priority' };
    const row = await billed(
      `${path}:generateContent?$alt=json;enum-encoding=int`,
      { contents: CONTENTS, generationConfig: { maxOutputTokens: 1000 } },
      headers,
    );
    expect(Number(row['cost_nano_usd'])).toBe(cost);
    expect(Number(row['hold_nano_usd'])).toBeGreaterThan(1000 * 3000 * 1.8);
    expect(rig.vertex.requests.at(-1)?.url).not.toContain('enum-encoding');
  });

  it.each([
    ['the body names', {}, { serviceTier: 'priority' }],
    ['only a header names', { 'x-gemini-service-tier': 'priority' }, {}],
  ])('a Gemini answer whose tier %s is billed by it, and its row says so', async (_, headers, usage) => {
    const path = '/v1beta/models/gemini-3-flash-preview:generateContent';
    rig.gemini.script({ headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(geminiAnswer(usage)) });
    const row = await billed(path, { serviceTier: 'priority', contents: CONTENTS });
    expect(Number(row['cost_nano_usd'])).toBe(PRIORITY_NANO_USD);
    expect(row['usage_raw']).toMatchObject({ serviceTier: 'priority' });
  });

  it('a Gemini stream asked for with numbers for enums is asked for with names, and ends well', async () => {
    const { token } = await rig.gateway.customer({ plan });
    rig.gemini.script({
      headers: { 'content-type': 'text/event-stream' },
      body: [`data: ${JSON.stringify(geminiAnswer({}))}\r\n\r\n`],
    });
    const answer = await rig.send({
      method: 'POST',
      path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse&$alt=json;enum-encoding=int',
      headers: { ...JSON_TYPE, authorization: `Bearer ${token}` },
      body: JSON.stringify({ contents: CONTENTS }),
    });
    const row = await rig.gateway.settledRow(answer.headers['x-request-id'] ?? '');
    expect([row['ending'], row['grade']]).toEqual(['complete', 'exact']);
    expect(rig.gemini.requests.at(-1)?.url).toMatch(/\?alt=sse&%24alt=json$/);
  });

  it('sound in a Gemini prompt is billed, and held, at the rate of sound', async () => {
    const usage = (modality: string) => ({ promptTokensDetails: [{ modality, tokenCount: 1000 }] });
    const inlineData = { mimeType: 'audio/mp3', data: 'AAAA' };
    const rows = [];
    for (const modality of ['TEXT', 'AUDIO']) {
      rig.gemini.script({ headers: JSON_TYPE, body: JSON.stringify(geminiAnswer(usage(modality))) });
      const parts = modality === 'TEXT' ? [{ text: 'AAAA' }] : [{ inlineData }];
      rows.push(await billed('/v1beta/models/gemini-2.5-flash:generateContent', { contents: [{ parts }] }));
    }
    const costs = rows.map((row) => Number(row['cost_nano_usd']));
    expect(costs).toEqual([300_000 + 2_500_000, 1_000_000 + 2_500_000]);
    expect(Number(rows[1]?.['hold_nano_usd'])).toBeGreaterThan(Number(rows[0]?.['hold_nano_usd']));
  });

  it('containers by their size and searches in files are billed, held and kept on the row', async () => {
    const tools = [{ type: 'code_interpreter', container: { type: 'auto', memory_limit: '4g' } }];
    const call = (id: string) => ({ type: 'code_interpreter_call', id, container_id: 'cntr_1' });
    const search = (id: string) => ({ type: 'file_search_call', id, status: 'completed', queries: ['a'] });
    const response = {
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      model: 'gpt-5.1',
      tools,
      output: [call('ci_1'), call('ci_2'), search('fs_1'), search('fs_2')],
      usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
    };
    rig.openai.script({ headers: JSON_TYPE, body: JSON.stringify(response) });
    const row = await billed('/v1/responses', { model: 'gpt-5.1', input: 'x', tools, max_tool_calls: 4 });
    expect(Number(row['cost_nano_usd'])).toBe(4 * 30_000_000 + 2 * 2_500_000);
    expect(Number(row['hold_nano_usd'])).toBeGreaterThan(4 * 30_000_000);
    expect(row['usage_raw']).toMatchObject({
      hosted_tools: { container_gb: 4, file_searches: 2 },
    });
  });
});
