/** The usage page in a real browser: live while calls run, true to the limiter's figures, and usable in every way people use pages. */
import { readFile } from 'node:fs/promises';
import type { Download, Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { formatsFor } from '@/app/formats';
import { chartData } from '@/app/usage/series';
import { spanWords } from '@/app/usage/words';
import { reportTable } from '@/lib/account/report-table';
import { reportView, type ReportView } from '@/lib/account/report-views';
import { monthOf } from '@/lib/domain/month';
import { startAnthropicUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import type { Customer } from '@/tests/support/gateway-verbs';
import { expectSound, watch } from '@/tests/support/page-visits';
import { type Pages, startPages, START_TIMEOUT_MS } from '@/tests/support/pages';
import { card, namedFigures, table, tableRows } from '@/tests/support/shown-figures';
import { createStepper } from '@/tests/support/upstream-answer';
import type { Upstream } from '@/tests/support/upstream-server';
import { useVisitors } from '@/tests/support/visitors';
import { writeCalls } from '@/tests/db/account/usage-rows';

const DAY_MS = 86_400_000;
const LIMITS = { monthly_tokens: 2_000_000, monthly_cost_cents: 5_000 };
const formats = formatsFor('en-GB', 'UTC');

let pages: Pages;
let upstream: Upstream;
/** With calls of this month and the last, through the gateway and straight into the table. */
let busy: Customer;

beforeAll(async () => {
  upstream = await startAnthropicUpstream();
  pages = await startPages({
    ANTHROPIC_API_KEY: UPSTREAM_KEY,
    ANTHROPIC_UPSTREAM_URL: upstream.url,
    TOLLGATE_SANDBOX: 'off',
  });
  busy = await pages.customer({
    plan: LIMITS,
    token: { name: 'laptop', agent: 'coder', campaign: 'autumn' },
  });
  const days = [0, 3, 3, 9, 20, 45].map((ago, index) => ({
    atMs: Date.now() - ago * DAY_MS,
    model: index % 2 === 0 ? 'claude-sonnet-4-5' : 'claude-haiku-4-5',
    agent: index === 3 ? null : 'reviewer',
    tokenId: busy.tokenId,
    inputTokens: 1_000 * (index + 1),
    cacheReadTokens: 300 * index,
    outputTokens: 77 * (index + 1),
    costNanoUsd: 4_321_987 * (index + 1),
  }));
  await writeCalls(pages.database, busy.user, days);
  await pages.call(busy.token);
  await pages.call(busy.token, { model: 'claude-haiku-4-5' });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await pages?.stop();
  await upstream?.stop();
});

beforeEach(() => upstream.script());

const visitors = useVisitors(() => pages);

async function own({ token }: Customer, path: string): Promise<unknown> {
  const response = await fetch(pages.baseUrl + path, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  return response.json();
}

const reportOf = async (customer: Customer, query = 'range=30d&time_zone=UTC'): Promise<ReportView> =>
  reportView.parse(await own(customer, `/api/user/usage/report?${query}`));

async function countersOf({ user }: Customer): Promise<Record<string, number>> {
  const { rows } = await pages.database.client.execute({
    sql: `SELECT tokens_committed, tokens_held, nano_usd_committed, nano_usd_held FROM usage_months
WHERE user_id = ? AND month = ?`,
    args: [user, monthOf(Date.now())],
  });
  return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, value]) => [name, Number(value)]));
}

const open = async (customer: Customer, path = '/usage', options = {}): Promise<Page> => {
  const page = await visitors.page(customer.token, options);
  await page.goto(path, { waitUntil: 'networkidle' });
  return page;
};

