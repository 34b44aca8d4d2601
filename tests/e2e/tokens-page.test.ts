/** The life of a token in a real browser: each change made on its pages holds for the very next call through the gateway. */
import type { BrowserContext, Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Customer } from '@/tests/support/gateway-verbs';
import { answerTo, type CallOptions } from '@/tests/support/page-calls';
import { watch } from '@/tests/support/page-visits';
import { type Pages, startPages, START_TIMEOUT_MS } from '@/tests/support/pages';

const SONNET = 'claude-sonnet-4-5';
const HAIKU = 'claude-haiku-4-5';
const SECRET = /^tg_\w{20,}$/;

let pages: Pages;
let customer: Customer;
/** Signed in with the customer's first token, which no test touches. */
let browser: BrowserContext;

beforeAll(async () => {
  pages = await startPages();
  customer = await pages.customer({ plan: 'business', token: { name: 'first' } });
  browser = await pages.signedIn(customer.token, { permissions: ['clipboard-read', 'clipboard-write'] });
}, START_TIMEOUT_MS);

afterAll(() => pages?.stop());

const call = (token: string, options: CallOptions = {}) => answerTo(pages, token, options);
const statusOf = async (token: string, options: CallOptions = {}) => (await call(token, options)).status;

/** A token made by the operator, for tests of what comes after making one. */
async function madeToken(options: object = {}): Promise<{ id: string; token: string }> {
  const { body } = await pages.admin('POST', '/api/admin/tokens', {
    user: customer.user,
    name: 'agent',
    ...options,
  });
  return { id: String(body['id']), token: String(body['token']) };
}

async function open(path: string, context = browser): Promise<Page> {
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

const secretOn = async (page: Page): Promise<string> =>
  (await page.getByRole('group', { name: 'Gateway token' }).textContent()) ?? '';

/** The row of a token in the lists of `/tokens`. */
const rowOf = (page: Page, name: string): Locator =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });

/** What is said of a field that was refused, as it is read out with it. */
async function faultOf(page: Page, label: string): Promise<string> {
  const field = page.getByLabel(label, { exact: true });
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  const ids = ((await field.getAttribute('aria-describedby')) ?? '').split(' ');
  return (await page.locator(`[id="${ids.at(-1)}"]`).textContent()) ?? '';
}

async function rotate(page: Page, id: string, ends: string): Promise<string> {
  await page.goto(`/tokens/${id}/rotate`);
  await page.getByLabel('The old token ends').selectOption({ label: ends });
  await press(page, 'Rotate');
  await page.getByText('Copy it now.').waitFor();
  return secretOn(page);
}

