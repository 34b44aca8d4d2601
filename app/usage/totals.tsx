/** What the shown days come to, and how that compares with the ones before. */
import type { ReportView } from '@/lib/account/report-views';
import type { Formats } from '../formats';
import { Card } from '../ui/card';
import { Stat } from '../ui/stat';
import { changeWords, spanWords } from './words';

export function Totals({ report, formats }: { readonly report: ReportView; readonly formats: Formats }) {
  const { totals, previous, range } = report;
  const prompt =
    totals.input_tokens +
    totals.cache_read_tokens +
    totals.cache_write_5m_tokens +
    totals.cache_write_1h_tokens;
  const change = (now: number, before: number) => changeWords(now, before, range, formats);
  return (
    <Card
      id="totals"
      title={spanWords(report, formats)}
      lead={`Days in ${report.time_zone.replaceAll('_', ' ')}`}
    >
      <dl className="grid grid-cols-2 gap-x-5 gap-y-4 lg:grid-cols-4">
        <Stat
          name="Cost"
          value={formats.usd(totals.cost_nano_usd)}
          note={change(totals.cost_nano_usd, previous.cost_nano_usd)}
        />
        <Stat
          name="Tokens counted"
          value={formats.count(totals.counted_tokens)}
          note={change(totals.counted_tokens, previous.counted_tokens)}
        />
        <Stat
          name="Requests"
          value={formats.count(totals.requests)}
          note={
            totals.refusals === 0
              ? change(totals.requests, previous.requests)
              : `${change(totals.requests, previous.requests)}; ${formats.count(totals.refusals)} ${totals.refusals === 1 ? 'other was' : 'others were'} refused`
          }
        />
        <Stat
          name="Prompt from cache"
          value={prompt === 0 ? '–' : formats.percent(totals.cache_read_tokens / prompt)}
          note={
            prompt === 0
              ? 'No prompts in these days'
              : `${formats.compact(totals.cache_read_tokens)} of ${formats.compact(prompt)} tokens`
          }
        />
      </dl>
    </Card>
  );
}
