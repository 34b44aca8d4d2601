/** The operator's pages in a real browser: what they show is what calls caused, and what they change holds for the very next call. */
import type { APIRequestContext, BrowserContext, Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TABLES } from '@/app/admin/download/tables';
import { formatsFor } from '@/app/formats';
import { csvRows } from '@/tests/support/csv-rows';
import { ADMIN_TOKEN, type Customer } from '@/tests/support/gateway-verbs';
import { answerTo, type CallOptions } from '@/tests/support/page-calls';
import { PAGE_ROUTES } from '@/tests/support/page-routes';
import { watch } from '@/tests/support/page-visits';
import { type Pages, startPages, START_TIMEOUT_MS } from '@/tests/support/pages';

const SONNET = 'claude-sonnet-4-5';
const HAIKU = 'claude-haiku-4-5';
/** Of a plan that lets no call through. */
const NOTHING = { monthly_tokens: 1 };
/** What a spreadsheet would run. */
const FORMULA = '=HYPERLINK("https://example.com";"pay")';
const MILLION = 1_000_000;
const { usd, count } = formatsFor('en-GB', 'UTC');

let pages: Pages;
let operator: BrowserContext;

beforeAll(async () => {
  pages = await startPages();
  operator = await pages.signedIn(ADMIN_TOKEN);
}, START_TIMEOUT_MS);

afterAll(() => pages?.stop());

const statusOf = async ({ token }: Pick<Customer, 'token'>, options: CallOptions = {}) =>
  (await answerTo(pages, token, options)).status;

