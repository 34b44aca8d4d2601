/** What pages make of a usage report (charts, files, addresses) holds the report's own figures. */
import { describe, expect, it } from 'vitest';
import { csvText } from '@/app/csv';
import { formatsFor } from '@/app/formats';
import { nextDelayMs, SOON_MS } from '@/app/usage/live-pace';
import { CHARTS, readQuery, reportInput, usageHref } from '@/app/usage/query';
import { chartData } from '@/app/usage/series';
import { changeWords } from '@/app/usage/words';
import { zonesWith } from '@/app/usage/zones';
import { REPORT_COLUMNS, reportTable } from '@/lib/account/report-table';
import { sampleReport } from '@/tests/support/usage-report';

const formats = formatsFor('en-GB', 'UTC');
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('a chart', () => {
  const report = sampleReport();

  it('of cost adds up to the total, per day and per model', () => {
    const { bars, totals, total, series } = chartData(report, 'cost', formats);
    expect(total).toBe(report.totals.cost_nano_usd);
    expect(sum(totals)).toBe(total);
    expect(bars.map((bar) => bar.total)).toEqual(report.days.map((day) => day.cost_nano_usd));
    expect(series.map(({ name }) => name)).toEqual(['alpha', 'beta', 'Other models']);
    expect(bars.map(({ label }) => label)).toEqual(['20 Nov', '21 Nov']);
  });

  it('of tokens adds up to the tokens counted', () => {
    expect(chartData(report, 'tokens', formats).total).toBe(report.totals.counted_tokens);
  });

  it('of kinds has every token of every kind', () => {
    const { totals } = chartData(report, 'kinds', formats);
    const all = report.totals;
    expect(totals).toEqual([
      all.input_tokens,
      all.output_tokens,
      all.cache_read_tokens,
      all.cache_write_5m_tokens + all.cache_write_1h_tokens,
    ]);
  });

  it('of one day has its hours', () => {
    const day = report.days[0];
    if (day === undefined) throw new Error('the sample has two days');
    const { day: _, ...hour } = day;
    const { bars } = chartData({ ...report, hours: [hour] }, 'cost', formats);
    expect(bars.map(({ label, total }) => [label, total])).toEqual([['00:00', day.cost_nano_usd]]);
  });
});

describe('a download', () => {
  const table = reportTable(sampleReport());
  const ofSection = (section: string) => table.rows.filter((row) => row.section === section);
  const costOf = (section: string) => sum(ofSection(section).map((row) => Number(row.cost_nano_usd)));

  it('has every figure of the report once: each section adds up to the total', () => {
    const total = sampleReport().totals.cost_nano_usd;
    for (const section of ['total', 'day', 'day and model', 'model', 'agent', 'campaign', 'token'])
      expect([section, costOf(section)]).toEqual([section, total]);
    expect(ofSection('month').map(({ cap, used, limit }) => [cap, used, limit])).toEqual([
      ['tokens', 834_000, 1_000_000],
      ['cost_nano_usd', 5_000_000_000, 10_000_000_000],
    ]);
  });

  it('uses no column that isn’t named in the first line', () => {
    const columns = new Set<string>(REPORT_COLUMNS);
    for (const row of table.rows) for (const name of Object.keys(row)) expect(columns).toContain(name);
  });

  it('opens in a spreadsheet without running what a caller called himself', () => {
    const text = csvText(table);
    expect(text.startsWith('\uFEFFsection,starts_at,')).toBe(true);
    expect(text).toContain(`'=HYPERLINK`);
    expect(text).not.toMatch(/(^|,)"?=/m);
    expect(text.trim().split('\n')).toHaveLength(table.rows.length + 1);
  });
});

describe('an address', () => {
  it('says the same again when it is made from what was read of one', () => {
    for (const chart of CHARTS) {
      const query = readQuery({ from: '2026-11-01', to: '2026-11-02', zone: 'Europe/Berlin', chart });
      const again = Object.fromEntries(new URL(usageHref(query), 'http://x').searchParams);
      expect(readQuery(again)).toEqual(query);
    }
  });

  it('without anything is the plain page, and an empty field is none', () => {
    const query = readQuery({ from: '', to: ' ', zone: '', chart: 'pie', range: ['7d', '30d'] });
    expect(usageHref(query)).toBe('/usage');
    expect(reportInput(query, 'Asia/Tokyo')).toEqual({ time_zone: 'Asia/Tokyo' });
  });

  it('with another range leaves days behind', () => {
    const query = readQuery({ from: '2026-11-01', to: '2026-11-02', chart: 'kinds' });
    expect(usageHref(query, { range: '7d', from: undefined, to: undefined })).toBe(
      '/usage?range=7d&chart=kinds',
    );
  });
});

describe('an open page', () => {
  it('asks soon while something happens, seldom when nothing does, and leaves a failing server alone', () => {
    expect([nextDelayMs(30_000, 'changed'), nextDelayMs(30_000, 'running')]).toEqual([SOON_MS, SOON_MS]);
    let [quiet, failing] = [SOON_MS, SOON_MS];
    for (let asked = 0; asked < 50; asked++) {
      expect(nextDelayMs(quiet, 'quiet')).toBeGreaterThanOrEqual(quiet);
      quiet = nextDelayMs(quiet, 'quiet');
      failing = nextDelayMs(failing, 'failed');
    }
    expect([quiet, failing]).toEqual([30_000, 120_000]);
  });
});

describe('words', () => {
  it('compare a span with the one before', () => {
    const words = (now: number, before: number) => changeWords(now, before, '7d', formats);
    expect(words(150, 100)).toBe('50% more than in the 7 days before');
    expect(words(50, 100)).toBe('50% less than in the 7 days before');
    expect(words(5, 0)).toBe('None in the 7 days before');
    expect(words(0, 0)).toBe('None in the 7 days before either');
    expect(words(7, 7)).toBe('As much as in the 7 days before');
  });

  it('offer zones once each, the reader’s own first', () => {
    const zones = zonesWith('Asia/Tokyo', 'Europe/Vienna');
    expect(zones.slice(0, 2)).toEqual(['Europe/Vienna', 'Asia/Tokyo']);
    expect(new Set(zones).size).toBe(zones.length);
  });

  it('write small sums with the digits that matter', () => {
    expect(formats.usdBrief(45_678_901)).toBe('$0.0457');
    expect(formats.usdBrief(12_345_678_901)).toBe('$12.35');
  });
});