describe('making a token', () => {
  test('shows its secret this once, works at once, and leaves neither secret nor complaint behind', async () => {
    const page = await open('/tokens');
    const seen = watch(page);
    await page.getByRole('link', { name: 'Create a token' }).click();
    await page.getByLabel('Name', { exact: true }).fill('laptop');
    await page.getByLabel('Agent', { exact: true }).fill('claude-code');
    await press(page, 'Create');
    await page.getByText('Your token “laptop” is ready. Copy it now.').waitFor();
    const secret = await secretOn(page);
    expect(secret).toMatch(SECRET);

    const snippets = (await page.locator('#connect pre').allTextContents()).filter((text) => text !== '');
    expect(snippets.length).toBeGreaterThan(4);
    expect(snippets.some((text) => text.includes(`ANTHROPIC_AUTH_TOKEN=${secret}`))).toBe(true);
    expect(snippets.filter((text) => text.includes(secret)).length).toBeGreaterThan(3);
    expect(snippets.filter((text) => /tg_(?!\w{20})/.test(text))).toEqual([]);

    const { status, id } = await call(secret);
    expect(status).toBe(200);
    expect(await pages.settledRow(id)).toMatchObject({
      user_id: customer.user,
      agent: 'claude-code',
    });

    await page.reload();
    expect(await page.content()).not.toContain(secret);
    expect(
      await page.evaluate(() =>
        JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]),
      ),
    ).not.toContain(secret);
    await page.goto('/tokens');
    const row = rowOf(page, 'laptop');
    expect(await row.textContent()).toContain('Active');
    expect(await row.textContent()).toContain(secret.slice(0, 6));
    expect(await page.content()).not.toContain(secret);
    expect(seen.complaints).toEqual([]);
    await page.close();
  });

  test('the button beside the secret copies it, whole', async () => {
    const page = await open('/tokens/new');
    await page.getByLabel('Name', { exact: true }).fill('copied');
    await press(page, 'Create');
    const figure = page.locator('#secret figure');
    // The word stands for a moment only: it is waited for from before the click.
    const said = figure.getByRole('button', { name: /^Copied/ }).waitFor();
    await figure.getByRole('button').click();
    await said;
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await secretOn(page));
    await page.close();
  });

  test('every mistake stands beside its field, and what was typed stays', async () => {
    const page = await open('/tokens/new');
    await page.getByLabel('Name', { exact: true }).fill('kept name');
    await page.getByLabel('Tokens a month').fill('lots');
    await page.getByLabel('US dollars a month').fill('12.345');
    await page.getByLabel('Last day').fill('2020-01-01');
    await press(page, 'Create');
    await page.getByRole('alert').filter({ hasText: 'That didn’t work.' }).waitFor();
    expect(await faultOf(page, 'Tokens a month')).toContain('must be a whole number');
    expect(await faultOf(page, 'US dollars a month')).toContain('must be an amount such as');
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('kept name');
    expect(await page.getByLabel('Tokens a month').inputValue()).toBe('lots');
    await page.getByLabel('Tokens a month').fill('');
    await page.getByLabel('US dollars a month').fill('');
    await press(page, 'Create');
    await page.locator('#expires_at-error').waitFor();
    expect(await faultOf(page, 'Last day')).not.toBe('');
    await page.goto('/tokens');
    expect(await rowOf(page, 'kept name').count()).toBe(0);
    await page.close();
  });

  test('works by keyboard alone, from the page’s beginning to the secret', async () => {
    const page = await open('/tokens');
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
    const focusedField = () => page.evaluate(() => document.activeElement?.getAttribute('name') ?? '');
    const tabTo = async (is: () => Promise<boolean>) => {
      // A page has fewer stops than this; without an end, a trap for the keyboard would hang the test.
      for (let stops = 0; stops < 80; stops += 1) {
        await page.keyboard.press('Tab');
        if (await is()) return;
      }
      throw new Error('the keyboard does not get there');
    };
    await tabTo(async () => (await focused()) === 'Create a token');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/tokens/new');
    await tabTo(async () => (await focusedField()) === 'name');
    await page.keyboard.type('by keyboard');
    await tabTo(async () => (await focusedField()) === 'monthly_cost_cents');
    await page.keyboard.type('5');
    await tabTo(async () => (await focused()) === 'Create');
    await page.keyboard.press('Space');
    await page.getByText('Your token “by keyboard” is ready.').waitFor();
    const secret = await secretOn(page);
    expect(await statusOf(secret)).toBe(200);
    await tabTo(async () => (await focused()) === 'I have copied it');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/tokens');
    expect(await rowOf(page, 'by keyboard').textContent()).toContain('of $5');
    await page.close();
  });

  test('without JavaScript everything goes too: made, shown once, narrowed, rotated, revoked', async () => {
    const plain = await pages.signedIn(customer.token, { javaScriptEnabled: false });
    const page = await open('/tokens/new', plain);
    await page.getByLabel('Name', { exact: true }).fill('no scripts');
    await page.getByLabel('Tokens a month').fill('none');
    await press(page, 'Create');
    expect(await faultOf(page, 'Tokens a month')).toContain('must be a whole number');
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('no scripts');
    await page.getByLabel('Tokens a month').fill('1,000,000');
    await press(page, 'Create');
    const secret = await secretOn(page);
    expect(secret).toMatch(SECRET);
    expect(await statusOf(secret)).toBe(200);

    await page.getByRole('link', { name: 'Look at this token' }).click();
    const address = page.url();
    await page.getByLabel('Models').fill(HAIKU);
    await press(page, 'Save');
    await page.waitForURL('**?done=saved');
    expect(await statusOf(secret)).toBe(400);
    expect(await statusOf(secret, { model: HAIKU })).toBe(200);

    await page.goto(`${address}/rotate`);
    await page.getByLabel('The old token ends').selectOption({ label: 'At once' });
    await press(page, 'Rotate');
    const next = await secretOn(page);
    expect(await statusOf(secret, { model: HAIKU })).toBe(401);
    expect(await statusOf(next, { model: HAIKU })).toBe(200);

    await page.getByRole('link', { name: 'Look at this token' }).click();
    await page.getByRole('link', { name: 'Revoke' }).click();
    await press(page, 'Revoke it');
    await page.waitForURL('**/tokens?done=revoked');
    expect(await statusOf(next, { model: HAIKU })).toBe(401);
    await plain.close();
  });
});

