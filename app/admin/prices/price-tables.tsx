/** The tables of the prices' page: what holds, what has no price, and what operators set. */
import Link from 'next/link';
import type { PriceLine, PriceTableView, UnpricedLine } from '@/lib/account/operator-views';
import type { Formats } from '../../formats';
import { Badge } from '../../ui/badge';
import { Cell, Head, RowHead, Table } from '../../ui/table';
import { ActionButton } from '../action-form';
import { href } from '../query';
import { NONE, rateText } from '../words';
import { removePrice } from './actions';

const SOURCES: Readonly<Record<PriceLine['source'], string>> = {
  repository: 'Repository',
  configured: 'Configuration',
  override: 'Override',
};

const RATE_HEADS = ['Input', 'Output', 'Cache read', '5 min write', '1 h write'];

function Rates({ line, formats }: { readonly line: PriceLine; readonly formats: Formats }) {
  const rates = [line.input, line.output, line.cache_read, line.cache_write_5m, line.cache_write_1h];
  return rates.map((rate, index) => (
    <Cell key={RATE_HEADS[index]} figure>
      {rateText(formats, rate)}
    </Cell>
  ));
}

function ageText(formats: Formats, { age_days: days }: PriceLine): string {
  return days === null ? NONE : `${formats.count(days)} ${days === 1 ? 'day' : 'days'}`;
}

interface PricesProps {
  readonly prices: readonly PriceLine[];
  readonly formats: Formats;
}

export function Prices({ prices, formats }: PricesProps) {
  return (
    <Table caption="Prices in force, US dollars per million tokens">
      <thead>
        <tr>
          <Head>Model</Head>
          <Head>Providers</Head>
          {RATE_HEADS.map((name) => (
            <Head key={name} figure>
              {name}
            </Head>
          ))}
          <Head>From</Head>
          <Head figure>Age</Head>
          <Head>Source</Head>
        </tr>
      </thead>
      <tbody>
        {prices.map((line) => (
          <tr key={line.model}>
            <RowHead className="max-w-72 min-w-44 break-words">
              {line.model}
              {line.tiers.length > 0 && (
                <span className="block text-xs font-normal text-quiet">
                  dearer above{' '}
                  {line.tiers.map((tier) => formats.compact(tier.above_prompt_tokens)).join(', ')} tokens
                </span>
              )}
            </RowHead>
            <Cell className="text-quiet">
              {line.providers.length === 0 ? NONE : line.providers.join(', ')}
            </Cell>
            <Rates line={line} formats={formats} />
            <Cell className="whitespace-nowrap">{line.effective_from ?? NONE}</Cell>
            <Cell figure>{ageText(formats, line)}</Cell>
            <Cell>
              <Badge tone={line.source === 'override' ? 'warn' : 'plain'}>{SOURCES[line.source]}</Badge>
              <span className="mt-0.5 block min-w-56 text-xs break-all text-quiet">{line.version}</span>
            </Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

interface UnpricedProps {
  readonly lines: readonly UnpricedLine[];
  readonly formats: Formats;
}

export function Unpriced({ lines, formats }: UnpricedProps) {
  return (
    <Table caption="Models without a price">
      <thead>
        <tr>
          <Head>Model</Head>
          <Head>Provider</Head>
          <Head>Why it is here</Head>
          <Head figure>Calls without a price</Head>
          <Head>Last</Head>
          <Head>
            <span className="sr-only">Set a price</span>
          </Head>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={`${line.provider}/${line.model}`}>
            <RowHead className="max-w-72 min-w-40 break-words">{line.model}</RowHead>
            <Cell>{line.provider}</Cell>
            <Cell>
              {line.why === 'called' ? (
                <Badge tone="bad">Called in the last 30 days</Badge>
              ) : (
                <Badge tone="warn">Could be called</Badge>
              )}
            </Cell>
            <Cell figure>{formats.count(line.calls)}</Cell>
            <Cell className="whitespace-nowrap">
              {line.last_call_at === null ? NONE : formats.instant(line.last_call_at)}
            </Cell>
            <Cell className="whitespace-nowrap">
              <Link
                href={`${href('/admin/prices', { model: line.model })}#override`}
                prefetch={false}
                className="underline underline-offset-3"
                aria-label={`Set a price for ${line.model}`}
              >
                Set a price
              </Link>
            </Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

interface OverridesProps {
  readonly overrides: PriceTableView['overrides'];
  readonly today: string;
  readonly formats: Formats;
}

export function Overrides({ overrides, today, formats }: OverridesProps) {
  const rate = (value: number | null) => (value === null ? NONE : rateText(formats, value));
  return (
    <Table caption="Overrides that were set">
      <thead>
        <tr>
          <Head>Model</Head>
          <Head>From</Head>
          <Head figure>Input</Head>
          <Head figure>Output</Head>
          <Head figure>Cache read</Head>
          <Head>State</Head>
          <Head>
            <span className="sr-only">Delete</span>
          </Head>
        </tr>
      </thead>
      <tbody>
        {overrides.map((price) => (
          <tr key={`${price.model}@${price.effective_from}`}>
            <RowHead className="max-w-72 min-w-40 break-words">{price.model}</RowHead>
            <Cell className="whitespace-nowrap">{price.effective_from}</Cell>
            <Cell figure>{rate(price.input)}</Cell>
            <Cell figure>{rate(price.output)}</Cell>
            <Cell figure>{rate(price.cache_read)}</Cell>
            <Cell>
              {price.problem !== null ? (
                <>
                  <Badge tone="bad">Not used</Badge>
                  <span className="block text-xs text-quiet">{price.problem}</span>
                </>
              ) : price.effective_from > today ? (
                <Badge>Not yet</Badge>
              ) : (
                <Badge tone="good">In force or superseded</Badge>
              )}
            </Cell>
            <Cell>
              <ActionButton
                action={removePrice}
                values={{ model: price.model, effective_from: price.effective_from }}
                look="danger"
                size="small"
                label={`Delete the override of ${price.model} from ${price.effective_from}`}
              >
                Delete
              </ActionButton>
            </Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
