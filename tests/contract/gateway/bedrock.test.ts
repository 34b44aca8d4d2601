/** Bedrock through the gateway: native refusals, streams in time, ids and profiles, holds, both ways of authentication. */
import { beforeAll, describe, expect, it } from 'vitest';
import { BEDROCK_CREDENTIALS, BEDROCK_KEY } from '@/tests/support/bedrock-upstream';
import { eventFrame } from '@/tests/support/event-stream-frames';
import type { Customer } from '@/tests/support/gateway-verbs';
import { describeMounts, useRig, type Rig } from '@/tests/support/mounts';
import { type OpenAnswer, type RawAnswer } from '@/tests/support/raw-http';
import { createStepper } from '@/tests/support/upstream-answer';

const SONNET = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const SONNET_ARN = `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${SONNET}`;
const BARE_ARN = 'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0';
const CLAUDE_BODY = {
  anthropic_version: 'bedrock-2023-05-31',
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Say hello.' }],
};
const CONVERSE_BODY = { messages: [{ role: 'user', content: [{ text: 'Say hello.' }] }] };

const pathTo = (model: string, action: string): string => `/model/${encodeURIComponent(model)}/${action}`;

interface Post {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function requestTo(path: string, { token, body = CLAUDE_BODY, headers = {} }: Post) {
  return {
    path,
    body: JSON.stringify(body),
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
  };
}

const post = (rig: Rig, path: string, made: Post): Promise<RawAnswer> => rig.send(requestTo(path, made));
const openPost = (rig: Rig, path: string, made: Post): Promise<OpenAnswer> => rig.open(requestTo(path, made));
const rowOf = (rig: Rig, { headers }: Pick<RawAnswer, 'headers'>) =>
  rig.gateway.settledRow(headers['x-request-id'] ?? '');

/** More than any socket holds for a caller who doesn't read: it can't be over before his leaving is seen. */
const LONG_FRAMES = 400;
const LONG_TEXT = 'x'.repeat(60_000);

function longAnswer(action: string): Buffer[] {
  const chunk = (event: object): Buffer =>
    eventFrame('chunk', { bytes: Buffer.from(JSON.stringify(event)).toString('base64') });
  const repeated = (frame: Buffer) => Array.from({ length: LONG_FRAMES }, () => frame);
  if (action === 'converse-stream') {
    return [
      eventFrame('messageStart', { role: 'assistant' }),
      ...repeated(eventFrame('contentBlockDelta', { delta: { text: LONG_TEXT }, contentBlockIndex: 0 })),
      eventFrame('messageStop', { stopReason: 'end_turn' }),
      eventFrame('metadata', { usage: { inputTokens: 12, outputTokens: 34 } }),
    ];
  }
  return [
    chunk({ type: 'message_start', message: { usage: { input_tokens: 12, output_tokens: 1 } } }),
    ...repeated(
      chunk({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: LONG_TEXT } }),
    ),
    chunk({ type: 'message_delta', delta: {}, usage: { output_tokens: 34 } }),
    chunk({ type: 'message_stop' }),
  ];
}