describe('changing a token', () => {
  test('a new name shows everywhere, and changes nothing for who calls with it', async () => {
    const { id, token } = await madeToken({ name: 'old name' });
    const page = await open(`/tokens/${id}`);
    await page.getByLabel('Name', { exact: true }).fill('new name & co <b>');
    await press(page, 'Save');
    await page.getByRole('status').filter({ hasText: 'Saved.' }).waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('new name & co <b>');
    await page.goto('/tokens');
    expect(await rowOf(page, 'new name & co <b>').count()).toBe(1);
    expect(await rowOf(page, 'old name').count()).toBe(0);
    expect(await statusOf(token)).toBe(200);
    await page.close();
  });

  test('narrowed to a model, the gateway refuses every other one, and says why', async () => {
    const { id, token } = await madeToken();
    expect(await statusOf(token)).toBe(200);
    const page = await open(`/tokens/${id}`);
    await page.getByLabel('Models').fill(HAIKU);
    await press(page, 'Save');
    await page.getByRole('status').filter({ hasText: 'Saved.' }).waitFor();
    const refused = await call(token, { model: SONNET });
    expect(refused).toMatchObject({ status: 400, message: expect.stringContaining(SONNET) });
    expect(await statusOf(token, { model: HAIKU })).toBe(200);
    await page.goto('/tokens');
    expect(await page.getByRole('cell', { name: HAIKU }).count()).toBeGreaterThan(0);
    await page.close();
  });

  test('a cap of its own refuses the next call once it is used up, and the page shows how much is', async () => {
    const { id, token } = await madeToken({ name: 'capped' });
    expect(await statusOf(token)).toBe(200);
    const page = await open(`/tokens/${id}`);
    await page.getByLabel('Tokens a month').fill('1');
    await press(page, 'Save');
    await page.getByRole('status').filter({ hasText: 'Saved.' }).waitFor();
    const refused = await call(token);
    expect(refused.status).toBe(429);
    expect(refused.message).toMatch(/token/i);
    const used = Number(
      (
        await pages.database.client.execute({
          sql: 'SELECT tokens_committed FROM token_months WHERE token_id = ?',
          args: [id],
        })
      ).rows[0]?.['tokens_committed'],
    );
    expect(used).toBeGreaterThan(1);
    await page.goto('/tokens');
    expect(await rowOf(page, 'capped').textContent()).toContain(`${used} of 1`);
    // Another token of the same customer goes on.
    expect(await statusOf(customer.token)).toBe(200);
    await page.close();
  });
});