/** The figures of a view of the page, wherever its words are the same from one moment to the next. */
async function everythingShown(page: Page): Promise<unknown> {
  const cards = ['Tokens this month', 'Cost this month'].map((name) => namedFigures(card(page, name)));
  const tables = [
    'per (day|hour)',
    ...['model', 'agent', 'campaign', 'token'].map((by) => `requests by ${by}$`),
  ].map((caption) => tableRows(table(page, new RegExp(caption))));
  return Promise.all([...cards, namedFigures(page.locator('#totals')), ...tables]);
}

/** What a page that shows this report must show. */
function everythingExpected(report: ReportView): unknown {
  const { caps, totals } = report;
  const capFigures = (
    { used, held, remaining }: ReportView['caps']['cost'],
    figure: (n: number) => string,
  ) => ({
    Used: figure(used),
    Held: figure(held),
    Left: figure(remaining ?? Number.NaN),
  });
  const prompt = totals.input_tokens + totals.cache_read_tokens;
  const chart = chartData(report, 'cost', formats);
  const whole = totals.cost_nano_usd;
  const lines = <L extends ReportView['models']['lines'][number] | ReportView['agents']['lines'][number]>(
    all: readonly L[],
    nameOf: (line: L) => string,
  ) =>
    all.map((line) => [
      nameOf(line),
      formats.percent(line.cost_nano_usd / whole),
      formats.usdBrief(line.cost_nano_usd),
      formats.compact(line.counted_tokens),
      formats.count(line.requests),
    ]);
  const { models, agents, campaigns, tokens } = report;
  return [
    capFigures(caps.tokens, formats.count),
    capFigures(caps.cost, formats.usd),
    {
      Cost: formats.usd(whole),
      'Tokens counted': formats.count(totals.counted_tokens),
      Requests: formats.count(totals.requests),
      'Prompt from cache': prompt === 0 ? '–' : formats.percent(totals.cache_read_tokens / prompt),
    },
    chart.bars.map(({ label, title, texts, totalText }) => [
      report.hours === null ? label : title,
      ...texts,
      totalText,
    ]),
    lines(models.lines, ({ model, provider }) => `${model}${provider}`),
    lines(agents.lines as never[], ({ agent }: { agent: string | null }) => agent ?? 'No agent named'),
    lines(
      campaigns.lines as never[],
      ({ campaign }: { campaign: string | null }) => campaign ?? 'No campaign named',
    ),
    lines(tokens.lines as never[], ({ name, hint }: { name: string; hint: string }) => `${name}${hint}`),
  ];
}