describeMounts('Bedrock', (mount) => {
  const rig = useRig(mount, { bedrock: {} });
  let customer: Customer;
  let token: string;
  beforeAll(async () => {
    customer = await rig.gateway.customer({ plan: {} });
    ({ token } = customer);
  });
  const sent = () => rig.bedrock.requests.at(-1);

  describe('refusals', () => {
    it('of unknown paths come at once, native and without a credential', async () => {
      for (const path of [
        '/bedrock/inference-profiles?type=SYSTEM_DEFINED',
        '/bedrock/model/x/unknown',
        '/model/x/unknown',
        '/api/llm/bedrock/nothing',
      ]) {
        const answer = await rig.send({ path });
        expect([answer.status, Object.keys(answer.json())]).toEqual([404, ['message']]);
        expect(answer.headers).toMatchObject({
          'content-type': 'application/json',
          'x-amzn-errortype': 'UnknownOperationException',
          'x-amzn-requestid': answer.headers['x-request-id'],
        });
      }
    });

    it('name the exception that AWS’s SDKs raise, with a status at which nobody tries in vain', async () => {
      const refusalOf = async (path: string, made: Post) => {
        const { status, headers } = await post(rig, path, made);
        return [status, headers['x-amzn-errortype'], headers['x-should-retry']];
      };
      const path = pathTo(SONNET, 'invoke');
      expect(await refusalOf(path, {})).toEqual([401, 'UnrecognizedClientException', 'false']);
      expect(await refusalOf(path, { token: 'AKIAFOREIGN' })).toEqual([
        401,
        'UnrecognizedClientException',
        'false',
      ]);
      expect(await refusalOf(path, { token, body: [] })).toEqual([400, 'ValidationException', 'false']);
      expect(await refusalOf(pathTo('nobodys.model', 'invoke'), { token })).toEqual([
        404,
        'ResourceNotFoundException',
        'false',
      ]);
      const guarded = { ...CONVERSE_BODY, guardrailConfig: { guardrailIdentifier: 'g' } };
      expect(await refusalOf(pathTo(SONNET, 'converse'), { token, body: guarded })).toEqual([
        400,
        'AccessDeniedException',
        'false',
      ]);
      const spent = await rig.gateway.customer({ plan: { monthly_tokens: 1 } });
      expect(await refusalOf(path, { token: spent.token })).toEqual([
        400,
        'ServiceQuotaExceededException',
        'false',
      ]);
      const slow = await rig.gateway.customer({ plan: { rate_limit_rpm: 1 } });
      await post(rig, path, { token: slow.token });
      expect(await refusalOf(path, { token: slow.token })).toEqual([429, 'ThrottlingException', 'true']);
    });

    it('of a used-up month tell the figures and when it starts afresh', async () => {
      const spent = await rig.gateway.customer({ plan: { monthly_tokens: 1 } });
      const { message } = (await post(rig, pathTo(SONNET, 'invoke'), { token: spent.token })).json();
      expect(message).toMatch(/limit 1 tokens · used 0 tokens .* resets \d{4}-\d\d-01T00:00:00Z/);
    });

    it('of the provider pass as they are, but for those of the operator’s own credentials', async () => {
      rig.bedrock.script({ status: 429 }, { status: 503 }, { status: 403 });
      const made = { token };
      const path = pathTo(SONNET, 'invoke');
      const throttled = await post(rig, path, made);
      expect(throttled.status).toBe(429);
      expect(throttled.headers['x-amzn-errortype']).toMatch(/^ThrottlingException:/);
      expect((await post(rig, path, made)).status).toBe(503);
      const refused = await post(rig, path, made);
      expect([refused.status, refused.headers['x-amzn-errortype']]).toEqual([424, 'ModelErrorException']);
    });

    it('are made of accounts’ own resources, which no customer may choose', async () => {
      for (const model of [
        'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123',
        'arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc123',
        'arn:aws:bedrock:us-east-1:123456789012:imported-model/abc123',
        'arn:aws:bedrock:us-east-1:123456789012:prompt/ABC:1',
        'arn:aws:bedrock:us-east-1:123456789012:inference-profile/abc123',
        'arn:aws:sagemaker:us-east-1:123456789012:endpoint/mine',
      ]) {
        const before = rig.bedrock.requests.length;
        const answer = await post(rig, pathTo(model, 'converse'), { token, body: CONVERSE_BODY });
        expect([model, answer.status]).toEqual([model, 404]);
        expect(rig.bedrock.requests).toHaveLength(before);
      }
    });
  });

  describe('ids', () => {
    it.each([
      ['encoded', pathTo(SONNET, 'invoke'), SONNET],
      ['raw', `/model/${SONNET}/invoke`, SONNET],
      ['under /bedrock', `/bedrock${pathTo(SONNET, 'invoke')}`, SONNET],
      ['under /api/llm/bedrock', `/api/llm/bedrock${pathTo(SONNET, 'invoke')}`, SONNET],
      ['as an ARN, encoded', pathTo(SONNET_ARN, 'invoke'), SONNET_ARN],
      ['as an ARN with raw slashes', `/model/${SONNET_ARN}/invoke`, SONNET_ARN],
      ['as the ARN of the model', pathTo(BARE_ARN, 'invoke'), BARE_ARN],
      ['by Anthropic’s name', '/model/claude-sonnet-4-5/invoke', SONNET],
      ['by Anthropic’s dated name', '/model/claude-sonnet-4-5-20250929/invoke', SONNET],
      ['by name and provider', '/model/bedrock/claude-sonnet-4-5/invoke', SONNET],
    ])('are understood %s, and go upstream as AWS’s SDK writes them', async (_how, path, upstream) => {
      const answer = await post(rig, path, { token });
      expect([answer.status, answer.text.slice(0, 60)]).toEqual([200, expect.stringContaining('msg_bdrk')]);
      expect(sent()?.url).toBe(pathTo(upstream, 'invoke'));
      const row = await rowOf(rig, answer);
      expect(row).toMatchObject({ provider: 'bedrock', grade: 'exact', ending: 'complete' });
      expect(row['price_version']).toMatch(/claude-sonnet-4-5/);
    });

    it('of the global profile cost the list price, those of a region a tenth more', async () => {
      const costOf = async (model: string) => {
        const answer = await post(rig, pathTo(model, 'invoke'), { token });
        return Number((await rowOf(rig, answer))['cost_nano_usd']);
      };
      const list = await costOf(SONNET.replace('us.', 'global.'));
      expect(await costOf(SONNET)).toBe(Math.round(list * 1.1));
      expect(await costOf('claude-sonnet-4-5')).toBe(Math.round(list * 1.1));
    });
  });

  it('cost half in the flex tier and 1.75 times in the priority tier, as the answer tells', async () => {
    const costOf = async (serviceTier?: object) => {
      const usage = { inputTokens: 100_000, outputTokens: 1_000 };
      rig.bedrock.script({ body: JSON.stringify({ output: {}, usage, serviceTier }) });
      const answer = await post(rig, pathTo('us.amazon.nova-pro-v1:0', 'converse'), {
        token,
        body: CONVERSE_BODY,
      });
      return Number((await rowOf(rig, answer))['cost_nano_usd']);
    };
    const list = await costOf();
    expect(await costOf({ type: 'default' })).toBe(list);
    expect(await costOf({ type: 'flex' })).toBe(list / 2);
    expect(await costOf({ type: 'priority' })).toBe(list * 1.75);
  });

  describe('calls', () => {
    it('carry the operator’s key and nothing of the caller’s credentials', async () => {
      const headers = {
        'x-amz-date': '20260101T000000Z',
        'x-amz-security-token': 'mine',
        'amz-sdk-invocation-id': 'x',
        'x-amzn-bedrock-accept': 'application/json',
        cookie: 'a=b',
      };
      expect((await post(rig, pathTo(SONNET, 'invoke'), { token, headers })).status).toBe(200);
      const upstream = sent()?.headers ?? {};
      expect(upstream['authorization']).toBe(`Bearer ${BEDROCK_KEY}`);
      expect(JSON.stringify(upstream)).not.toContain(token);
      for (const name of ['x-amz-date', 'x-amz-security-token', 'amz-sdk-invocation-id', 'cookie'])
        expect(upstream[name]).toBeUndefined();
      expect(upstream['x-amzn-bedrock-accept']).toBe('application/json');
    });

    it('are taken from callers that sign with the token as their access key', async () => {
      const authorization = `AWS4-HMAC-SHA256 Credential=${token}/20261121/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=00`;
      const path = pathTo(SONNET, 'converse');
      expect((await post(rig, path, { body: CONVERSE_BODY, headers: { authorization } })).status).toBe(200);
    });

    it('of embedding models hold no output and are counted by the headers', async () => {
      const poor = await rig.gateway.customer({ plan: { monthly_tokens: 200 } });
      for (const [model, body] of [
        ['amazon.titan-embed-text-v2:0', { inputText: 'Hello world' }],
        ['us.cohere.embed-v4:0', { texts: ['Hello'], input_type: 'search_query' }],
        ['amazon.nova-2-multimodal-embeddings-v1:0', { singleEmbeddingParams: { text: { value: 'Hi' } } }],
      ] as const) {
        const answer = await post(rig, pathTo(model, 'invoke'), { token: poor.token, body });
        expect(answer.status).toBe(200);
        const row = await rowOf(rig, answer);
        expect(row).toMatchObject({ grade: 'exact', ending: 'complete', output_tokens: null });
        expect(Number(row['input_tokens'])).toBeGreaterThan(0);
      }
      const streamed = await post(
        rig,
        pathTo('amazon.titan-embed-text-v2:0', 'invoke-with-response-stream'),
        { token, body: { inputText: 'x' } },
      );
      expect(streamed.status).toBe(404);
    });

    it('differ only in the family’s limit where the plan leaves less', async () => {
      const poor = { monthly_tokens: 2_000 };
      const bodies = [
        [SONNET, 'invoke', { ...CLAUDE_BODY, max_tokens: 9_000 }, 'max_tokens'],
        ['amazon.titan-text-express-v1', 'invoke', { inputText: 'Hi' }, 'textGenerationConfig.maxTokenCount'],
        ['us.meta.llama3-3-70b-instruct-v1:0', 'invoke', { prompt: 'Hi' }, 'max_gen_len'],
        [SONNET, 'converse', CONVERSE_BODY, 'inferenceConfig.maxTokens'],
      ] as const;
      for (const [model, action, body, field] of bodies) {
        const { token: own } = await rig.gateway.customer({ plan: poor });
        const answer = await post(rig, pathTo(model, action), { token: own, body });
        const clamped = Number(answer.headers['x-tollgate-clamped-max-tokens']);
        expect([answer.status, clamped >= 64 && clamped < 2_000]).toEqual([200, true]);
        const found = field
          .split('.')
          .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], sent()?.json());
        expect(found).toBe(clamped);
      }
    });

    it('that count tokens are free', async () => {
      const body = { input: { converse: CONVERSE_BODY } };
      const path = pathTo('anthropic.claude-sonnet-4-5-20250929-v1:0', 'count-tokens');
      const answer = await post(rig, path, { token, body });
      expect(answer.status).toBe(200);
      expect(answer.json()['inputTokens']).toBeGreaterThan(0);
      expect(sent()?.path).toBe(path);
    });
  });

  describe.each(['invoke-with-response-stream', 'converse-stream'])('a stream of %s', (action) => {
    const body = action.startsWith('converse') ? CONVERSE_BODY : CLAUDE_BODY;
    const path = pathTo(SONNET, action);

    it('arrives event by event, the first before the second is sent', async () => {
      const stepper = createStepper();
      rig.bedrock.script({ stepper });
      const opened = openPost(rig, path, { token, body });
      await stepper.step();
      const answer = await opened;
      const first = await answer.next();
      expect(first?.includes(action.startsWith('converse') ? 'messageStart' : 'chunk')).toBe(true);
      stepper.runOn();
      await answer.rest();
      expect(await rowOf(rig, answer)).toMatchObject({ grade: 'exact', ending: 'complete', stream: true });
    });

    it('is read on to its end after the caller left, because it is billed whole', async () => {
      rig.bedrock.script({ body: longAnswer(action) });
      const answer = await openPost(rig, path, { token, body });
      await answer.next();
      answer.leave();
      expect(await rowOf(rig, answer)).toMatchObject({
        grade: 'drained',
        ending: 'complete',
        input_tokens: 12,
        output_tokens: 34,
      });
    });

    it('that breaks off ends in an exception that SDKs raise, and never cleanly', async () => {
      rig.bedrock.script({ stopAfterEvents: 2, end: 'clean' });
      const answer = await openPost(rig, path, { token, body });
      const read: Buffer[] = [];
      const reading = (async () => {
        for (let next = await answer.next(); next !== null; next = await answer.next()) read.push(next);
      })();
      await expect(reading).rejects.toThrow();
      expect(Buffer.concat(read).toString('latin1')).toContain('modelStreamErrorException');
      expect(await rowOf(rig, answer)).toMatchObject({ ending: 'broken', grade: 'estimated' });
    });
  });

  it('has nothing put into a silent stream', async () => {
    const frames = [eventFrame('messageStart', { role: 'assistant' })];
    rig.bedrock.script({
      body: frames,
      append: [
        eventFrame('messageStop', {}),
        eventFrame('metadata', { usage: { inputTokens: 1, outputTokens: 1 } }),
      ],
    });
    const answer = await post(rig, pathTo(SONNET, 'converse-stream'), { token, body: CONVERSE_BODY });
    expect(answer.body.subarray(0, frames[0]?.length)).toEqual(frames[0]);
  });
});

