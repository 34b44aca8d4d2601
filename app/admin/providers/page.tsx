import type { Metadata } from 'next';
import type { ProviderCounts, ProvidersView } from '@/lib/account/operator-views';
import { PROVIDER_RANGES, readProviders } from '@/lib/account/read-providers';
import { getServer } from '@/lib/server';
import type { Formats } from '../../formats';
import { formatsHere } from '../../preferences';
import { Badge } from '../../ui/badge';
import { Card } from '../../ui/card';
import { Empty } from '../../ui/empty';
import { Stat } from '../../ui/stat';
import { Cell, Head, RowHead, Table } from '../../ui/table';
import { accountFor, operatorHere } from '../../viewer';
import { ZoneCookie } from '../../zone-cookie';
import { FigureChart } from '../chart-table';
import { BadAddress, Choices, CsvLink, Frame } from '../page-frame';
import { asked, href, pick, type Props } from '../query';
import { NONE } from '../words';

export const metadata: Metadata = { title: 'Providers · Tollgate' };

const PATH = '/admin/providers';
const RANGE_NAMES = { '24h': 'Last 24 hours', '7d': '7 days', '30d': '30 days' } as const;
/** From here on a provider's errors are news. */
const WORRYING_PERCENT = 5;
const MODELS_SHOWN = 15;
/** Blue and red of the theme. */
const OK_AND_BROKEN = [2, 6];

type Provider = ProvidersView['providers'][number];

const errorText = (formats: Formats, percent: number | null): string =>
  percent === null ? NONE : `${new Intl.NumberFormat(formats.locale).format(percent)}%`;

function State({ provider }: { readonly provider: Provider }) {
  if (!provider.configured) return <Badge>Not configured any more</Badge>;
  return (
    <>
      {provider.reachable === true && <Badge tone="good">Reachable</Badge>}
      {provider.reachable === false && <Badge tone="bad">Not reachable</Badge>}
      {(provider.error_percent ?? 0) >= WORRYING_PERCENT && <Badge tone="warn">Many errors</Badge>}
    </>
  );
}

function stepName(formats: Formats, range: ProvidersView['range'], at: string): string {
  const options: Intl.DateTimeFormatOptions =
    range === '24h'
      ? { hour: '2-digit', minute: '2-digit' }
      : range === '7d'
        ? { day: 'numeric', month: 'short', hour: '2-digit' }
        : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(formats.locale, { ...options, timeZone: formats.timeZone }).format(
    new Date(at),
  );
}

/** Every step of the range, those without calls too. */
function rowsOf(view: ProvidersView, provider: Provider, formats: Formats) {
  const from = Date.parse(view.from);
  const stepMs = view.step_seconds * 1_000;
  const steps = Math.round((Date.parse(view.to) - from) / stepMs);
  const found = new Map(provider.steps.map((step) => [Date.parse(step.at), step]));
  return Array.from({ length: steps }, (_, index) => {
    const at = from + index * stepMs;
    const step = found.get(at);
    const broken = step?.broken ?? 0;
    return {
      label: stepName(formats, view.range, new Date(at).toISOString()),
      values: { 'Went well': (step?.requests ?? 0) - broken, Broken: broken },
    };
  });
}

interface OneProps {
  readonly view: ProvidersView;
  readonly provider: Provider;
  readonly formats: Formats;
}