async function open(path: string, context = operator): Promise<Page> {
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

const press = (page: Page | Locator, name: string) => page.getByRole('button', { name, exact: true }).click();

const said = (page: Page | Locator, text: string | RegExp) =>
  page.getByRole('status').filter({ hasText: text }).first().waitFor();

const customerPage = ({ user }: Pick<Customer, 'user'>): string =>
  `/admin/customers/${encodeURIComponent(user)}`;

/** Changes a customer's plan as an operator does it. */
async function putOn(plan: string, customer: Customer, context = operator): Promise<void> {
  const page = await open(customerPage(customer), context);
  await page.getByLabel('Plan', { exact: true }).selectOption(plan);
  await press(page, 'Save');
  await said(page, `Saved. The plan "${plan}" holds from the next call on.`);
  await page.close();
}

/** The newest entry of the audit page about an object: who, what, and each field before and after. */
async function lastChangeOf(
  kind: string,
  id: string,
): Promise<{ who: string; what: string; fields: string[] }> {
  const of = new URLSearchParams({ object_kind: kind, object_id: id });
  const page = await open(`/admin/audit?${of.toString()}`);
  const row = page.locator('tbody tr').first();
  const folded = row.locator('summary');
  if ((await folded.count()) > 0) await folded.click();
  const change = {
    who: await row.locator('td').nth(0).innerText(),
    what: await row.locator('td').nth(1).locator('code').innerText(),
    fields: await row
      .locator('td')
      .last()
      .locator('li')
      .evaluateAll((items) =>
        items.map((item) => {
          const before = item.querySelector('del')?.textContent ?? 'none';
          const after = item.querySelector('ins')?.textContent ?? 'gone';
          return `${item.querySelector('span')?.textContent ?? ''}${before} → ${after}`;
        }),
      ),
  };
  await page.close();
  return change;
}

async function rowsOf(sql: string, ...args: string[]) {
  const { rows } = await pages.database.client.execute({ sql, args });
  return rows.map((row) => ({ ...row }));
}

async function csvOf(page: Page, name = 'CSV'): Promise<Record<string, string>[]> {
  const href = (await page.getByRole('link', { name, exact: true }).first().getAttribute('href')) ?? '';
  return tableOf(page.context().request, href);
}

async function tableOf(request: APIRequestContext, href: string): Promise<Record<string, string>[]> {
  const response = await request.get(href);
  expect(response.headers()['content-disposition']).toMatch(/^attachment; filename="tollgate-[\w-]+\.csv"$/);
  return csvRows(await response.text());
}

const spendOf = async (user: string): Promise<number> => {
  const [row] = await rowsOf('SELECT sum(cost_nano_usd) AS spend FROM llm_usage WHERE user_id = ?', user);
  return Number(row?.['spend']);
};

describe('a customer’s plan, changed on their page', () => {
  test('holds for the very next call, both ways, and the audit page names who, before and after', async () => {
    const customer = await pages.customer({ user: 'mover', plan: NOTHING });
    expect(await statusOf(customer)).toBe(429);
    await putOn('business', customer);
    expect(await statusOf(customer)).toBe(200);
    expect(await lastChangeOf('user', customer.user)).toEqual({
      who: expect.stringContaining('operator') as unknown,
      what: 'user.change',
      fields: expect.arrayContaining([`plan: ${customer.plan} → business`]) as unknown,
    });
    await putOn(customer.plan, customer);
    expect(await statusOf(customer)).toBe(429);
    expect((await lastChangeOf('user', customer.user)).fields).toContain(`plan: business → ${customer.plan}`);
  });

  test('goes without JavaScript too', async () => {
    const customer = await pages.customer({ plan: NOTHING });
    const plain = await pages.signedIn(ADMIN_TOKEN, { javaScriptEnabled: false });
    await putOn('business', customer, plain);
    expect(await statusOf(customer)).toBe(200);
    await plain.close();
  });
});

describe('the editor of plans', () => {
  const formOf = (page: Page, plan: string): Locator => page.getByRole('region', { name: `Plan "${plan}"` });

  async function edit(plan: string, change: (form: Locator) => Promise<void>): Promise<void> {
    const page = await open('/admin/plans');
    const form = formOf(page, plan);
    await form.locator('summary').click();
    await change(form);
    await press(form, 'Save');
    await said(form, 'Saved. It holds from the next call on');
    await page.close();
  }

  test('narrows a plan for the next call of everybody on it, and widens it again', async () => {
    const customer = await pages.customer({ user: 'edited', plan: {} });
    const { plan } = customer;
    expect(await statusOf(customer)).toBe(200);
    await edit(plan, (form) => form.getByLabel('Tokens a month', { exact: true }).fill('1'));
    expect(await statusOf(customer)).toBe(429);
    expect((await lastChangeOf('plan', plan)).fields).toContain('monthly_tokens: none → 1');
    await edit(plan, async (form) => {
      await form.getByLabel('Tokens a month', { exact: true }).fill('');
      await form.getByLabel('Models').fill(HAIKU);
    });
    expect([await statusOf(customer), await statusOf(customer, { model: HAIKU })]).toEqual([400, 200]);
    await edit(plan, (form) => form.getByLabel('Money a month, US dollars').fill('0'));
    expect(await statusOf(customer, { model: HAIKU })).toBe(429);
  });

  test('tells who would be over the caps before anything is changed, and what is wrong beside its field', async () => {
    const customer = await pages.customer({ user: 'previewed', plan: {} });
    expect(await statusOf(customer)).toBe(200);
    const page = await open('/admin/plans');
    const form = formOf(page, customer.plan);
    await form.locator('summary').click();
    await form.getByLabel('Tokens a month', { exact: true }).fill('10');
    await press(form, 'Who would be over these caps?');
    await said(form, `With these caps 1 of 1 customer on "${customer.plan}" would have used them up`);
    expect(await statusOf(customer)).toBe(200);
    await form.getByLabel('Tokens a month', { exact: true }).fill('a few');
    await press(form, 'Save');
    await form.getByRole('alert').waitFor();
    const field = form.getByLabel('Tokens a month', { exact: true });
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await field.inputValue()).toBe('a few');
    expect(await statusOf(customer)).toBe(200);
    await page.close();
  });
});

