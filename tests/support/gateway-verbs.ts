/** What tests do with a running gateway besides calling it: customers, rows and the management API, all over HTTP. */

export const ADMIN_TOKEN = 'admin-token-for-tests-only';
export const CRON_SECRET = 'cron-secret-for-tests-only';

export interface CustomerOptions {
  readonly user?: string;
  /** A plan's name, or limits for a plan of the customer's own. */
  readonly plan?: string | Readonly<Record<string, unknown>>;
  readonly token?: Readonly<Record<string, unknown>>;
}

export interface Customer {
  readonly user: string;
  readonly plan: string;
  readonly token: string;
  readonly tokenId: string;
}

export type Row = Readonly<Record<string, unknown>>;

export interface GatewayVerbs {
  /** Makes a customer on a plan (created first when given as an object) and a token for it. */
  customer(options?: CustomerOptions): Promise<Customer>;
  /** The row of a request, once it is settled. */
  settledRow(requestId: string): Promise<Row>;
  /** Management API call; returns status and parsed body. */
  admin(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
}

/** Limits of a plan that gets in no test's way. */
const OPEN_PLAN = {
  monthly_tokens: null,
  monthly_cost_cents: null,
  rate_limit_rpm: 10_000,
  rate_limit_tpm: 100_000_000,
};

/** How long a row may take to settle before a test counts as failed. */
const SETTLE_DEADLINE_MS = 10_000;
const ASK_AGAIN_MS = 10;

let customers = 0;

export function gatewayVerbs(url: string): GatewayVerbs {
  async function admin(method: string, place: string, body?: unknown) {
    const response = await fetch(url + place, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async function create(what: string, body: object): Promise<Record<string, unknown>> {
    const made = await admin('POST', `/api/admin/${what}`, body);
    if (made.status !== 201) throw new Error(`${what} were not created: ${JSON.stringify(made.body)}`);
    return made.body;
  }

  return {
    admin,
    async customer(options = {}) {
      const user = options.user ?? `customer-${(customers += 1)}`;
      const own = typeof options.plan === 'object';
      const plan = typeof options.plan === 'string' ? options.plan : own ? `plan-${user}` : 'business';
      if (own) await create('plans', { plan, ...OPEN_PLAN, ...(options.plan as object) });
      await create('users', { id: user, plan });
      const token = await create('tokens', { user, name: 'test', ...options.token });
      return { user, plan, token: String(token['token']), tokenId: String(token['id']) };
    },
    async settledRow(requestId) {
      const untilMs = Date.now() + SETTLE_DEADLINE_MS;
      for (;;) {
        const { status, body } = await admin('GET', `/api/admin/requests/${requestId}`);
        if (status === 200 && body['ending'] !== null) return body;
        if (Date.now() > untilMs)
          throw new Error(`request ${requestId} did not settle: ${JSON.stringify(body)}`);
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
    },
  };
}