function OneProvider({ view, provider, formats }: OneProps) {
  const { count, usd, compact, duration } = formats;
  return (
    <Card
      id={provider.provider}
      title={provider.display_name}
      lead={provider.formats.length === 0 ? undefined : `Speaks ${provider.formats.join(', ')}.`}
      actions={<State provider={provider} />}
    >
      {provider.reachable === false && (
        <p className="mb-3 text-sm text-bad">
          The last try to reach it failed: {provider.last_error ?? 'unknown'}.
        </p>
      )}
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-4 lg:grid-cols-6">
        <Stat name="Calls" value={count(provider.requests)} note={`${count(provider.refusals)} refused`} />
        <Stat
          name="Errors"
          value={errorText(formats, provider.error_percent)}
          note={`${count(provider.broken)} broken, ${count(provider.expired)} lost`}
        />
        <Stat
          name="First byte"
          value={provider.first_byte_ms === null ? NONE : duration(provider.first_byte_ms)}
          note={
            provider.duration_ms === null ? 'mean' : `mean; whole calls ${duration(provider.duration_ms)}`
          }
        />
        <Stat name="Spend" value={usd(provider.cost_nano_usd)} />
        <Stat
          name="Tokens"
          value={compact(provider.prompt_tokens + provider.output_tokens)}
          note={`${compact(provider.prompt_tokens)} in, ${compact(provider.output_tokens)} out`}
        />
        <Stat
          name="Figures"
          value={provider.unpriced === 0 ? 'All priced' : `${count(provider.unpriced)} unpriced`}
          note={`${count(provider.estimated)} estimated`}
        />
      </dl>
      {provider.requests > 0 && (
        <div className="mt-4">
          <FigureChart
            caption={`Calls to ${provider.display_name} over time`}
            rowName={view.range === '30d' ? 'Day from' : 'From'}
            rows={rowsOf(view, provider, formats)}
            series={['Went well', 'Broken']}
            unit="count"
            formats={formats}
            small
            colours={OK_AND_BROKEN}
          />
        </div>
      )}
    </Card>
  );
}

interface ModelsProps {
  readonly models: readonly (ProviderCounts & { readonly provider: string; readonly model: string })[];
  readonly formats: Formats;
}

function Models({ models, formats }: ModelsProps) {
  return (
    <Card id="models" title="Top models" lead="Dearest first." flush>
      {models.length === 0 ? (
        <Empty title="No calls in this time" />
      ) : (
        <Table caption="Models, dearest first">
          <thead>
            <tr>
              <Head>Model</Head>
              <Head>Provider</Head>
              <Head figure>Calls</Head>
              <Head figure>Errors</Head>
              <Head figure>First byte</Head>
              <Head figure>Tokens</Head>
              <Head figure>Spend</Head>
              <Head figure>Unpriced</Head>
            </tr>
          </thead>
          <tbody>
            {models.slice(0, MODELS_SHOWN).map((row) => (
              <tr key={`${row.provider}/${row.model}`}>
                <RowHead className="max-w-64 min-w-40 break-words">{row.model}</RowHead>
                <Cell>{row.provider}</Cell>
                <Cell figure>{formats.count(row.requests)}</Cell>
                <Cell figure>{errorText(formats, row.error_percent)}</Cell>
                <Cell figure>{row.first_byte_ms === null ? NONE : formats.duration(row.first_byte_ms)}</Cell>
                <Cell figure>{formats.compact(row.prompt_tokens + row.output_tokens)}</Cell>
                <Cell figure>{formats.usd(row.cost_nano_usd)}</Cell>
                <Cell figure>{formats.count(row.unpriced)}</Cell>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  );
}

export default async function Providers({ searchParams }: Props) {
  const viewer = await operatorHere();
  const [account, server, formats, given] = await Promise.all([
    accountFor(viewer),
    getServer(),
    formatsHere(),
    searchParams,
  ]);
  const query = pick(given, ['range']);
  const { value: view, problem } = await asked(readProviders(account, query, server.operator));
  const frame = { viewer, current: PATH, title: 'Providers' };
  if (view === null)
    return (
      <Frame {...frame}>
        <BadAddress problem={problem} path={PATH} />
      </Frame>
    );
  return (
    <Frame
      {...frame}
      lead={`How they are doing, and what is bought from them, since ${formats.instant(view.from)}.`}
      actions={<CsvLink href={href('/admin/download/providers', query)} />}
    >
      <ZoneCookie known={formats.timeZone} />
      <Choices
        label="Time"
        choices={PROVIDER_RANGES.map((range) => ({
          name: RANGE_NAMES[range],
          href: href(PATH, { range }),
          chosen: view.range === range,
        }))}
      />
      {view.providers.length === 0 && (
        <Card>
          <Empty title="No provider is configured">
            Set the key of one in the environment; the README lists them.
          </Empty>
        </Card>
      )}
      {view.providers.map((provider) => (
        <OneProvider key={provider.provider} view={view} provider={provider} formats={formats} />
      ))}
      <Models models={view.models} formats={formats} />
    </Frame>
  );
}