describe('a new customer', () => {
  test('is made, signs in once by the link made for them, and calls', async () => {
    const page = await open('/admin');
    const seen = watch(page);
    await page.getByRole('link', { name: 'New customer' }).click();
    await page.getByLabel('Id', { exact: true }).fill('new-co');
    await page.getByLabel('Name', { exact: true }).fill('New & Co');
    await page.getByLabel('E-mail', { exact: true }).fill('it@new-co.example');
    await page.getByLabel('Plan', { exact: true }).selectOption('pro');
    await press(page, 'Create customer');
    await page.waitForURL('**/admin/customers/new-co');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('New & Co');
    expect(await lastChangeOf('user', 'new-co')).toMatchObject({
      who: expect.stringContaining('operator') as unknown,
      what: 'user.create',
      fields: expect.arrayContaining(['plan: none → pro', 'name: none → New & Co']) as unknown,
    });

    await press(page, 'Make a sign-in link');
    const link = page.locator('code').filter({ hasText: '/sign-in/link?' });
    const url = (await link.textContent()) ?? '';
    expect((await lastChangeOf('user', 'new-co')).what).toBe('user.sign_in_link');
    const theirs = await pages.context();
    const home = await open(url, theirs);
    await press(home, 'Continue as New & Co');
    await home.waitForURL('**/usage');
    await home.goto(url);
    expect(await home.getByText('This link doesn’t work any more.').count()).toBe(1);
    await home.goto('/tokens/new');
    await home.getByLabel('Name', { exact: true }).fill('first');
    await press(home, 'Create');
    const secret = (await home.getByRole('group', { name: 'Gateway token' }).textContent()) ?? '';
    expect(await statusOf({ token: secret })).toBe(200);
    await page.reload();
    // Made once means shown once.
    expect(await page.content()).not.toContain(url);
    expect(seen.complaints).toEqual([]);
    await theirs.close();
    await page.close();
  });

  test('is refused, with what was typed kept, where the id is taken', async () => {
    const taken = await pages.customer();
    const page = await open('/admin/customers/new');
    await page.getByLabel('Id', { exact: true }).fill(taken.user);
    await page.getByLabel('Name', { exact: true }).fill('Twice');
    await press(page, 'Create customer');
    await page
      .getByRole('alert')
      .filter({ hasText: /exists|taken|already/ })
      .waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Twice');
    await page.close();
  });
});

test('a suspended customer’s next call is refused, a resumed one’s goes through', async () => {
  const customer = await pages.customer();
  expect(await statusOf(customer)).toBe(200);
  const page = await open(customerPage(customer));
  await press(page, 'Suspend');
  await said(page, 'Suspended: the next call is refused.');
  expect(await statusOf(customer)).toBe(403);
  expect((await lastChangeOf('user', customer.user)).what).toBe('user.suspend');
  await page.getByText(/^Suspended since/).waitFor();
  await press(page, 'Resume');
  await said(page, 'Resumed: calls are let through again.');
  expect(await statusOf(customer)).toBe(200);
  expect((await lastChangeOf('user', customer.user)).what).toBe('user.resume');
  await page.close();
});

test('a token that the operator revokes is refused from its next call on', async () => {
  const customer = await pages.customer({ token: { name: 'leaked' } });
  expect(await statusOf(customer)).toBe(200);
  const page = await open(customerPage(customer));
  const row = page.getByRole('row', { name: /^leaked/ });
  await row.locator('summary').click();
  await row.getByRole('button', { name: 'Revoke for good: leaked' }).click();
  await row.getByText('Revoked', { exact: true }).waitFor();
  expect(await statusOf(customer)).toBe(401);
  expect((await lastChangeOf('token', customer.tokenId)).what).toBe('token.revoke');
  await page.close();
});

test('a price set on the page is what the next call costs, and what was underneath holds again without it', async () => {
  const customer = await pages.customer();
  const cost = async () => {
    const row = await pages.settledRow((await answerTo(pages, customer.token, { model: HAIKU })).id);
    return {
      cost: Number(row['cost_nano_usd']),
      perToken: [Number(row['input_tokens']), Number(row['output_tokens'])] as const,
      version: String(row['price_version']),
    };
  };
  const before = await cost();
  const page = await open('/admin/prices');
  await page.getByText('Set what a model costs', { exact: true }).click();
  await page.getByLabel('Model', { exact: true }).fill(HAIKU);
  await page.getByLabel('Input', { exact: true }).fill('1000');
  await page.getByLabel('Output', { exact: true }).fill('2000.50');
  await press(page, 'Set the price');
  await said(page, `"${HAIKU}" costs this from`);
  const dearer = await cost();
  const [sent, got] = dearer.perToken;
  expect(dearer.cost).toBe((sent * 1_000e9 + got * 2_000.5e9) / MILLION);
  const day = new Date().toISOString().slice(0, 10);
  expect(await lastChangeOf('price', `${HAIKU}@${day}`)).toMatchObject({
    who: expect.stringContaining('operator') as unknown,
    what: 'price.set',
    fields: expect.arrayContaining([expect.stringContaining('none → ')]) as unknown,
  });
  await page.reload();
  await page.getByRole('button', { name: new RegExp(`^Delete.*${HAIKU} from ${day}`) }).click();
  await page.getByRole('region', { name: 'Overrides', exact: true }).waitFor({ state: 'detached' });
  const after = await cost();
  expect([after.cost, after.version]).toEqual([before.cost, before.version]);
  expect((await lastChangeOf('price', `${HAIKU}@${day}`)).what).toBe('price.delete');
  await page.close();
});

