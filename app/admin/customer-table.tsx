/** The operator's table of customers, with heads that sort it. */
import { ArrowDown, ArrowUp } from 'lucide-react';
import Link from 'next/link';
import type { CustomerLine } from '@/lib/account/operator-views';
import type { Formats } from '../formats';
import { Badge } from '../ui/badge';
import { Cell, Head, RowHead, Table } from '../ui/table';
import { customerPath } from './query';
import { LEVEL_WORDS, NONE, usdOrNone, wholePercent } from './words';

export interface Sorting {
  readonly sort: string;
  readonly order: 'asc' | 'desc';
  /** The address of the table sorted so; pressing the head it is sorted by turns it round. */
  readonly hrefFor: (sort: string, order: 'asc' | 'desc' | undefined) => string;
}

interface SortHeadProps {
  readonly name: string;
  readonly sort: string;
  readonly sorting: Sorting;
  readonly figure?: boolean;
}

function SortHead({ name, sort, sorting, figure = false }: SortHeadProps) {
  const here = sorting.sort === sort;
  const turned = sorting.order === 'asc' ? 'desc' : 'asc';
  const Arrow = sorting.order === 'asc' ? ArrowUp : ArrowDown;
  return (
    <Head figure={figure} aria-sort={here ? (sorting.order === 'asc' ? 'ascending' : 'descending') : 'none'}>
      <Link
        href={sorting.hrefFor(sort, here ? turned : undefined)}
        prefetch={false}
        className="inline-flex min-h-6 items-center gap-1 underline-offset-3 hover:underline"
      >
        {name}
        {here && <Arrow aria-hidden className="size-3" />}
      </Link>
    </Head>
  );
}

function CapState({ cap, formats }: { readonly cap: CustomerLine['cap']; readonly formats: Formats }) {
  if (cap.cap === null) return <span className="text-quiet">No cap</span>;
  const percent = wholePercent(formats, cap.percent);
  const of = cap.cap === 'tokens' ? 'tokens' : 'money';
  if (cap.level === 'none')
    return (
      <span>
        {percent} <span className="text-quiet">{of}</span>
      </span>
    );
  const { word, tone } = LEVEL_WORDS[cap.level];
  return (
    <Badge tone={tone}>
      {word} · {percent} {of}
    </Badge>
  );
}

function Line({ line, formats }: { readonly line: CustomerLine; readonly formats: Formats }) {
  const loss = line.margin_nano_usd !== null && line.margin_nano_usd < 0;
  return (
    <tr>
      <RowHead className="max-w-64">
        <Link
          href={customerPath(line.user)}
          prefetch={false}
          className="block truncate underline underline-offset-3 hover:no-underline"
        >
          {line.name ?? line.user}
        </Link>
        <span className="flex items-center gap-1.5 text-xs font-normal text-quiet">
          {line.name !== null && <span className="truncate">{line.user}</span>}
          {line.suspended && <Badge tone="warn">Suspended</Badge>}
        </span>
      </RowHead>
      <Cell>{line.plan}</Cell>
      <Cell figure>{formats.usd(line.spend_nano_usd)}</Cell>
      <Cell figure>{line.price_cents === null ? NONE : formats.cents(line.price_cents)}</Cell>
      <Cell figure className={loss ? 'font-medium text-bad' : ''}>
        {usdOrNone(formats, line.margin_nano_usd)}
      </Cell>
      <Cell figure className={loss ? 'font-medium text-bad' : ''}>
        {wholePercent(formats, line.margin_percent)}
      </Cell>
      <Cell className="whitespace-nowrap">
        <CapState cap={line.cap} formats={formats} />
      </Cell>
      <Cell figure>{formats.compact(line.tokens_used)}</Cell>
      <Cell figure>{formats.count(line.requests)}</Cell>
      <Cell className="whitespace-nowrap text-quiet">
        {line.last_call_at === null ? NONE : formats.instant(line.last_call_at)}
      </Cell>
    </tr>
  );
}

interface CustomerTableProps {
  readonly lines: readonly CustomerLine[];
  readonly sorting: Sorting;
  readonly caption: string;
  readonly formats: Formats;
}

export function CustomerTable({ lines, sorting, caption, formats }: CustomerTableProps) {
  return (
    <Table caption={caption}>
      <thead>
        <tr>
          <SortHead name="Customer" sort="name" sorting={sorting} />
          <Head>Plan</Head>
          <SortHead name="Spend" sort="spend" sorting={sorting} figure />
          <Head figure>Plan price</Head>
          <SortHead name="Margin" sort="margin" sorting={sorting} figure />
          <Head figure>of price</Head>
          <SortHead name="Nearest cap" sort="cap" sorting={sorting} />
          <Head figure>Tokens</Head>
          <Head figure>Calls</Head>
          <Head>Last call</Head>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <Line key={line.user} line={line} formats={formats} />
        ))}
      </tbody>
    </Table>
  );
}
