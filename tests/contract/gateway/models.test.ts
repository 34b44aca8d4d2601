/** The model list in Anthropic's shape: what this caller may use, from the gateway's own catalogue. */
import { beforeAll, expect, it } from 'vitest';
import type { Customer } from '@/tests/support/gateway-verbs';
import { describeMounts, useRig } from '@/tests/support/mounts';

const MODEL_PATHS = ['/v1/models', '/api/llm/anthropic/v1/models'] as const;

interface ModelPage {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly has_more: boolean;
  readonly first_id: string;
  readonly last_id: string;
}

describeMounts('the model list', (mount) => {
  const rig = useRig(mount);
  let customer: Customer;
  beforeAll(async () => {
    customer = await rig.gateway.customer({ plan: {} });
  });

  it.each(MODEL_PATHS)(
    'GET %s lists the models in Anthropic’s shape, page by page, nothing asked upstream',
    async (path) => {
      const seen = rig.anthropic.requests.length;
      const get = async (query: string) => {
        const answer = await rig.send({ path: path + query, headers: { 'x-api-key': customer.token } });
        expect([query, answer.status]).toEqual([query, 200]);
        return answer.json() as unknown as ModelPage;
      };
      const all = await get('?limit=1000');
      expect(all).toMatchObject({
        has_more: false,
        first_id: all.data[0]?.['id'],
        last_id: all.data.at(-1)?.['id'],
      });
      expect(all.data.length).toBeGreaterThan(5);
      expect(all.data.find((model) => model['id'] === 'claude-sonnet-4-5')).toEqual({
        type: 'model',
        id: 'claude-sonnet-4-5',
        display_name: 'Claude Sonnet 4.5',
        created_at: '2025-09-29T00:00:00Z',
        max_input_tokens: 200_000,
        max_tokens: 64_000,
      });
      const walked = [];
      for (let page = await get('?limit=2'); ; page = await get(`?limit=2&after_id=${page.last_id}`)) {
        expect(page.data.length).toBeLessThanOrEqual(2);
        walked.push(...page.data);
        if (!page.has_more) break;
      }
      expect(walked).toEqual(all.data);
      expect((await get('?limit=1&before_id=claude-sonnet-4-5')).data).toEqual([
        all.data[all.data.findIndex(({ id }) => id === 'claude-sonnet-4-5') - 1],
      ]);
      expect(rig.anthropic.requests).toHaveLength(seen);
    },
  );

  it.each(MODEL_PATHS)(
    'GET %s/{id} answers one model, by alias too, and 404 for one that is not there',
    async (path) => {
      const headers = { 'x-api-key': customer.token };
      const get = (id: string) => rig.send({ path: `${path}/${id}`, headers });
      expect((await get('claude-sonnet-4-5')).json()).toMatchObject({
        type: 'model',
        id: 'claude-sonnet-4-5',
      });
      expect((await get('claude-sonnet-4-5-20250929')).json()).toMatchObject({ id: 'claude-sonnet-4-5' });
      for (const id of ['gpt-4o', 'gemini-embedding-001', 'claude-nope']) {
        const answer = await get(id);
        expect([answer.status, answer.json()['error']]).toEqual([
          404,
          { type: 'not_found_error', message: `model: ${id} is not known to this gateway` },
        ]);
      }
    },
  );

  it('the list holds only the models that plan and token allow', async () => {
    const narrow = await rig.gateway.customer({
      plan: { models: ['claude-haiku-4-5', 'claude-sonnet-4-5'] },
      token: { scope_models: ['claude-sonnet-4-5-20250929', 'claude-opus-4-5'] },
    });
    const answer = await rig.send({ path: '/v1/models', headers: { 'x-api-key': narrow.token } });
    expect((answer.json() as unknown as ModelPage).data.map(({ id }) => id)).toEqual(['claude-sonnet-4-5']);
  });
});