describe('live', () => {
  test(
    'a customer’s first call shows on the open page while it runs and when it has ended, without a reload',
    async () => {
      const customer = await pages.customer({ plan: LIMITS });
      const page = await open(customer);
      const calm = await visitors.page(customer.token, { reducedMotion: 'reduce' });
      await calm.goto('/usage');
      await page.getByRole('heading', { name: 'No call has come in yet' }).waitFor();
      await page.evaluate(() => {
        document.documentElement.dataset['mark'] = 'never reloaded';
      });

      const stepper = createStepper();
      upstream.script({ stepper });
      const calling = fetch(`${pages.baseUrl}/v1/messages`, {
        method: 'POST',
        headers: {
          'x-api-key': customer.token,
          'anthropic-version': '2023-06-01',
          'content-type': 'application/json',
        },
        body: JSON.stringify({
          model: 'claude-sonnet-4-5',
          max_tokens: 512,
          stream: true,
          messages: [{ role: 'user', content: 'Say 30 words' }],
        }),
      });
      await stepper.step();
      for (const one of [page, calm]) await one.getByText('1 call running now').waitFor();
      const tokens = card(page, 'Tokens this month');
      const held = await countersOf(customer);
      expect(held['tokens_held']).toBeGreaterThan(512);
      await tokens.getByText(formats.count(held['tokens_held'] ?? 0), { exact: true }).waitFor();
      expect(await namedFigures(tokens)).toEqual({
        Used: '0',
        Held: formats.count(held['tokens_held'] ?? 0),
        Left: formats.count(LIMITS.monthly_tokens - (held['tokens_held'] ?? 0)),
      });
      expect(await namedFigures(card(page, 'Cost this month'))).toMatchObject({
        Held: formats.usd(held['nano_usd_held'] ?? 0),
      });
      // Something moves while a call runs, but not for who wants no motion.
      const moving = (one: Page) =>
        one.evaluate(
          () => document.getAnimations().filter(({ playState }) => playState === 'running').length,
        );
      expect(await moving(page)).toBeGreaterThan(0);
      expect(await moving(calm)).toBe(0);

      stepper.runOn();
      const response = await calling;
      await response.text();
      await pages.settledRow(response.headers.get('x-request-id') ?? '');
      const used = await countersOf(customer);
      expect(used).toMatchObject({ tokens_held: 0, nano_usd_held: 0 });
      await page.getByTestId('running').waitFor({ state: 'detached' });
      await tokens
        .getByText(formats.count(used['tokens_committed'] ?? 0), { exact: true })
        .last()
        .waitFor();
      await page.getByRole('heading', { name: 'Models' }).waitFor();
      expect(await namedFigures(tokens)).toMatchObject({
        Used: formats.count(used['tokens_committed'] ?? 0),
        Held: '0',
      });
      expect(await everythingShown(page)).toEqual(everythingExpected(await reportOf(customer)));
      expect(await page.evaluate(() => document.documentElement.dataset['mark'])).toBe('never reloaded');
    },
    START_TIMEOUT_MS,
  );

  test('who has made no call is told how to make one', async () => {
    const page = await open(await pages.customer({ plan: LIMITS }));
    const first = card(page, 'No call has come in yet');
    expect(await first.innerText()).toContain(`ANTHROPIC_BASE_URL=${new URL(pages.baseUrl).origin}`);
    await first.getByRole('link', { name: 'Every other client' }).click();
    await page.waitForURL('**/docs/connect');
  });
});

