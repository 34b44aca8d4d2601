import type { Metadata } from 'next';
import Link from 'next/link';
import { listCustomers, SORT_ORDERS } from '@/lib/account/list-customers';
import { listPlans } from '@/lib/account/list-plans';
import type { OverviewView } from '@/lib/account/operator-views';
import { readOverview } from '@/lib/account/read-overview';
import { monthOf } from '@/lib/domain/month';
import type { Formats } from '../formats';
import { formatsHere } from '../preferences';
import { Button } from '../ui/button';
import { Card } from '../ui/card';
import { Empty } from '../ui/empty';
import { SelectField, TextField } from '../ui/field';
import { Pager } from '../ui/pager';
import { Stat } from '../ui/stat';
import { accountFor, operatorHere } from '../viewer';
import { CustomerTable, type Sorting } from './customer-table';
import { BadAddress, CsvLink, Frame } from './page-frame';
import { asked, href, pick, type Props } from './query';
import { lastMonths, monthName, usdOrNone, wholePercent } from './words';

export const metadata: Metadata = { title: 'Customers · Tollgate' };

const PATH = '/admin';
const NAMES = ['month', 'search', 'plan', 'sort', 'order', 'cursor'] as const;
type Asked = ReturnType<typeof pick<(typeof NAMES)[number]>>;

function Glance({ totals, formats }: { readonly totals: OverviewView; readonly formats: Formats }) {
  const { caps } = totals;
  const unpriced = totals.customers_without_price;
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-4">
      <Stat
        name="Spend"
        value={formats.usd(totals.spend_nano_usd)}
        note="Of settled calls, as providers charge"
      />
      <Stat
        name="Plan income"
        value={formats.cents(totals.income_cents)}
        note={unpriced === 0 ? 'Prices of all plans' : `${formats.count(unpriced)} on plans without a price`}
      />
      <Stat
        name="Margin"
        value={usdOrNone(formats, totals.margin_nano_usd)}
        note={
          totals.margin_nano_usd === null
            ? 'No plan has a price'
            : `${wholePercent(formats, totals.margin_percent)} of the income`
        }
      />
      <Stat
        name="At a cap"
        value={formats.count(caps.reached)}
        note={`${formats.count(caps.close)} from 95%, ${formats.count(caps.near)} from 80%`}
      />
      <Stat
        name="Customers"
        value={formats.count(totals.customers)}
        note={`${formats.count(totals.active_customers)} with calls, ${formats.count(totals.suspended_customers)} suspended`}
      />
      <Stat name="Calls" value={formats.count(totals.requests)} note="Let through, and ended" />
      <Stat
        name="Tokens"
        value={formats.compact(totals.counted_tokens)}
        note={`${formats.count(totals.counted_tokens)} counted against caps`}
      />
      <Stat name="Held now" value={formats.usd(totals.held_nano_usd)} note="Worst case of running calls" />
    </dl>
  );
}

interface FilterProps {
  readonly query: Asked;
  readonly month: string;
  readonly months: readonly string[];
  readonly plans: readonly string[];
  readonly formats: Formats;
}

function Filter({ query, month, months, plans, formats }: FilterProps) {
  return (
    <form
      key={href(PATH, query)}
      action={PATH}
      role="search"
      aria-label="Filter customers"
      className="flex flex-wrap items-end gap-3 border-b border-line px-5 pb-4"
    >
      <TextField
        label="Search"
        name="search"
        type="search"
        maxLength={200}
        placeholder="Id, name or e-mail"
        defaultValue={query.search}
        className="min-w-0 flex-1 basis-52"
      />
      <SelectField label="Month" name="month" defaultValue={month} className="basis-40">
        {(months.includes(month) ? months : [month, ...months]).map((one) => (
          <option key={one} value={one}>
            {monthName(formats, one)}
          </option>
        ))}
      </SelectField>
      <SelectField label="Plan" name="plan" defaultValue={query.plan ?? ''} className="basis-32">
        <option value="">All plans</option>
        {plans.map((plan) => (
          <option key={plan} value={plan}>
            {plan}
          </option>
        ))}
      </SelectField>
      {query.sort !== undefined && <input type="hidden" name="sort" value={query.sort} />}
      {query.order !== undefined && <input type="hidden" name="order" value={query.order} />}
      <Button type="submit" look="main">
        Show
      </Button>
      {(query.search ?? query.plan) !== undefined && (
        <Button asChild look="quiet">
          <Link
            href={href(PATH, { month: query.month, sort: query.sort, order: query.order })}
            prefetch={false}
          >
            Clear
          </Link>
        </Button>
      )}
    </form>
  );
}

