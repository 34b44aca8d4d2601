/** `/logs` in a real browser: from the list down to a single call, with what the gateway kept of real calls. */
import type { BrowserContext, Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatsFor } from '@/app/formats';
import { csvRows } from '@/tests/support/csv-rows';
import type { Customer, Row } from '@/tests/support/gateway-verbs';
import { keepCalls } from '@/tests/support/kept-calls';
import { answerTo } from '@/tests/support/page-calls';
import { watch } from '@/tests/support/page-visits';
import { type Pages, startPages, START_TIMEOUT_MS } from '@/tests/support/pages';

const SONNET = 'claude-sonnet-4-5';
const HAIKU = 'claude-haiku-4-5';
/** Stands in every name of the other customer. */
const OTHERS = 'stranger';
/** What clients may send as a key, and what browsers, proxies and paths make something else of. */
const SENT_KEYS = [
  'a/b/../c',
  '..',
  '.',
  '100%',
  '%2e%2e%2f',
  'x?y=1&z#w',
  '~dGVzdA',
  'download',
  String.raw`back\slash`,
  '"><script>document.title="run"</script>',
];
/** What reaches the database by other ways than a header. */
const KEPT_KEYS = ['naïve 会話 №5', '🦊 fox run 🦊', '=1+1;"quoted", and more'];
/** More than two pages of sessions. */
const MANY_SESSIONS = 120;
/** More than two pages of one session's calls. */
const MANY_CALLS = 60;
const CALLS_PER_PAGE = 25;

let pages: Pages;
let reader: Customer;
let crowd: Customer;
let browser: BrowserContext;
let crowdBrowser: BrowserContext;
/** Rows of the calls of `run-1`, as settled. */
let calls: Row[];

interface CallOf {
  readonly session: string;
  readonly parent?: string;
  readonly model?: string;
}

async function call(token: string, { session, parent, model = SONNET }: CallOf): Promise<string> {
  const headers = {
    'x-tollgate-session': session,
    ...(parent === undefined ? {} : { 'x-tollgate-parent-session': parent }),
  };
  return (await answerTo(pages, token, { model, headers })).id;
}

beforeAll(async () => {
  pages = await startPages();
  reader = await pages.customer({ user: 'reader', token: { name: 'main', agent: 'claude-code' } });
  const second = await pages.admin('POST', '/api/admin/tokens', {
    user: reader.user,
    name: 'second',
    agent: '=cmd|calc',
  });
  const other = await pages.customer({
    user: `${OTHERS}-user`,
    token: { name: `${OTHERS} laptop`, agent: `${OTHERS}-agent` },
  });
  await call(other.token, { session: `${OTHERS}-run` });
  await Promise.all(SENT_KEYS.map((session) => call(reader.token, { session })));
  const kept = KEPT_KEYS.map((session, index) => ({
    id: `req_kept_${index}`,
    user: reader.user,
    session,
    startedAtMs: Date.now() - 3_600_000 + index,
  }));
  await keepCalls(pages.database, kept);
  await call(String(second.body['token']), { session: 'second-run' });
  await call(reader.token, { session: 'refused-run', model: 'no-such-model' });
  const first = [await call(reader.token, { session: 'run-1' })];
  await call(reader.token, { session: 'run-1/sub-a', parent: 'run-1', model: HAIKU });
  await call(reader.token, { session: 'run-1/sub-a/deep', parent: 'run-1/sub-a', model: HAIKU });
  first.push(await call(reader.token, { session: 'run-1', model: HAIKU }));
  calls = await Promise.all(first.map((id) => pages.settledRow(id)));

  crowd = await pages.customer({ user: 'crowd' });
  const sinceMs = Date.now() - 86_400_000;
  const many = Array.from({ length: MANY_SESSIONS }, (_, index) => ({
    id: `req_many_${String(index).padStart(3, '0')}`,
    user: crowd.user,
    session: `many-${String(index).padStart(3, '0')}`,
    startedAtMs: sinceMs + index * 1_000,
  }));
  const long = Array.from({ length: MANY_CALLS }, (_, index) => ({
    id: `req_long_${String(index).padStart(3, '0')}`,
    user: crowd.user,
    session: 'long-run',
    startedAtMs: sinceMs - 86_400_000 + index * 1_000,
  }));
  await keepCalls(pages.database, [...many, ...long]);
  browser = await pages.signedIn(reader.token);
  crowdBrowser = await pages.signedIn(crowd.token);
}, START_TIMEOUT_MS);