describe('figures', () => {
  test('on the page are the API’s and the counters’ that caps are checked against', async () => {
    const page = await open(busy);
    const [report, usage, counters] = [
      await reportOf(busy),
      (await own(busy, '/api/user/usage')) as { month: Record<string, Record<string, number>> },
      await countersOf(busy),
    ];
    expect(await everythingShown(page)).toEqual(everythingExpected(report));
    const { tokens_committed: tokens = 0, nano_usd_committed: nanoUsd = 0 } = counters;
    expect(usage.month['tokens']).toMatchObject({
      limit: LIMITS.monthly_tokens,
      used: tokens,
      held: 0,
      remaining: LIMITS.monthly_tokens - tokens,
    });
    expect(usage.month['cost']).toMatchObject({ used_nano_usd: nanoUsd, held_nano_usd: 0 });
    expect(await namedFigures(card(page, 'Tokens this month'))).toEqual({
      Used: formats.count(tokens),
      Held: '0',
      Left: formats.count(LIMITS.monthly_tokens - tokens),
    });
    expect((await namedFigures(card(page, 'Cost this month')))['Used']).toBe(formats.usd(nanoUsd));
    const meter = page.getByRole('meter', { name: 'Tokens this month' });
    expect(Number(await meter.getAttribute('aria-valuenow'))).toBeCloseTo(
      (tokens / LIMITS.monthly_tokens) * 100,
      1,
    );
  });

  test('are of the days that a link or the form asks for, and every view has an address', async () => {
    const page = await open(busy);
    const days = page.getByRole('navigation', { name: 'Days' });
    for (const [name, range] of [
      ['7 days', '7d'],
      ['Month', 'month'],
      ['Today', 'today'],
      ['30 days', '30d'],
    ] as const) {
      await days.getByRole('link', { name }).click();
      await page.waitForURL(`**/usage?range=${range}`);
      const report = await reportOf(busy, `range=${range}`);
      await days.locator('a[aria-current=true]', { hasText: name }).waitFor();
      await page.getByRole('heading', { name: spanWords(report, formats), exact: true }).waitFor();
      expect(await everythingShown(page)).toEqual(everythingExpected(report));
    }
    const dayBefore = (ago: number) => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10);
    const [from, to] = [dayBefore(46), dayBefore(4)];
    await page.getByText('Custom', { exact: true }).click();
    await page.getByLabel('From').fill(from);
    await page.getByLabel('To', { exact: true }).fill(to);
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(`**/usage?from=${from}&to=${to}`);
    const report = await reportOf(busy, `from=${from}&to=${to}`);
    expect(report.totals.requests).toBe(3);
    expect(await everythingShown(page)).toEqual(everythingExpected(report));
  });

  test('aren’t made up for days that make no range: what is wrong is said, and what was typed stays', async () => {
    const page = await open(busy, '/usage?from=2026-10-20&to=2026-10-11');
    const alert = page.getByRole('main').getByRole('alert');
    expect(await alert.innerText()).toContain('Those days can’t be shown.');
    expect(await alert.innerText()).toContain('The first day must not be after the last day, 2026-10-11.');
    const from = page.getByLabel('From');
    expect([await from.inputValue(), await from.getAttribute('aria-invalid')]).toEqual([
      '2026-10-20',
      'true',
    ]);
    expect(await everythingShown(page)).toEqual(everythingExpected(await reportOf(busy)));
    await from.fill('2026-10-01');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL('**/usage?from=2026-10-01&to=2026-10-11');
    expect(await page.getByRole('main').getByRole('alert').count()).toBe(0);
  });

  test('are split at the midnight of the reader’s own clock', async () => {
    const customer = await pages.customer({ plan: LIMITS });
    const day = new Date(Date.now() - 3 * DAY_MS).toISOString().slice(0, 10);
    const next = new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);
    // Midnight in India is half past six in the evening, UTC.
    await writeCalls(pages.database, customer.user, [
      { atMs: Date.parse(`${day}T18:29:30Z`), inputTokens: 1_111 },
      { atMs: Date.parse(`${day}T18:30:30Z`), inputTokens: 2_222 },
    ]);
    const shown = async (page: Page): Promise<Record<string, string | undefined>> => {
      const rows = await tableRows(table(page, /^Tokens per day/));
      return Object.fromEntries(rows.map((cells) => [cells[0] ?? '', cells.at(-1)]));
    };
    const [label, nextLabel] = [formats.day(day), formats.day(next)];
    const [there, here] = [
      await open(customer, '/usage?chart=tokens', { timezoneId: 'Asia/Kolkata' }),
      await open(customer, '/usage?chart=tokens'),
    ];
    await there.getByText(/^Days in Asia\/(Kolkata|Calcutta)$/).waitFor();
    expect(await shown(there)).toMatchObject({ [label]: '1,111', [nextLabel]: '2,222' });
    expect(await shown(here)).toMatchObject({ [label]: '3,333', [nextLabel]: '0' });
    // Somebody else's clock, by the form; it stays in the address.
    await here.getByLabel('Time zone').selectOption({ label: 'Asia/Kolkata' });
    await here.getByRole('button', { name: 'Set' }).click();
    await here.getByText(/^Days in Asia\/(Kolkata|Calcutta)$/).waitFor();
    expect(await shown(here)).toEqual(await shown(there));
    expect(here.url()).toContain('zone=Asia');
  });
});

/** Moves on with the clock while nothing is used. */
const MOVING = new Set(['generated_at', 'minute', 'per_day', 'projected', 'reaches_at']);
const still = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name: string, part: unknown) => (MOVING.has(name) ? undefined : part)),
  ) as unknown;

