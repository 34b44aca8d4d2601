import type { Metadata } from 'next';
import Link from 'next/link';
import { listPriceTable, PRICE_SOURCES } from '@/lib/account/list-price-table';
import type { PriceTableView } from '@/lib/account/operator-views';
import { getServer } from '@/lib/server';
import { formatsHere } from '../../preferences';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Empty } from '../../ui/empty';
import { SelectField, TextField } from '../../ui/field';
import { accountFor, operatorHere } from '../../viewer';
import { BadAddress, CsvLink, Frame } from '../page-frame';
import { asked, href, pick, type Props } from '../query';
import { savePrice } from './actions';
import { PriceForm } from './price-form';
import { Overrides, Prices, Unpriced } from './price-tables';

export const metadata: Metadata = { title: 'Prices · Tollgate' };

const PATH = '/admin/prices';
/** As many as are looked through at once; the search finds the others. */
const SHOWN = 50;
const FILTER = ['search', 'provider', 'source'] as const;

interface FilterProps {
  readonly query: ReturnType<typeof pick<(typeof FILTER)[number]>>;
  readonly providers: PriceTableView['providers'];
}

function Filter({ query, providers }: FilterProps) {
  return (
    <form
      key={href(PATH, query)}
      action={PATH}
      role="search"
      aria-label="Filter prices"
      className="flex flex-wrap items-end gap-3 border-b border-line px-5 pb-4"
    >
      <TextField
        label="Search"
        name="search"
        type="search"
        maxLength={200}
        placeholder="Model or provider"
        defaultValue={query.search}
        className="min-w-0 flex-1 basis-52"
      />
      <SelectField label="Provider" name="provider" defaultValue={query.provider ?? ''} className="basis-36">
        <option value="">All</option>
        {providers.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </SelectField>
      <SelectField label="Source" name="source" defaultValue={query.source ?? ''} className="basis-36">
        <option value="">All</option>
        {PRICE_SOURCES.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </SelectField>
      <Button type="submit" look="main">
        Show
      </Button>
      {Object.keys(query).length > 0 && (
        <Button asChild look="quiet">
          <Link href={PATH} prefetch={false}>
            Clear
          </Link>
        </Button>
      )}
    </form>
  );
}

export default async function PriceTable({ searchParams }: Props) {
  const viewer = await operatorHere();
  const [account, server, formats, given] = await Promise.all([
    accountFor(viewer),
    getServer(),
    formatsHere(),
    searchParams,
  ]);
  const query = pick(given, FILTER);
  const { model = '', all } = pick(given, ['model', 'all']);
  const { value: view, problem } = await asked(listPriceTable(account, query, server.operator));
  const frame = { viewer, current: PATH, title: 'Prices' };
  if (view === null)
    return (
      <Frame {...frame}>
        <BadAddress problem={problem} path={PATH} />
      </Frame>
    );
  return (
    <Frame
      {...frame}
      lead={`What ${formats.count(view.models)} models cost today (${view.as_of}, UTC). Every call keeps the version it was priced by.`}
      actions={<CsvLink href={href('/admin/download/prices', query)} />}
    >
      <Card
        id="unpriced"
        title="Without a price"
        lead="Plans with a money cap refuse these; others let them through at no cost that is known."
        flush
      >
        {view.unpriced.length === 0 ? (
          <Empty title="Every model that is configured or was called has a price" />
        ) : (
          <Unpriced lines={view.unpriced} formats={formats} />
        )}
      </Card>
      <Card
        id="override"
        title="Set a price"
        lead="An override beats the table in the repository, from a day on."
      >
        <PriceForm key={model} action={savePrice} today={view.as_of} model={model} />
      </Card>
      {view.overrides.length > 0 && (
        <Card id="overrides" title="Overrides" flush>
          <Overrides overrides={view.overrides} today={view.as_of} formats={formats} />
        </Card>
      )}
      <Card id="prices" title="In force" lead="US dollars per million tokens." flush>
        <Filter query={query} providers={view.providers} />
        {view.prices.length === 0 ? (
          <Empty title="No price is like that" />
        ) : (
          <Prices prices={all === undefined ? view.prices.slice(0, SHOWN) : view.prices} formats={formats} />
        )}
        {all === undefined && view.prices.length > SHOWN && (
          <p className="px-5 py-3 text-sm">
            The first {SHOWN}.{' '}
            <Link
              href={href(PATH, { ...query, all: 'yes' })}
              prefetch={false}
              className="underline underline-offset-3"
            >
              Show all {formats.count(view.prices.length)}
            </Link>
          </p>
        )}
      </Card>
    </Frame>
  );
}
