/** Which days are shown, by whose clock, and how to take them along. Links and plain forms: every view has an address. */
import { Download } from 'lucide-react';
import Link from 'next/link';
import type { Range, ReportView } from '@/lib/account/report-views';
import { Button } from '../ui/button';
import { SelectField, TextField } from '../ui/field';
import { LinkPending } from '../ui/link-pending';
import { Segments } from '../ui/segments';
import { usageHref, type UsageQuery } from './query';
import { ZoneForm } from './zone-form';
import { zonesWith } from './zones';

const PRESETS: readonly (readonly [Range, string])[] = [
  ['today', 'Today'],
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['month', 'Month'],
];

interface RangeBarProps {
  readonly report: ReportView;
  readonly query: UsageQuery;
  /** The reader's own zone. */
  readonly ownZone: string;
  /** What was wrong with the days that were asked for, by field. */
  readonly errors: Readonly<Record<string, string>>;
}

export function RangeBar({ report, query, ownZone, errors }: RangeBarProps) {
  const refused = Object.keys(errors).length > 0;
  const download = (format: string) => {
    // Of what is shown: the last 30 days, where the days asked for make no range.
    const days = refused ? { range: undefined, from: undefined, to: undefined } : {};
    const shown: UsageQuery = { ...query, ...days, chart: 'cost', zone: report.time_zone };
    const href = usageHref(shown, {}, '/usage/download');
    return `${href}${href.includes('?') ? '&' : '?'}format=${format}`;
  };
  const custom = report.range === 'custom' || refused;
  return (
    <section aria-label="Range" className="flex flex-wrap items-start gap-x-4 gap-y-3">
      <Segments label="Days">
        {PRESETS.map(([range, name]) => (
          <Link
            key={range}
            href={usageHref(query, { range, from: undefined, to: undefined })}
            scroll={false}
            prefetch={false}
            aria-current={!custom && report.range === range ? 'true' : undefined}
          >
            {name}
            <LinkPending />
          </Link>
        ))}
      </Segments>
      <details open={custom} className="max-sm:w-full">
        <summary className="rounded-md border border-edge bg-panel px-3 py-1.5 text-sm font-medium hover:bg-sunken sm:w-fit">
          Custom
        </summary>
        <form action="/usage" className="mt-2 flex flex-wrap items-start gap-3">
          {query.zone !== undefined && <input type="hidden" name="zone" value={query.zone} />}
          {query.chart !== 'cost' && <input type="hidden" name="chart" value={query.chart} />}
          <TextField
            label="From"
            name="from"
            type="date"
            required
            defaultValue={realDay(query.from) ?? report.from}
            max={report.today.day}
            error={errors['from']}
          />
          <TextField
            label="To"
            name="to"
            type="date"
            required
            defaultValue={realDay(query.to) ?? report.to}
            max={report.today.day}
            error={errors['to']}
          />
          <Button type="submit" className="mt-6">
            Show
          </Button>
        </form>
      </details>
      <ZoneForm>
        {query.range !== undefined && query.range !== 'custom' && (
          <input type="hidden" name="range" value={query.range} />
        )}
        {query.from !== undefined && <input type="hidden" name="from" value={query.from} />}
        {query.to !== undefined && <input type="hidden" name="to" value={query.to} />}
        {query.chart !== 'cost' && <input type="hidden" name="chart" value={query.chart} />}
        <SelectField
          label="Time zone"
          name="zone"
          key={report.time_zone}
          defaultValue={report.time_zone}
          className="flex items-center gap-2 [&>label]:mb-0 [&>label]:text-quiet [&>label]:font-normal [&>label]:whitespace-nowrap"
        >
          {zonesWith(report.time_zone, ownZone).map((zone) => (
            <option key={zone} value={zone}>
              {zone.replaceAll('_', ' ')}
            </option>
          ))}
        </SelectField>
      </ZoneForm>
      <div className="flex items-center gap-2 lg:ml-auto">
        <Button asChild>
          <a href={download('csv')} download>
            <Download aria-hidden />
            CSV
          </a>
        </Button>
        <Button asChild>
          <a href={download('json')} download>
            <Download aria-hidden />
            JSON
          </a>
        </Button>
      </div>
    </section>
  );
}

/** What a date field takes; browsers complain about others. */
function realDay(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) ? text : undefined;
}