describe('downloads', () => {
  const download = async (page: Page, name: string): Promise<[Download, string]> => {
    const coming = page.waitForEvent('download');
    await page.getByRole('link', { name, exact: true }).click();
    const file = await coming;
    return [file, await readFile(await file.path(), 'utf8')];
  };

  test('hold exactly what is shown, as JSON and as CSV', async () => {
    const page = await open(busy, '/usage?range=7d&chart=kinds');
    const [jsonFile, json] = await download(page, 'JSON');
    const report = reportView.parse(JSON.parse(json));
    expect(jsonFile.suggestedFilename()).toBe(`tollgate-usage-${report.from}-to-${report.to}.json`);
    expect(still(report)).toEqual(still(await reportOf(busy, 'range=7d')));
    await page.goto('/usage?range=7d');
    expect(await everythingShown(page)).toEqual(everythingExpected(report));

    const [csvFile, csv] = await download(page, 'CSV');
    expect(csvFile.suggestedFilename()).toBe(`tollgate-usage-${report.from}-to-${report.to}.csv`);
    expect(csv.startsWith('\uFEFF')).toBe(true);
    // No name here holds a comma or a quotation mark.
    const [heads = [], ...lines] = csv
      .slice(1)
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    const read = lines.map((cells) => Object.fromEntries(heads.map((head, at) => [head, cells[at] ?? ''])));
    const { columns, rows } = reportTable(report);
    const expected = rows.map((row) =>
      Object.fromEntries(columns.map((name) => [name, String(row[name as keyof typeof row] ?? '')])),
    );
    expect(still(read)).toEqual(still(expected));
  });

  test('need the session that the page needs', async () => {
    const page = await visitors.page(null);
    for (const format of ['csv', 'json'])
      expect((await page.request.get(`/usage/download?format=${format}`)).status()).toBe(401);
  });
});

describe('without JavaScript', () => {
  test('every figure, every view and every form is there', async () => {
    const page = await open(busy, '/usage', { javaScriptEnabled: false });
    expect(await table(page, /^Cost per day/).isVisible()).toBe(true);
    expect(await everythingShown(page)).toEqual(everythingExpected(await reportOf(busy)));
    await page.getByRole('link', { name: '7 days' }).click();
    await page.waitForURL('**/usage?range=7d');
    expect(await everythingShown(page)).toEqual(everythingExpected(await reportOf(busy, 'range=7d')));
    await page.getByRole('link', { name: 'Tokens by kind' }).click();
    await page.waitForURL('**/usage?range=7d&chart=kinds');
    const kinds = table(page, /^Tokens per day/);
    expect(await tableRows(kinds, 'thead tr')).toEqual([
      ['Day', 'Input', 'Output', 'Cache read', 'Cache write', 'Together'],
    ]);
    await page.getByText('Custom', { exact: true }).click();
    await page.getByLabel('From').fill('2026-10-01');
    await page.getByLabel('To', { exact: true }).fill('2026-10-07');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/from=2026-10-01&to=2026-10-07/);
    expect(await tableRows(kinds)).toHaveLength(7);
    await page.getByLabel('Time zone').selectOption({ label: 'Asia/Tokyo' });
    await page.getByRole('button', { name: 'Set' }).click();
    await page.getByText('Days in Asia/Tokyo').waitFor();
    await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
  });
});