afterAll(() => pages?.stop());

async function open(path: string, context = browser): Promise<Page> {
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

/** Keys of the listed sessions, in the list's order. */
const keysOn = (page: Page): Promise<string[]> =>
  page
    .locator('tbody th > a:first-child')
    .evaluateAll((links) => links.map((link) => link.getAttribute('title') ?? ''));

/** What a user's sessions are in the database, latest activity first. */
async function keptKeys(user: string): Promise<string[]> {
  const { rows } = await pages.database.client.execute({
    sql: 'SELECT key FROM sessions WHERE user_id = ? ORDER BY last_at DESC, key DESC',
    args: [user],
  });
  return rows.map(({ key }) => key as string);
}

const linkOf = (page: Page, key: string): Locator =>
  page.locator('tbody th > a:first-child').and(page.getByTitle(key, { exact: true }));

async function filter(page: Page, act: () => Promise<unknown>): Promise<void> {
  await act();
  const before = page.url();
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.waitForURL((url) => url.href !== before && ![...url.searchParams.values()].includes(''));
}

const openFilters = (page: Page) => page.locator('form summary').click();

describe('the list of sessions', () => {
  test('has every one of the customer’s, newest first, and nobody else’s', async () => {
    const page = await open('/logs');
    const seen = watch(page);
    const expected = await keptKeys(reader.user);
    expect(expected).toHaveLength(SENT_KEYS.length + KEPT_KEYS.length + 5);
    expect(await keysOn(page)).toEqual(expected);
    expect((await keysOn(page))[0]).toBe('run-1');
    expect(await page.content()).not.toContain(OTHERS);
    const refused = page.getByRole('row').filter({ has: page.getByTitle('refused-run', { exact: true }) });
    expect(await refused.textContent()).toMatch(/1 refused.*Refused/);
    expect(seen.complaints).toEqual([]);
    await page.close();
  });

  test('is searched, whatever the case, and an address of it can be shared', async () => {
    const page = await open('/logs');
    await filter(page, () => page.getByLabel('Search').fill('SUB-a'));
    expect(page.url()).toBe(`${pages.baseUrl}/logs?search=SUB-a`);
    expect(await keysOn(page)).toEqual(['run-1/sub-a/deep', 'run-1/sub-a']);
    await filter(page, () => page.getByLabel('Search').fill('100%'));
    expect(await keysOn(page)).toEqual(['100%']);
    await filter(page, () => page.getByLabel('Search').fill('nothing is called this'));
    expect(await page.getByText('No sessions match.').count()).toBe(1);
    await page.getByRole('link', { name: 'Clear' }).click();
    await page.waitForURL(`${pages.baseUrl}/logs`);
    expect(await keysOn(page)).toEqual(await keptKeys(reader.user));
    await page.close();
  });

  test('is narrowed by token, agent, ending and day, and to those nobody started', async () => {
    const page = await open('/logs');
    await openFilters(page);
    await filter(page, () => page.getByLabel('Agent').selectOption('=cmd|calc'));
    expect(await keysOn(page)).toEqual(['second-run']);
    await page.goto('/logs');
    await openFilters(page);
    await filter(page, () => page.getByLabel('Ending').selectOption({ label: 'Refused' }));
    expect(await keysOn(page)).toEqual(['refused-run']);
    await page.goto('/logs');
    await openFilters(page);
    await filter(page, () => page.getByLabel('Without sub-sessions').check());
    expect(await keysOn(page)).toEqual((await keptKeys(reader.user)).filter((key) => !key.includes('sub-a')));
    await page.goto('/logs');
    await openFilters(page);
    await filter(page, () => page.getByLabel('To', { exact: true }).fill('2020-01-01'));
    expect(await page.getByText('No sessions match.').count()).toBe(1);
    await page.goto(`/logs?token=${reader.tokenId}&search=run-1`);
    expect(await keysOn(page)).toEqual(['run-1', 'run-1/sub-a/deep', 'run-1/sub-a']);
    await page.close();
  });

  test('says so when a day in the address is none', async () => {
    const page = await open('/logs?from=2026-02-31');
    expect(await page.getByRole('alert').filter({ hasText: 'This filter can’t be used.' }).count()).toBe(1);
    await page.close();
  });

  test('goes on over its pages without leaving one out or showing one twice', async () => {
    const page = await open('/logs', crowdBrowser);
    const shown: string[] = [];
    const pager = page.getByRole('navigation', { name: 'Pages of the list' });
    const older = pager.getByRole('link', { name: 'Older' });
    for (;;) {
      shown.push(...(await keysOn(page)));
      if ((await older.count()) === 0) break;
      const before = page.url();
      await older.click();
      await page.waitForURL((url) => url.href !== before);
    }
    expect(shown).toEqual(await keptKeys(crowd.user));
    expect(shown).toHaveLength(MANY_SESSIONS + 1);
    await pager.getByRole('link', { name: 'Newest' }).click();
    await page.waitForURL(`${pages.baseUrl}/logs`);
    expect((await keysOn(page))[0]).toBe(shown[0]);
    await page.close();
  });
});

describe('one session', () => {
  const { usd, count } = formatsFor('en-GB', 'UTC');

  test('shows each of its calls as the gateway settled it', async () => {
    const page = await open('/logs');
    const seen = watch(page);
    await linkOf(page, 'run-1').click();
    await page.waitForURL('**/logs/**');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Session');
    const lines = page.getByRole('list', { name: 'Requests, oldest first' }).locator('> li');
    expect(await lines.count()).toBe(2);
    for (const [index, row] of calls.entries()) {
      const line = lines.nth(index);
      const summary = await line.locator('summary').innerText();
      expect(summary).toContain(String(row['model']));
      expect(summary).toContain(`${String(row['input_tokens'])} in · ${String(row['output_tokens'])} out`);
      expect(summary).toContain(usd(Number(row['cost_nano_usd'])));
      expect(summary).toContain('Complete');
      expect(summary).toContain('200 · Exact');
      await line.locator('summary').click();
      const details = await line.locator('details > div').innerText();
      expect(details).toContain(String(row['id']));
      expect(details).toContain(String(row['price_version']));
      expect(details).toContain('"input_tokens"');
    }
    const figures = await page.getByRole('region', { name: 'In figures' }).innerText();
    const cost = calls.reduce((sum, row) => sum + Number(row['cost_nano_usd']), 0);
    const sent = calls.reduce((sum, row) => sum + Number(row['input_tokens']), 0);
    expect(figures).toContain(usd(cost));
    expect(figures).toMatch(new RegExp(`Input tokens\\s+${count(sent)}\\s`));
    expect(figures).toContain('claude-code');
    expect(seen.complaints).toEqual([]);
    await page.close();
  });

  test('leads down to what it started, and up again', async () => {
    const page = await open('/logs/run-1');
    const below = page.getByRole('region', { name: 'Sub-sessions' });
    expect(await below.getByRole('link').allTextContents()).toEqual(['…/sub-a', '…/deep']);
    // The tree shows who started whom: the second stands in the list below the first.
    expect(await below.locator('li li').getByRole('link').allTextContents()).toEqual(['…/deep']);
    await below.getByRole('link', { name: '…/deep' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sub-session' }).waitFor();
    await page.getByRole('navigation', { name: 'Way back' }).getByText('run-1/sub-a').click();
    await page.locator('code', { hasText: /^run-1\/sub-a$/ }).waitFor();
    await page.getByRole('navigation', { name: 'Way back' }).getByText('run-1', { exact: false }).click();
    await page.locator('code', { hasText: /^run-1$/ }).waitFor();
    const figures = await page.getByRole('region', { name: 'In figures' }).innerText();
    expect(figures).toContain('4 with sub-sessions');
    await page.close();
  });

  test.each([...SENT_KEYS, ...KEPT_KEYS])('opens whatever its key: %s', async (key) => {
    const page = await open('/logs');
    const seen = watch(page);
    await linkOf(page, key).click();
    await page.getByRole('heading', { level: 1, name: 'Session' }).waitFor();
    expect(await page.locator('main code').first().textContent()).toBe(key);
    expect(await page.title()).toBe('Session · Tollgate');
    // The same address asked for anew, as from a bookmark.
    await page.reload();
    expect(await page.locator('main code').first().textContent()).toBe(key);
    expect(seen.complaints).toEqual([]);
    await page.close();
  });

  test('goes on over the pages of its calls, oldest first', async () => {
    const page = await open('/logs/long-run', crowdBrowser);
    const lines = page.getByRole('list', { name: 'Requests, oldest first' }).locator('> li');
    const sizes: number[] = [];
    const ids: string[] = [];
    const later = page.getByRole('link', { name: 'Later' });
    for (;;) {
      sizes.push(await lines.count());
      ids.push(...(await lines.locator('dl code').allTextContents()).filter((id) => id.startsWith('req_')));
      if ((await later.count()) === 0) break;
      const before = page.url();
      await later.click();
      await page.waitForURL((url) => url.href !== before);
    }
    expect(sizes).toEqual([CALLS_PER_PAGE, CALLS_PER_PAGE, MANY_CALLS - 2 * CALLS_PER_PAGE]);
    expect(ids).toEqual(
      Array.from({ length: MANY_CALLS }, (_, index) => `req_long_${String(index).padStart(3, '0')}`),
    );
    await page.close();
  });

  test('of another customer is not there, whatever stands in the address', async () => {
    const page = await open(`/logs/${OTHERS}-run`);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).not.toBe('Session');
    expect(await page.getByRole('region', { name: 'In figures' }).count()).toBe(0);
    await page.goto(`/logs?search=${OTHERS}`);
    expect(await page.getByText('No sessions match.').count()).toBe(1);
    await page.close();
  });
});

describe('the list of calls', () => {
  test('has the sessionless ones too, narrows by model, and leads to a call’s session', async () => {
    const page = await open('/logs?view=calls');
    const lines = page.getByRole('list', { name: 'Calls, newest first' }).locator('> li');
    const total = SENT_KEYS.length + KEPT_KEYS.length + 6;
    expect(await lines.count()).toBe(Math.min(total, CALLS_PER_PAGE));
    expect(await lines.first().innerText()).toContain(HAIKU);
    await openFilters(page);
    await filter(page, () => page.getByLabel('Ending').selectOption({ label: 'Refused' }));
    expect(await lines.count()).toBe(1);
    expect(await lines.innerText()).toMatch(/no-such-model[\s\S]*model_unknown[\s\S]*Refused[\s\S]*404/);
    await lines.locator('summary').click();
    await lines.getByRole('link', { name: 'refused-run' }).click();
    await page.getByRole('heading', { level: 1, name: 'Session' }).waitFor();
    await page.goto('/logs?view=calls');
    await openFilters(page);
    await filter(page, () => page.getByLabel('Model').selectOption(SONNET));
    expect((await lines.locator('summary').allInnerTexts()).filter((text) => !text.includes(SONNET))).toEqual(
      [],
    );
    expect(await page.content()).not.toContain(OTHERS);
    await page.close();
  });

  test('is read without JavaScript: filtered, opened, and paged', async () => {
    const plain = await pages.signedIn(crowd.token, { javaScriptEnabled: false });
    const page = await open('/logs?view=calls', plain);
    const lines = page.getByRole('list', { name: 'Calls, newest first' }).locator('> li');
    expect(await lines.count()).toBe(CALLS_PER_PAGE);
    await lines.first().locator('summary').click();
    expect(await lines.first().getByText('req_many_119').isVisible()).toBe(true);
    await page.getByRole('link', { name: 'Older' }).click();
    expect(await lines.first().locator('dl code').first().textContent()).toBe('req_many_094');
    await page.goto('/logs');
    await page.getByLabel('Search').fill('long-run');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    expect(await keysOn(page)).toEqual(['long-run']);
    await plain.close();
  });
});

describe('downloads', () => {
  async function fileOf(page: Page, name: 'CSV' | 'JSON') {
    const started = page.waitForEvent('download');
    await page.getByRole('link', { name: `${name} download of this list` }).click();
    const download = await started;
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    return { name: download.suggestedFilename(), text: Buffer.concat(chunks).toString('utf8') };
  }

  test('hold the sessions that the page lists, figure by figure, and nothing that a spreadsheet would run', async () => {
    const page = await open('/logs');
    const [csv, json] = [await fileOf(page, 'CSV'), await fileOf(page, 'JSON')];
    expect([csv.name, json.name]).toEqual(['tollgate-sessions.csv', 'tollgate-sessions.json']);
    const rows = csvRows(csv.text);
    const { data } = JSON.parse(json.text) as { data: Row[] };
    const { rows: kept } = await pages.database.client.execute({
      sql: `SELECT key, parent_key, requests, refusals, input_tokens, output_tokens, cost_nano_usd FROM sessions
            WHERE user_id = ? ORDER BY last_at DESC, key DESC`,
      args: [reader.user],
    });
    expect(data.map(({ key }) => key)).toEqual(await keysOn(page));
    expect(data).toEqual(
      kept.map(
        ({ parent_key: parent, ...figures }) => expect.objectContaining({ ...figures, parent }) as unknown,
      ),
    );
    // A cell that would be a formula has an apostrophe before it; all else is the same in both files.
    const plain = (text: string) => text.replace(/^'(?=[=+\-@\t\r])/, '');
    expect(rows.map((row) => plain(row['key'] ?? ''))).toEqual(data.map(({ key }) => key));
    expect(rows.map((row) => Number(row['cost_nano_usd']))).toEqual(data.map((row) => row['cost_nano_usd']));
    for (const row of rows)
      expect(Number(row['cost_usd'])).toBeCloseTo(Number(row['cost_nano_usd']) / 1e9, 9);
    expect(rows.find(({ key }) => key === 'second-run')?.['agent']).toBe("'=cmd|calc");
    expect(rows.flatMap((row) => Object.values(row)).filter((cell) => /^[=+\-@]/.test(cell))).toEqual([]);
    expect(csv.text + json.text).not.toContain(OTHERS);
    await page.close();
  });

  test('are filtered as the page is, calls too', async () => {
    const page = await open('/logs?search=sub-a');
    expect(csvRows((await fileOf(page, 'CSV')).text).map(({ key }) => key)).toEqual(await keysOn(page));
    await page.goto(`/logs?view=calls&model=${HAIKU}`);
    const rows = csvRows((await fileOf(page, 'CSV')).text);
    const shown = await page.locator('ol[aria-label="Calls, newest first"] dl code').allTextContents();
    expect(rows.map(({ id }) => id)).toEqual(shown.filter((id) => rows.some((row) => row['id'] === id)));
    expect(new Set(rows.map(({ model }) => model))).toEqual(new Set([HAIKU]));
    expect(rows).toHaveLength(3 + KEPT_KEYS.length);
    await page.close();
  });
});
