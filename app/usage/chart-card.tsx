/** Cost or tokens per day: bars for the eye, and the same figures as a table for everybody. */
import Link from 'next/link';
import type { ReportView } from '@/lib/account/report-views';
import type { Formats } from '../formats';
import { Card } from '../ui/card';
import { LinkPending } from '../ui/link-pending';
import { Segments } from '../ui/segments';
import { Figures, Legend } from './chart-figures';
import { CHARTS, type Chart, usageHref, type UsageQuery } from './query';
import { chartData } from './series';
import { StackedBars } from './stacked-bars';

const NAMES: Readonly<Record<Chart, string>> = {
  cost: 'Cost by model',
  tokens: 'Tokens by model',
  kinds: 'Tokens by kind',
};

interface ChartCardProps {
  readonly report: ReportView;
  readonly query: UsageQuery;
  readonly formats: Formats;
}

export function ChartCard({ report, query, formats }: ChartCardProps) {
  const { chart } = query;
  const data = chartData(report, chart, formats);
  const per = report.hours === null ? 'day' : 'hour';
  const title = `${chart === 'cost' ? 'Cost' : 'Tokens'} per ${per}`;
  return (
    <Card
      id="over-time"
      title={title}
      lead={leadOf(chart, report)}
      actions={
        <Segments label="What the chart shows">
          {CHARTS.map((one) => (
            <Link
              key={one}
              href={usageHref(query, { chart: one })}
              scroll={false}
              prefetch={false}
              aria-current={one === chart ? 'true' : undefined}
            >
              {NAMES[one]}
              <LinkPending />
            </Link>
          ))}
        </Segments>
      }
    >
      <Legend data={data} />
      <div className="needs-script mt-3 h-72">
        <StackedBars
          data={data}
          label={`${title}, stacked ${chart === 'kinds' ? 'by kind' : 'by model'}. The table below has the figures.`}
          locale={formats.locale}
          timeZone={formats.timeZone}
        />
      </div>
      <details className="chart-figures mt-3 rounded-md border border-line">
        <summary className="px-4 py-2 text-sm font-medium">Figures as a table</summary>
        <Figures data={data} caption={`${title}, ${NAMES[chart].toLowerCase()}`} per={per} />
      </details>
    </Card>
  );
}

function leadOf(chart: Chart, { count_cache_reads }: ReportView): string | undefined {
  if (chart === 'cost') return undefined;
  if (chart === 'tokens') return 'Tokens that count against the month.';
  return count_cache_reads
    ? 'Every kind counts against the month.'
    : 'Cache reads are shown, and don’t count against the month.';
}