describe('by keyboard alone', () => {
  /** The controls in the order they stand in, and where each press of Tab led, until it leaves the page. */
  async function tabThrough(
    page: Page,
  ): Promise<{ controls: string[]; reached: string[]; unseen: string[] }> {
    const controls = await page.evaluate(() => {
      const selector =
        'a[href], button:not(:disabled), input:not([type=hidden]), select, summary, [tabindex="0"]';
      const all = [...document.querySelectorAll<HTMLElement>(selector)].filter((element) =>
        element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }),
      );
      Object.assign(globalThis, { controls: all });
      return all.map((element, at) => `${at} ${element.tagName} ${element.textContent?.slice(0, 40)}`);
    });
    const reached: string[] = [];
    const seen = new Set<string>();
    await page.locator('body').evaluate((body) => body.focus());
    for (;;) {
      await page.keyboard.press('Tab');
      const [at, isSeen] = await page.evaluate(() => {
        const active = document.activeElement as HTMLElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(active);
        const box = active.getBoundingClientRect();
        const isOutlined = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
        const isOnScreen = box.right > 0 && box.bottom > 0 && box.top < window.innerHeight;
        const all = (globalThis as unknown as { controls: HTMLElement[] }).controls;
        return [all.indexOf(active), isOutlined && isOnScreen] as const;
      });
      const name = controls[at];
      if (name === undefined) return { controls, reached, unseen: reached.filter((one) => !seen.has(one)) };
      // A field for a day is one control with several stops; the last of them is the browser's own button.
      if (isSeen) seen.add(name);
      if (reached.at(-1) !== name) reached.push(name);
    }
  }

  test('every control is reached in order, and is seen to be where the keyboard is', async () => {
    const customer = await pages.customer({ plan: { ...LIMITS, monthly_tokens: 10_000 } });
    await writeCalls(pages.database, customer.user, [{ atMs: Date.now(), inputTokens: 8_200 }]);
    for (const path of ['/usage', '/usage?from=2026-10-01&to=2026-10-07', '/plans']) {
      const page = await open(customer, path);
      const { controls, reached, unseen } = await tabThrough(page);
      expect(controls.length).toBeGreaterThan(8);
      expect(reached).toEqual(controls);
      expect(unseen).toEqual([]);
      await page.context().close();
    }
  });

  test('the navigation can be passed, things unfold, and views and forms open', async () => {
    const page = await open(busy);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const isInContent = () =>
      page.evaluate(() => document.querySelector('main')?.contains(document.activeElement) ?? false);
    expect(await isInContent()).toBe(true);

    const figures = page.getByText('Figures as a table');
    await figures.focus();
    await page.keyboard.press('Enter');
    await table(page, /^Cost per day/).waitFor();
    await page.keyboard.press('Space');
    await table(page, /^Cost per day/).waitFor({ state: 'hidden' });

    await page.getByText('Custom', { exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.getByLabel('From').evaluate((field) => field === document.activeElement)).toBe(true);
    await page.getByRole('button', { name: 'Show' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/usage\?from=/);

    await page.getByRole('link', { name: '7 days' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/usage?range=7d');
  });

  test('zones can be gone through before one is chosen', async () => {
    const page = await open(busy, '/usage?range=7d');
    const zone = page.getByLabel('Time zone');
    await zone.focus();
    const names = await zone.locator('option').allTextContents();
    for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press('ArrowDown');
    expect(page.url()).toMatch(/\/usage\?range=7d$/);
    expect(await zone.evaluate((field) => field === document.activeElement)).toBe(true);
    await page.getByRole('button', { name: 'Set' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText(`Days in ${names[3]}`).waitFor();
    expect(page.url()).toContain('range=7d');
  });
});

test('on a phone nothing is wider than the screen, also with everything unfolded', async () => {
  const page = await visitors.page(busy.token, { size: 'phone', scheme: 'dark' });
  const seen = watch(page);
  for (const chart of ['cost', 'kinds']) {
    await page.goto(`/usage?range=30d&chart=${chart}`, { waitUntil: 'networkidle' });
    await expectSound({ page, ...seen }, 'dark');
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    await expectSound({ page, ...seen }, 'dark');
  }
  const small = await page
    .locator('main')
    .locator('a, button, summary, select, input:not([type=hidden])')
    .evaluateAll((all) =>
      all
        .map((one) => ({ text: one.textContent?.slice(0, 30), box: one.getBoundingClientRect() }))
        .filter(({ box }) => box.height > 0 && (box.height < 24 || box.width < 24))
        .map(({ text, box }) => `${text} ${box.width}×${box.height}`),
    );
  expect(small).toEqual([]);
});
