import type { Metadata } from 'next';
import Link from 'next/link';
import type { RefusalsView } from '@/lib/account/operator-views';
import { readRefusals } from '@/lib/account/read-refusals';
import type { Formats } from '../../formats';
import { formatsHere } from '../../preferences';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Empty } from '../../ui/empty';
import { Cell, Head, RowHead, Table } from '../../ui/table';
import { accountFor, operatorHere } from '../../viewer';
import { FigureChart } from '../chart-table';
import { BadAddress, Choices, CsvLink, Frame } from '../page-frame';
import { asked, customerPath, href, pick, type Props } from '../query';

export const metadata: Metadata = { title: 'Refusals · Tollgate' };

const PATH = '/admin/refusals';
const RANGES = [1, 7, 30, 90];
/** Reasons with a colour of their own; the others share one. */
const OWN_COLOURS = 7;
const OTHERS = 'others';
/** The file holds more of them. */
const CUSTOMERS_SHOWN = 30;
const DAY_MS = 86_400_000;

/** Every day of the range, those without refusals too. */
function rowsOf(view: RefusalsView, own: readonly string[], formats: Formats) {
  const from = Date.parse(view.from);
  const days = Math.round((Date.parse(view.to) - from) / DAY_MS) + 1;
  const byDay = new Map<string, Record<string, number>>();
  for (const { day, reason, refusals } of view.days) {
    const name = own.includes(reason) ? reason : OTHERS;
    const values = byDay.get(day) ?? {};
    values[name] = (values[name] ?? 0) + refusals;
    byDay.set(day, values);
  }
  return Array.from({ length: days }, (_, index) => {
    const day = new Date(from + index * DAY_MS).toISOString().slice(0, 10);
    return { label: formats.day(day), values: byDay.get(day) ?? {} };
  });
}

interface PartProps {
  readonly view: RefusalsView;
  readonly formats: Formats;
  readonly hrefFor: (change: { user?: string; reason?: string }) => string;
}

function Reasons({ view, formats, hrefFor }: PartProps) {
  return (
    <Table caption="Refusals by reason">
      <thead>
        <tr>
          <Head>Reason</Head>
          <Head>What it means</Head>
          <Head figure>Refusals</Head>
          <Head figure>Share</Head>
          <Head figure>Customers</Head>
          <Head>Last day</Head>
        </tr>
      </thead>
      <tbody>
        {view.reasons.map((row) => (
          <tr key={row.reason}>
            <RowHead>
              <Link
                href={hrefFor({ reason: row.reason })}
                prefetch={false}
                className="underline underline-offset-3"
              >
                <code>{row.reason}</code>
              </Link>
            </RowHead>
            <Cell className="min-w-56 text-quiet">{row.meaning}</Cell>
            <Cell figure>{formats.count(row.refusals)}</Cell>
            <Cell figure>{formats.percent(row.refusals / view.refusals)}</Cell>
            <Cell figure>{formats.count(row.customers)}</Cell>
            <Cell className="whitespace-nowrap">{formats.day(row.last_day)}</Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function RefusedCustomers({ view, formats, hrefFor }: PartProps) {
  return (
    <Table caption="Refusals by customer">
      <thead>
        <tr>
          <Head>Customer</Head>
          <Head figure>Refusals</Head>
          <Head>Mostly</Head>
          <Head>
            <span className="sr-only">Narrow</span>
          </Head>
        </tr>
      </thead>
      <tbody>
        {view.customers.slice(0, CUSTOMERS_SHOWN).map((row) => (
          <tr key={row.user}>
            <RowHead className="max-w-64 truncate">
              <Link href={customerPath(row.user)} prefetch={false} className="underline underline-offset-3">
                {row.name ?? row.user}
              </Link>
            </RowHead>
            <Cell figure>{formats.count(row.refusals)}</Cell>
            <Cell>
              <code>{row.main_reason}</code>{' '}
              <span className="text-quiet">({formats.count(row.of_main_reason)})</span>
            </Cell>
            <Cell className="whitespace-nowrap">
              <Link
                href={hrefFor({ user: row.user })}
                prefetch={false}
                className="text-quiet underline underline-offset-3"
                aria-label={`Only this one: ${row.name ?? row.user}`}
              >
                Only this one
              </Link>
            </Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Narrowed({ view, hrefFor }: Omit<PartProps, 'formats'>) {
  const parts = [
    view.user === null ? null : ({ what: `customer ${view.user}`, to: hrefFor({ user: '' }) } as const),
    view.reason === null ? null : ({ what: `reason ${view.reason}`, to: hrefFor({ reason: '' }) } as const),
  ].filter((part) => part !== null);
  return parts.map(({ what, to }) => (
    <Button key={what} asChild size="small">
      <Link href={to} prefetch={false}>
        <span className="sr-only">Not only </span>
        {what} <span aria-hidden>✕</span>
      </Link>
    </Button>
  ));
}

export default async function Refusals({ searchParams }: Props) {
  const viewer = await operatorHere();
  const [account, formats, given] = await Promise.all([accountFor(viewer), formatsHere(), searchParams]);
  const query = pick(given, ['days', 'user', 'reason']);
  const { value: view, problem } = await asked(readRefusals(account, query));
  const frame = { viewer, current: PATH, title: 'Refusals' };
  if (view === null)
    return (
      <Frame {...frame}>
        <BadAddress problem={problem} path={PATH} />
      </Frame>
    );
  const hrefFor: PartProps['hrefFor'] = (change) =>
    href(PATH, pick({ ...query, ...change }, ['days', 'user', 'reason']));
  const own = view.reasons.slice(0, OWN_COLOURS).map(({ reason }) => reason);
  const series = view.reasons.length > OWN_COLOURS ? [...own, OTHERS] : own;
  return (
    <Frame
      {...frame}
      lead={`Calls that were not let through, or that a provider turned down: ${formats.count(view.refusals)} from ${formats.day(view.from)} to ${formats.day(view.to)}. Days are UTC.`}
      actions={<CsvLink href={href('/admin/download/refusals', query)} />}
    >
      <div className="flex flex-wrap items-center gap-3">
        <Choices
          label="Days"
          choices={RANGES.map((days) => ({
            name: days === 1 ? 'Today' : `${days} days`,
            href: href(PATH, { ...query, days: String(days) }),
            chosen: (query.days ?? '30') === String(days),
          }))}
        />
        <Narrowed view={view} hrefFor={hrefFor} />
      </div>
      {view.refusals === 0 ? (
        <Card>
          <Empty title="Nothing was refused in these days">
            A hammering client makes at most 60 rows a minute here, so that it can’t fill the database.
          </Empty>
        </Card>
      ) : (
        <>
          <Card id="days" title="Per day">
            <FigureChart
              caption="Refusals per day by reason"
              rowName="Day"
              rows={rowsOf(view, own, formats)}
              series={series}
              unit="count"
              formats={formats}
            />
          </Card>
          <Card id="reasons" title="By reason" flush>
            <Reasons view={view} formats={formats} hrefFor={hrefFor} />
          </Card>
          <Card
            id="customers"
            title="By customer"
            lead="Most refusals first."
            flush
            actions={<CsvLink href={href('/admin/download/refused-customers', query)} />}
          >
            <RefusedCustomers view={view} formats={formats} hrefFor={hrefFor} />
          </Card>
        </>
      )}
    </Frame>
  );
}