describeMounts('Bedrock behind signatures', (mount) => {
  const credentials = { ...BEDROCK_CREDENTIALS, sessionToken: 'a/session+token==' };
  const rig = useRig(mount, { bedrock: { credentials, region: 'eu-west-1' } });

  it('is signed for, whatever the id, with the session’s token', async () => {
    const { token } = await rig.gateway.customer({ plan: {} });
    const geographic = SONNET.replace('us.', 'eu.');
    for (const [model, upstream] of [
      [geographic, geographic],
      [SONNET_ARN, SONNET_ARN],
      ['claude-sonnet-4-5', geographic],
    ] as const) {
      const answer = await post(rig, pathTo(model, 'invoke'), { token });
      expect([answer.status, answer.text.slice(0, 80)]).toEqual([200, expect.stringContaining('msg_bdrk')]);
      const [request] = rig.bedrock.requests.slice(-1);
      expect(request?.url).toBe(pathTo(upstream, 'invoke'));
      expect(request?.headers['authorization']).toMatch(
        /^AWS4-HMAC-SHA256 Credential=AKIATESTOPERATOR0001\//,
      );
      expect(request?.headers['x-amz-security-token']).toBe(credentials.sessionToken);
    }
    const messages = await rig.send({
      path: '/api/llm/bedrock/model/claude-sonnet-4-5/converse-stream',
      body: JSON.stringify(CONVERSE_BODY),
      headers: { authorization: `Bearer ${token}` },
    });
    expect(messages.status).toBe(200);
  });
});

