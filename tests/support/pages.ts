/** The whole product as a browser meets it: `npm start`'s server with an operator, its database at hand, and signed-in browsers. */
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright';
import { type Database, openDatabase } from '@/db/client';
import { monthOf } from '@/lib/domain/month';
import { ADMIN_TOKEN, CRON_SECRET, type GatewayVerbs, gatewayVerbs } from '@/tests/support/gateway-verbs';
import { launchChromium } from '@/tests/support/chromium';
import { type Scheme, type Size, SIZES } from '@/tests/support/page-visits';
import { startServer } from '@/tests/support/started-server';

/** The first start builds pages and bundle. */
export const START_TIMEOUT_MS = 400_000;
/** A page that takes longer has failed; far above what loaded machines need. */
const PAGE_TIMEOUT_MS = 60_000;

export interface Pages extends GatewayVerbs {
  readonly baseUrl: string;
  readonly browser: Browser;
  readonly database: Database;
  /** A browser of its own, signed out. */
  context(options?: ContextOptions): Promise<BrowserContext>;
  /** The same, signed in with a gateway token or the operator's. */
  signedIn(token: string, options?: ContextOptions): Promise<BrowserContext>;
  /** One call through the gateway, answered by the sandbox; returns its request id. */
  call(token: string, options?: { model?: string; session?: string }): Promise<string>;
  /** Sets what a customer has used this month, as if calls had been settled. */
  use(user: string, month: { tokens?: number; nanoUsd?: number }): Promise<void>;
  stop(): Promise<void>;
}

export interface ContextOptions extends BrowserContextOptions {
  readonly size?: Size;
  readonly scheme?: Scheme;
}

export async function startPages(variables: Readonly<Record<string, string>> = {}): Promise<Pages> {
  const [server, browser] = await Promise.all([
    startServer({ TOLLGATE_ADMIN_TOKEN: ADMIN_TOKEN, CRON_SECRET, ...variables }),
    launchChromium(),
  ]);
  const database = await openDatabase(`file:${server.databaseFile}`);
  const verbs = gatewayVerbs(server.baseUrl);

  const context = async ({ size = 'desktop', scheme = 'light', ...options }: ContextOptions = {}) => {
    const made = await browser.newContext({
      viewport: SIZES[size],
      colorScheme: scheme,
      locale: 'en-GB',
      timezoneId: 'UTC',
      baseURL: server.baseUrl,
      ...options,
    });
    made.setDefaultTimeout(PAGE_TIMEOUT_MS);
    return made;
  };

  return {
    ...verbs,
    baseUrl: server.baseUrl,
    browser,
    database,
    context,
    async signedIn(token, options = {}) {
      const made = await context(options);
      const page = await made.newPage();
      await page.goto('/sign-in');
      await page.getByLabel('Gateway token').fill(token);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(/\/(usage|admin)/);
      await page.close();
      return made;
    },
    async call(token, { model = 'claude-sonnet-4-5', session } = {}) {
      const response = await fetch(`${server.baseUrl}/v1/messages`, {
        method: 'POST',
        headers: {
          'x-api-key': token,
          'anthropic-version': '2023-06-01',
          'content-type': 'application/json',
          ...(session === undefined ? {} : { 'x-tollgate-session': session }),
        },
        body: JSON.stringify({ model, max_tokens: 64, messages: [{ role: 'user', content: 'Hello there' }] }),
      });
      await response.arrayBuffer();
      const id = response.headers.get('x-request-id') ?? '';
      if (response.ok) await verbs.settledRow(id);
      return id;
    },
    async use(user, { tokens = 0, nanoUsd = 0 }) {
      const month = monthOf(Date.now());
      await database.client.batch(
        [
          {
            sql: `INSERT INTO usage_months (user_id, month) VALUES (?1, ?2) ON CONFLICT DO NOTHING`,
            args: [user, month],
          },
          {
            sql: `UPDATE usage_months SET tokens_committed = ?3, nano_usd_committed = ?4 WHERE user_id = ?1 AND month = ?2`,
            args: [user, month, tokens, nanoUsd],
          },
        ],
        'write',
      );
    },
    async stop() {
      await browser.close();
      database.close();
      await server.stop();
    },
  };
}