describe('rotating a token', () => {
  test('with overlap both work until the old one’s end, then the gateway refuses the old one', async () => {
    const { id, token } = await madeToken({ name: 'rolling' });
    const page = await open('/tokens');
    const next = await rotate(page, id, 'In 1 hour');
    expect(await page.getByText('The old token works until').count()).toBe(1);
    expect(next).not.toBe(token);
    expect([await statusOf(token), await statusOf(next)]).toEqual([200, 200]);
    await page.goto('/tokens');
    const rows = await rowOf(page, 'rolling').allTextContents();
    expect(rows.map((row) => /Active|Expiring/.exec(row)?.[0])).toEqual(['Active', 'Expiring']);
    await pages.database.client.execute({
      sql: 'UPDATE gateway_tokens SET expires_at = ?, updated_at = ? WHERE id = ?',
      args: [Date.now() - 1_000, Date.now(), id],
    });
    expect([await statusOf(token), await statusOf(next)]).toEqual([401, 200]);
    await page.reload();
    await page.getByText('Revoked and expired tokens', { exact: true }).click();
    expect(await rowOf(page, 'rolling').last().textContent()).toContain('Expired');
    await page.close();
  });

  test('at once, the old one is refused from the next call on', async () => {
    const { id, token } = await madeToken({ scope_models: [HAIKU] });
    expect(await statusOf(token, { model: HAIKU })).toBe(200);
    const page = await open('/tokens');
    const next = await rotate(page, id, 'At once');
    expect(await page.getByText('The old token no longer works.').count()).toBe(1);
    expect(await statusOf(token, { model: HAIKU })).toBe(401);
    expect(await statusOf(next, { model: HAIKU })).toBe(200);
    // The new one may no more than the old one.
    expect(await statusOf(next, { model: SONNET })).toBe(400);
    await page.close();
  });
});

describe('revoking a token', () => {
  test('the gateway refuses its next call, the page shows it, and it can’t be undone', async () => {
    const { id, token } = await madeToken({ name: 'lost laptop' });
    expect(await statusOf(token)).toBe(200);
    const page = await open(`/tokens/${id}`);
    await page.getByRole('link', { name: 'Revoke' }).click();
    await press(page, 'Revoke it');
    await page.getByRole('status').filter({ hasText: 'The token is revoked.' }).waitFor();
    const refused = await call(token);
    expect(refused.status).toBe(401);
    expect(refused.message).toMatch(/revoked/i);
    await page.getByText('Revoked and expired tokens', { exact: true }).click();
    expect(await rowOf(page, 'lost laptop').textContent()).toContain('Revoked');
    await page.goto(`/tokens/${id}`);
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: /^(Rotate|Revoke)$/ }).count()).toBe(0);
    await page.close();
  });

  test('ends the sessions that were opened with it, wherever it is revoked', async () => {
    const { id, token } = await madeToken({ name: 'elsewhere' });
    const other = await pages.signedIn(token);
    const theirs = await open('/usage', other);
    expect(new URL(theirs.url()).pathname).toBe('/usage');
    const page = await open(`/tokens/${id}/revoke`);
    await press(page, 'Revoke it');
    await page.waitForURL('**/tokens?done=revoked');
    await theirs.reload();
    expect(new URL(theirs.url()).pathname).toBe('/sign-in');
    await page.close();
    await other.close();
  });

  test('who revokes the token they are signed in with is warned, and signed out with it', async () => {
    const { id, token } = await madeToken({ name: 'my own' });
    const own = await pages.signedIn(token);
    const page = await open(`/tokens/${id}/revoke`, own);
    expect(await page.getByText('You are signed in with this token.').count()).toBe(1);
    await press(page, 'Revoke it');
    await page.waitForURL('**/sign-in?notice=token-revoked');
    expect(await page.getByText('Your token is revoked, and you are signed out.').count()).toBe(1);
    await page.goto('/tokens');
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    expect(await statusOf(token)).toBe(401);
    await own.close();
  });

  test('who rotates the token they are signed in with goes on with the new one', async () => {
    const { id, token } = await madeToken({ name: 'my own, rolled' });
    const own = await pages.signedIn(token);
    const page = await open('/tokens', own);
    const next = await rotate(page, id, 'At once');
    expect(await statusOf(next)).toBe(200);
    await page.goto('/tokens');
    expect(new URL(page.url()).pathname).toBe('/tokens');
    await own.close();
  });
});
