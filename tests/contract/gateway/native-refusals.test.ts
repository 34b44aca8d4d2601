/** Every refusal in every dialect: status, native body, headers, the row it leaves, and nothing sent upstream or held. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mintToken } from '@/lib/domain/token';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DIALECTS, type Dialect } from '@/tests/support/dialects';
import { heldOf } from '@/tests/support/gateway-calls';
import type { Customer } from '@/tests/support/gateway-verbs';
import { describeMounts, type Rig, UPGRADE_URL, useRig } from '@/tests/support/mounts';
import type { RawAnswer, RawRequest } from '@/tests/support/raw-http';
import type { Refusal, RefusalCode } from '@/tests/support/refusal-shapes';
import { everyUpstream, type EveryUpstream } from '@/tests/support/every-upstream';

const MAX_BODY_BYTES = 65_536;
/** A text of about 750 tokens, and a minute with room for one call with it and not for a second one. */
const LONG_TEXT = 'lorem '.repeat(500);
const ROOM_FOR_ONE_PER_MINUTE = 1_000;
/** Words that make agents take a passing refusal for an unpaid bill, and disable their key for hours. */
const BILLING_WORDS = /billing|credit|quota|payment|spend|balance|insufficient|upgrade (your|to)/i;

/** The first instant of next month, as refusals show it. */
function nextMonth(): string {
  const now = new Date();
  return `${new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString().slice(0, 19)}Z`;
}

interface Arranged {
  readonly request: RawRequest;
  readonly customer?: Customer;
  /** Runs once the refusal is there, e.g. to let a held call end. */
  readonly after?: () => Promise<unknown>;
}

interface Situation {
  readonly name: string;
  readonly code: RefusalCode;
  readonly message: string | ((dialect: Dialect) => string);
  readonly facts?: () => Partial<Refusal>;
  /** The row that is kept; `null` for callers nobody knows and paths nobody serves. */
  readonly row: 'refused' | 'broken' | null;
  /** How many seconds the refusal may ask for. */
  readonly waits?: readonly [least: number, most: number];
  readonly limits?: number;
  readonly stray?: true;
  arrange(rig: Rig, dialect: Dialect, upstreams: EveryUpstream): Promise<Arranged>;
}

const open = (rig: Rig) => rig.gateway.customer({ plan: {} });

/** A customer on such a plan, asking for what the dialect asks for. */
const onPlan =
  (
    plan: Readonly<Record<string, unknown>>,
    call: Parameters<Dialect['call']>[0] = {},
  ): Situation['arrange'] =>
  async (rig, dialect) => {
    const customer = await rig.gateway.customer({ plan });
    return { customer, request: dialect.call({ token: customer.token, ...call }) };
  };

/** A token with caps of its own, on a plan that caps neither. */
const onToken =
  (token: Readonly<Record<string, unknown>>): Situation['arrange'] =>
  async (rig, dialect) => {
    const customer = await rig.gateway.customer({ plan: {}, token });
    return { customer, request: dialect.call({ token: customer.token }) };
  };

/** The same call twice: the first is under way, and holds what it may use, until the second is answered. */
const besideItself =
  (
    planFor: (rig: Rig, dialect: Dialect) => Promise<Readonly<Record<string, unknown>>>,
  ): Situation['arrange'] =>
  async (rig, dialect, upstreams) => {
    const customer = await rig.gateway.customer({ plan: await planFor(rig, dialect) });
    const request = dialect.call({ token: customer.token, text: LONG_TEXT });
    const held = upstreams.hold(dialect);
    const first = rig.send(request);
    await held.reached();
    const after = async () => {
      held.release();
      expect((await first).status).toBe(200);
    };
    return { customer, request, after };
  };

/** A month in which one such call fits and two don't: the refusal itself tells what a call needs. */
async function roomForOne(rig: Rig, dialect: Dialect): Promise<Readonly<Record<string, unknown>>> {
  const { token } = await rig.gateway.customer({ plan: { monthly_tokens: 1 } });
  const { text } = await rig.send(dialect.call({ token, text: LONG_TEXT }));
  const needed = Number(/needs at least (\d+) tokens/.exec(text)?.[1]);
  return { monthly_tokens: Math.floor(needed * 1.5) };
}

const changed = (customer: Customer, request: RawRequest, more: Partial<RawRequest>): Arranged => ({
  customer,
  request: { ...request, ...more },
});

const CAP = {
  resetsAt: nextMonth(),
  upgradeUrl: UPGRADE_URL,
};