function NoCustomers({ filtered }: { readonly filtered: boolean }) {
  if (filtered)
    return (
      <Empty title="No customer is like that.">
        Search for a part of the id, the name or the e-mail address.
      </Empty>
    );
  return (
    <Empty title="No customers yet">
      <Link href="/admin/customers/new" prefetch={false} className="underline underline-offset-3">
        Create the first one
      </Link>
      , make a token for them, and send them to{' '}
      <Link href="/docs/connect" prefetch={false} className="underline underline-offset-3">
        Connect
      </Link>
      .
    </Empty>
  );
}

export default async function Customers({ searchParams }: Props) {
  const viewer = await operatorHere();
  const [account, formats, given] = await Promise.all([accountFor(viewer), formatsHere(), searchParams]);
  const query = pick(given, NAMES);
  const { cursor: _, ...kept } = query;
  const [plans, { value, problem }] = await Promise.all([
    listPlans(account, {}),
    asked(
      Promise.all([
        listCustomers(account, query),
        readOverview(account, query.month === undefined ? {} : { month: query.month }),
      ]),
    ),
  ]);
  if (value === null)
    return (
      <Frame viewer={viewer} current={PATH} title="Customers">
        <BadAddress problem={problem} path={PATH} />
      </Frame>
    );
  const [page, totals] = value;
  const nowMs = account.nowMs();
  const { month } = totals;
  const sort = (query.sort ?? 'spend') as keyof typeof SORT_ORDERS;
  const sorting: Sorting = {
    sort,
    order: query.order === 'asc' || query.order === 'desc' ? query.order : SORT_ORDERS[sort],
    hrefFor: (by, order) => href(PATH, { ...kept, sort: by, order }),
  };
  const isThisMonth = month === monthOf(nowMs);
  return (
    <Frame
      viewer={viewer}
      current={PATH}
      title="Customers"
      lead={`${monthName(formats, month)}, in UTC${isThisMonth ? ', until now' : '. Plans and prices are those of today'}.`}
      actions={
        <>
          <CsvLink href={href('/admin/download/customers', kept)} />
          <Button asChild look="main">
            <Link href="/admin/customers/new" prefetch={false}>
              New customer
            </Link>
          </Button>
        </>
      }
    >
      <Card id="glance" title={isThisMonth ? 'This month at a glance' : 'The month at a glance'}>
        <Glance totals={totals} formats={formats} />
      </Card>
      <Card id="customers" title="All customers" flush>
        <Filter
          query={query}
          month={month}
          months={lastMonths(nowMs)}
          plans={plans.data.map(({ plan }) => plan)}
          formats={formats}
        />
        {page.data.length === 0 ? (
          <NoCustomers filtered={(query.search ?? query.plan) !== undefined} />
        ) : (
          <CustomerTable
            lines={page.data}
            sorting={sorting}
            caption={`Customers in ${monthName(formats, month)}`}
            formats={formats}
          />
        )}
        <Pager
          label="Pages of customers"
          first={query.cursor === undefined ? null : href(PATH, kept)}
          next={page.next_cursor === null ? null : href(PATH, { ...kept, cursor: page.next_cursor })}
          words={{ first: 'Back to the first', next: 'Further customers' }}
        />
      </Card>
    </Frame>
  );
}