/** An operator's own profile, listed as a provider of his. */
const OWN_PROFILE = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123';

describeMounts('An operator’s own profile', (mount) => {
  const rig = useRig(mount, {
    bedrock: {},
    variablesFor: ({ bedrock }) => ({
      TEAM_KEY: BEDROCK_KEY,
      TOLLGATE_PROVIDERS: JSON.stringify([
        {
          name: 'team',
          baseUrl: bedrock?.url,
          formats: ['bedrock'],
          apiKeyEnv: 'TEAM_KEY',
          onCallerLeave: 'drain',
          models: [{ id: OWN_PROFILE, priceAs: 'claude-sonnet-4-5' }],
        },
      ]),
    }),
  });

  it('is served to customers where it is listed, read by the body it takes', async () => {
    const { token } = await rig.gateway.customer({ plan: { monthly_tokens: 3_000 } });
    const message = '{"type":"message","usage":{"input_tokens":5,"output_tokens":7}}';
    rig.bedrock.script({ status: 200, body: message });
    const body = { ...CLAUDE_BODY, max_tokens: 9_000 };
    const answer = await post(rig, pathTo(OWN_PROFILE, 'invoke'), { token, body });
    expect(answer.status).toBe(200);
    const [request] = rig.bedrock.requests.slice(-1);
    expect(request?.url).toBe(pathTo(OWN_PROFILE, 'invoke'));
    expect(request?.headers['authorization']).toBe(`Bearer ${BEDROCK_KEY}`);
    expect(request?.json()).toMatchObject({
      max_tokens: Number(answer.headers['x-tollgate-clamped-max-tokens']),
    });
    expect(await rowOf(rig, answer)).toMatchObject({
      provider: 'team',
      input_tokens: 5,
      output_tokens: 7,
      grade: 'exact',
    });
  });
});