const SITUATIONS: readonly Situation[] = [
  {
    name: 'a key that is no token',
    code: 'unauthenticated',
    message:
      'The API key sent is not a gateway token. Use the token (tg_…) your operator gave you as the API key.',
    row: null,
    arrange: (_rig, dialect) => Promise.resolve({ request: dialect.call({ token: 'sk-somebody-elses' }) }),
  },
  {
    name: 'no token',
    code: 'unauthenticated',
    message: 'No gateway token was sent. Send it as "Authorization: Bearer tg_…" or "x-api-key: tg_…".',
    row: null,
    arrange: (_rig, dialect) => Promise.resolve({ request: dialect.call({}) }),
  },
  {
    name: 'a revoked token',
    code: 'token_revoked',
    message: 'The gateway token was revoked.',
    row: null,
    async arrange(rig, dialect) {
      const customer = await open(rig);
      await rig.gateway.admin('POST', `/api/admin/tokens/${customer.tokenId}/revoke`);
      return { request: dialect.call({ token: customer.token }) };
    },
  },
  {
    name: 'a suspended customer',
    code: 'forbidden',
    message: 'This account is suspended. Ask your operator.',
    row: null,
    async arrange(rig, dialect) {
      const customer = await open(rig);
      await rig.gateway.admin('POST', `/api/admin/users/${customer.user}/suspend`);
      return { customer, request: dialect.call({ token: customer.token }) };
    },
  },
  {
    name: 'a model nobody serves',
    code: 'model_unknown',
    message: 'model: nonesuch-9 is not known to this gateway',
    row: 'refused',
    arrange: onPlan({}, { model: 'nonesuch-9' }),
  },
  {
    name: 'a model outside the plan',
    code: 'policy_blocked',
    message: ({ model }) => `The plan "…" does not include the model ${model}. Upgrade: ${UPGRADE_URL}`,
    row: 'refused',
    arrange: onPlan({ models: ['claude-haiku-4-5'] }),
  },
  {
    name: "a format outside the token's scope",
    code: 'forbidden',
    message: ({ format }) => `This gateway token may not use the ${format} format.`,
    row: 'refused',
    async arrange(rig, dialect) {
      const other = dialect.format === 'embed' ? 'gemini' : 'embed';
      const customer = await rig.gateway.customer({ plan: {}, token: { scope_formats: [other] } });
      return { customer, request: dialect.call({ token: customer.token }) };
    },
  },
  {
    name: "the minute's requests used up",
    code: 'rate_limited_requests',
    message: `rate limit: 1 requests per minute, used 1, remaining 0 · try again in … s · higher limits: ${UPGRADE_URL}`,
    facts: () => ({ limit: 1, used: 1, remaining: 0, upgradeUrl: UPGRADE_URL, resetsAt: '' }),
    row: 'refused',
    waits: [1, 61],
    limits: 1,
    async arrange(rig, dialect) {
      const customer = await rig.gateway.customer({ plan: { rate_limit_rpm: 1 } });
      const request = dialect.call({ token: customer.token });
      await untilRefused(rig, request);
      return { customer, request };
    },
  },
  {
    name: "the minute's tokens used up",
    code: 'rate_limited_tokens',
    message: `rate limit: ${ROOM_FOR_ONE_PER_MINUTE} tokens per minute, used …, remaining …; this call needs about … · try again in … s · higher limits: ${UPGRADE_URL}`,
    facts: () => ({
      limit: ROOM_FOR_ONE_PER_MINUTE,
      used: expect.any(Number) as number,
      remaining: expect.any(Number) as number,
      upgradeUrl: UPGRADE_URL,
      resetsAt: '',
    }),
    row: 'refused',
    waits: [1, 61],
    arrange: besideItself(() => Promise.resolve({ rate_limit_tpm: ROOM_FOR_ONE_PER_MINUTE })),
  },
  {
    name: "the month's tokens used up",
    code: 'monthly_tokens_used_up',
    message: 'monthly token limit reached (this call needs at least … tokens)',
    facts: () => ({ limit: 1, used: 0, remaining: 1, ...CAP }),
    row: 'refused',
    arrange: onPlan({ monthly_tokens: 1 }),
  },
  {
    name: "the month's money used up",
    code: 'monthly_cost_used_up',
    message: 'monthly spend limit reached',
    facts: () => ({ limit: 0, used: 0, remaining: 0, ...CAP }),
    row: 'refused',
    arrange: onPlan({ monthly_cost_cents: 0 }),
  },
  {
    name: "the token's own tokens of the month used up",
    code: 'token_tokens_used_up',
    message: "this token's monthly token limit reached (this call needs at least … tokens)",
    facts: () => ({ limit: 1, used: 0, remaining: 1, resetsAt: nextMonth() }),
    row: 'refused',
    arrange: onToken({ monthly_tokens: 1 }),
  },
  {
    name: "the token's own money of the month used up",
    code: 'token_cost_used_up',
    message: "this token's monthly spend limit reached",
    facts: () => ({ limit: 0, used: 0, remaining: 0, resetsAt: nextMonth() }),
    row: 'refused',
    arrange: onToken({ monthly_cost_cents: 0 }),
  },
  {
    name: "all that is left of the month held by the customer's running calls",
    code: 'month_held',
    message: 'your running calls reserve all that is left · try again in 2 s, when some have ended',
    row: 'refused',
    waits: [2, 2],
    arrange: besideItself(roomForOne),
  },
  {
    name: 'a body that is too large',
    code: 'body_too_large',
    message: `The request body is larger than the ${MAX_BODY_BYTES} bytes this gateway accepts.`,
    facts: () => ({ limit: MAX_BODY_BYTES }),
    row: 'refused',
    arrange: onPlan({}, { text: 'x'.repeat(MAX_BODY_BYTES) }),
  },
  {
    name: 'a body that is no JSON',
    code: 'body_invalid',
    message: () => 'The request body is not a valid JSON object.',
    row: 'refused',
    async arrange(rig, dialect) {
      const customer = await open(rig);
      return changed(customer, dialect.call({ token: customer.token }), { body: '{"model":' });
    },
  },
  {
    name: 'a method the path has no use for',
    code: 'method_not_allowed',
    message: 'PUT is not allowed at …; use ….',
    row: null,
    async arrange(rig, dialect) {
      const customer = await open(rig);
      return changed(customer, dialect.call({ token: customer.token }), { method: 'PUT' });
    },
  },
  {
    name: 'a provider that cannot be reached',
    code: 'upstream_unreachable',
    message: ({ provider }) => `The provider (${provider}) could not be reached: the connection was refused.`,
    row: 'broken',
    async arrange(rig, dialect, upstreams) {
      const customer = await open(rig);
      await upstreams.of(dialect).refuse();
      const after = () => upstreams.of(dialect).accept();
      return { customer, request: dialect.call({ token: customer.token }), after };
    },
  },
  ...[401, 403].map((status): Situation => ({
    name: `a provider that refuses the operator's key with ${status}`,
    code: 'upstream_key_refused',
    message: ({ provider }) =>
      `The provider (${provider}) refused this gateway's own key. Tell the operator; your token is fine.`,
    row: 'broken',
    async arrange(rig, dialect, upstreams) {
      const customer = await open(rig);
      upstreams.script(dialect, { status });
      return { customer, request: dialect.call({ token: customer.token }) };
    },
  })),
];