describe('what the pages show', () => {
  let customer: Customer;

  beforeAll(async () => {
    customer = await pages.customer({
      user: 'busy',
      plan: { price_cents: 2_000, monthly_tokens: 1_000_000 },
    });
    await pages.admin('PATCH', '/api/admin/users/busy', { name: FORMULA });
    const refused = Array.from({ length: 11 }, () => statusOf(customer, { model: 'no-such-model' }));
    const answered = [SONNET, SONNET, HAIKU].map((model) => statusOf(customer, { model }));
    expect(new Set(await Promise.all(refused))).toEqual(new Set([404]));
    expect(await Promise.all(answered)).toEqual([200, 200, 200]);
  });

  test('customers: spend, margin and calls as the database has them, in the table and in its CSV', async () => {
    const page = await open('/admin?search=busy');
    const seen = watch(page);
    const spend = await spendOf('busy');
    expect(spend).toBeGreaterThan(0);
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: FORMULA }) });
    const cells = await row.locator('td').allInnerTexts();
    expect(cells[0]).toBe(customer.plan);
    expect(cells.slice(1, 4)).toEqual([usd(spend), '$20', usd(20e9 - spend)]);
    expect(cells[7]).toBe('3');
    const [line, ...others] = await csvOf(page);
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      user: 'busy',
      // An apostrophe before it makes it text.
      name: `'${FORMULA}`,
      spend_nano_usd: String(spend),
      margin_nano_usd: String(20e9 - spend),
      requests: '3',
    });
    expect(Number(line?.['spend_usd'])).toBeCloseTo(spend / 1e9, 9);
    await row.getByRole('link').first().click();
    await page.getByRole('heading', { level: 1, name: FORMULA }).waitFor();
    const models = page.getByRole('table', { name: 'The last 30 days by model' });
    expect(await models.getByRole('row').last().innerText()).toMatch(new RegExp(`\\s3\\s+11\\s`));
    expect(await models.getByRole('row').last().innerText()).toContain(usd(spend));
    expect(await page.getByRole('table', { name: 'Refused calls, latest first' }).innerText()).toContain(
      'model_unknown',
    );
    expect(seen.complaints).toEqual([]);
    await page.close();
  });

  test('customers: sorted by what is pressed, searched, and on as many pages as it takes', async () => {
    const page = await open('/admin');
    const spends = async () => (await csvOf(page)).map((row) => Number(row['spend_nano_usd']));
    expect(await spends()).toEqual((await spends()).toSorted((a, b) => b - a));
    await page.getByRole('link', { name: 'Spend', exact: true }).click();
    await page.waitForURL('**sort=spend**');
    const turned = await spends();
    expect(turned).toEqual(turned.toSorted((a, b) => a - b));
    await page.goto('/admin?search=no-one-is-called-this');
    expect(await page.getByText('No customer is like that.').count()).toBe(1);
    await page.close();
  });

  test('providers: the calls and the spend of everybody, by provider and model', async () => {
    const page = await open('/admin/providers');
    const [sum] = await rowsOf(`SELECT sum(cost_nano_usd) AS spend, sum(ending IS NOT 'refused') AS calls
      FROM llm_usage WHERE provider = 'sandbox'`);
    const card = await page.getByRole('region', { name: 'Sandbox', exact: true }).innerText();
    expect(card).toContain('Reachable');
    expect(card).toContain(usd(Number(sum?.['spend'])));
    expect(card).toMatch(new RegExp(`Calls\\s+${count(Number(sum?.['calls']))}\\s`));
    const table = page.getByRole('table', { name: 'Models, dearest first' });
    const rows = (await csvOf(page)).filter(({ provider, model }) => provider === 'sandbox' && model !== '');
    for (const row of rows)
      expect(
        await table
          .getByRole('row')
          .filter({ hasText: row['model'] ?? '' })
          .innerText(),
      ).toContain(usd(Number(row['cost_nano_usd'])));
    expect(rows.map(({ model }) => model)).toEqual(expect.arrayContaining([SONNET, HAIKU]));
    await page.close();
  });

  test('refusals: by reason, day and customer, as many as there were', async () => {
    const page = await open('/admin/refusals');
    const kept = await rowsOf('SELECT reason, sum(refusals) AS n FROM refusal_days GROUP BY reason');
    const reasons = page.getByRole('table', { name: 'Refusals by reason' });
    for (const { reason, n } of kept) {
      const row = reasons.getByRole('row').filter({ hasText: reason as string });
      expect(await row.locator('td').nth(1).innerText()).toBe(count(Number(n)));
    }
    const fromFile = (await csvOf(page)).reduce((sum, row) => sum + Number(row['refusals']), 0);
    expect(fromFile).toBe(kept.reduce((sum, { n }) => sum + Number(n), 0));
    await page.getByRole('link', { name: `Only this one: ${FORMULA}` }).click();
    await page.waitForURL('**user=busy**');
    expect(await reasons.locator('tbody tr').count()).toBe(1);
    expect(await reasons.innerText()).toMatch(/model_unknown[\s\S]*\b11\b[\s\S]*100%/);
    await page.close();
  });

  test('activity: who is refused again and again, and for whom many tokens are made', async () => {
    const hoarder = await pages.customer({ user: 'hoarder' });
    for (let made = 0; made < 10; made += 1)
      await pages.admin('POST', '/api/admin/tokens', { user: hoarder.user, name: `token ${made}` });
    const page = await open('/admin/activity');
    const row = (name: string) => page.getByRole('row').filter({ hasText: name }).first();
    expect(await row(FORMULA).innerText()).toContain('Many refusals');
    expect(await row('hoarder').innerText()).toMatch(/Many new tokens[\s\S]*11 tokens/);
    const found = (await csvOf(page)).map(({ rule, user }) => `${rule} ${user}`);
    expect(found).toEqual(expect.arrayContaining(['refusals busy', 'many_tokens hoarder']));
    await page.close();
  });

  test('every table is there as a file that holds no cell a spreadsheet would run', async () => {
    for (const table of Object.keys(TABLES)) {
      const whose = table === 'customer' ? '?user=busy' : '';
      const rows = await tableOf(operator.request, `/admin/download/${table}${whose}`);
      if (table !== 'events') expect({ table, rows: rows.length > 0 }).toEqual({ table, rows: true });
      const cells = rows.flatMap((row) => Object.values(row));
      expect(cells.filter((cell) => /^[=+@\t\r]|^-(?!\d)/.test(cell))).toEqual([]);
    }
    const [audit] = await tableOf(operator.request, '/admin/download/audit?object_kind=user&object_id=busy');
    expect(JSON.parse(audit?.['after'] ?? '')).toMatchObject({ name: FORMULA });
  });
});

describe('to a customer', () => {
  test('none of it is there: no page, no file', async () => {
    const { token, user } = await pages.customer();
    const theirs = await pages.signedIn(token);
    const operators = Object.values(PAGE_ROUTES).filter(({ who }) => who === 'operator');
    const places = [
      ...operators.map(({ fill }) => fill({ user })),
      ...Object.keys(TABLES).map((table) => `/admin/download/${table}`),
    ];
    const statuses = await Promise.all(
      places.map(async (place) => [place, (await theirs.request.get(place)).status()] as const),
    );
    expect(statuses.filter(([, status]) => status !== 404)).toEqual([]);
    expect(places.length).toBeGreaterThan(15);
    await theirs.close();
  });
});