/** At most three calls: a new minute may begin between the first two. */
async function untilRefused(rig: Rig, request: RawRequest): Promise<void> {
  for (let call = 1; call <= 3; call += 1) {
    const { status } = await rig.send(request);
    if (status === 429) return;
    expect(status).toBe(200);
  }
}

const CASES = SITUATIONS.flatMap((situation) =>
  DIALECTS.map((dialect) => [dialect.name, situation.name, dialect, situation] as const),
);

/** What every refusal has, and what the situation and the dialect ask for beside it. */
function expectRefusal(answer: RawAnswer, dialect: Dialect, situation: Omit<Situation, 'arrange'>): void {
  const { headers } = answer;
  const requestId = headers['x-request-id'] ?? '';
  expect(requestId).toMatch(/^req_/);
  const { waits, message, code, facts, limits } = situation;
  const waitSeconds = Number(headers['retry-after']);
  if (waits === undefined)
    expect([headers['retry-after'], headers['retry-after-ms']]).toEqual([undefined, undefined]);
  else {
    expect(waitSeconds).toBeGreaterThanOrEqual(waits[0]);
    expect(waitSeconds).toBeLessThanOrEqual(waits[1]);
  }
  const family = situation.stray === true ? (dialect.strayFamily ?? dialect.family) : dialect.family;
  const shape = family.refusal({
    code,
    message: typeof message === 'string' ? message : message(dialect),
    requestId,
    ...(waits === undefined ? {} : { waitSeconds }),
    ...facts?.(),
  });
  expect([answer.status, answer.json()]).toEqual([shape.status, shape.body]);
  expect(headers).toMatchObject({ ...shape.headers, ...(limits === undefined ? {} : family.limits(limits)) });
  expect(headers['content-encoding']).toBeUndefined();
  if (waits !== undefined) expect(wordsOf(answer)).not.toMatch(BILLING_WORDS);
}

/** All a client might search: without the links and Google's names of its detail types. */
function wordsOf({ text }: RawAnswer): string {
  return text.replaceAll(/https?:\S+?"|QuotaFailure|quota(Metric|Id|Value)/g, '');
}

describeMounts('refusals in every dialect', (mount) => {
  const upstreams = everyUpstream();
  const variables = { TOLLGATE_MAX_BODY_BYTES: String(MAX_BODY_BYTES), TOLLGATE_TRUST_PROXY: '1' };
  const rig = useRig(mount, upstreams.options(variables));
  upstreams.bind(rig);

  it.each(CASES)('%s: %s', async (_dialect, _situation, dialect, situation) => {
    const { request, customer, after } = await situation.arrange(rig, dialect, upstreams);
    const seen = upstreams.of(dialect).requests.length;
    const answer = await rig.send(request);
    const reached = upstreams.of(dialect).requests.length - seen;
    await after?.();
    expectRefusal(answer, dialect, situation);
    if (situation.row !== 'broken') expect(reached).toBe(0);
    const id = answer.headers['x-request-id'] ?? '';
    if (situation.row === null) {
      expect((await rig.gateway.admin('GET', `/api/admin/requests/${id}`)).status).toBe(404);
      return;
    }
    expect(await rig.gateway.settledRow(id)).toMatchObject({
      user_id: customer?.user,
      ending: situation.row,
      error_code: situation.code,
      status: answer.status,
      cost_nano_usd: 0,
    });
    if (customer !== undefined && after === undefined)
      expect(await heldOf(rig.gateway, customer)).toEqual([0, 0]);
  });

  it.each(DIALECTS.flatMap((dialect) => dialect.strayPaths.map((path) => [path, dialect] as const)))(
    'nothing is served at %s, in the shape of who asks',
    async (path, dialect) => {
      const { token } = await open(rig);
      const answer = await rig.send({ ...dialect.call({ token }), path });
      const message = `Tollgate serves nothing at ${path}.`;
      expectRefusal(answer, dialect, { name: path, code: 'route_unknown', message, row: null, stray: true });
    },
  );
});

describeMounts('a provider without a key, in every dialect', (mount) => {
  // With no provider at all the sandbox would answer.
  const other = {
    name: 'other',
    baseUrl: 'http://127.0.0.1:9',
    formats: ['openai-chat'],
    models: [{ id: 'its-own' }],
  };
  const variables = { ANTHROPIC_API_KEY: '', TOLLGATE_PROVIDERS: JSON.stringify([other]) };
  const rig = useRig(mount, { gemini: null, variables });

  it.each(DIALECTS.map((dialect) => [dialect.name, dialect] as const))('%s', async (_name, dialect) => {
    const customer = await open(rig);
    const answer = await rig.send(dialect.call({ token: customer.token }));
    const message = `The provider of ${dialect.model} is not configured on this gateway.`;
    const code = 'provider_unconfigured';
    expectRefusal(answer, dialect, { name: code, code, message, row: 'refused' });
    const row = await rig.gateway.settledRow(answer.headers['x-request-id'] ?? '');
    expect(row).toMatchObject({ ending: 'refused', error_code: code, status: answer.status });
  });
});

describeMounts('a database that is away, in every dialect', (mount) => {
  const variables: Record<string, string> = {};
  let database: Server;
  beforeAll(async () => {
    database = createServer((_request, response) => response.writeHead(500).end('no'));
    await new Promise<void>((resolve) => database.listen(0, '127.0.0.1', resolve));
    variables['TURSO_DATABASE_URL'] = `http://127.0.0.1:${(database.address() as AddressInfo).port}`;
  });
  afterAll(() => void database.close());
  const rig = useRig(mount, { variables });

  it.each(DIALECTS.map((dialect) => [dialect.name, dialect] as const))(
    '%s: to be tried again in a second',
    async (_name, dialect) => {
      const token = mintToken((bytes) => crypto.getRandomValues(new Uint8Array(bytes)));
      const answer = await rig.send(dialect.call({ token }));
      const message = 'The gateway cannot reach its database right now.';
      const code = 'store_unavailable';
      expectRefusal(answer, dialect, { name: code, code, message, row: null, waits: [1, 1] });
    },
  );
});
