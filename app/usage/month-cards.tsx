/** The month against its caps, and this minute: what is used, held and left, and when the cap will be reached. */
import type { CapView } from '@/lib/account/cap-views';
import type { ReportView } from '@/lib/account/report-views';
import type { Formats } from '../formats';
import { Card } from '../ui/card';
import { Meter } from '../ui/meter';
import { Stat } from '../ui/stat';
import { monthName } from './words';

interface MonthCardsProps {
  readonly report: ReportView;
  readonly formats: Formats;
}

export function MonthCards({ report, formats }: MonthCardsProps) {
  const { caps } = report;
  return (
    <div className="grid gap-5 lg:grid-cols-3">
      <CapCard id="tokens-month" title="Tokens this month" cap={caps.tokens} caps={caps} formats={formats} />
      <CapCard id="cost-month" title="Cost this month" cap={caps.cost} caps={caps} formats={formats} />
      <NowCard report={report} formats={formats} />
    </div>
  );
}

interface CapCardProps {
  readonly id: string;
  readonly title: string;
  readonly cap: CapView;
  readonly caps: ReportView['caps'];
  readonly formats: Formats;
}

function CapCard({ id, title, cap, caps, formats }: CapCardProps) {
  const { limit, used, held, remaining, percent } = cap;
  const figure = cap.unit === 'nano_usd' ? formats.usd : formats.count;
  const share = (part: number) => (limit === null || limit === 0 ? 0 : part / limit);
  const lead = `${monthName(caps.month, formats.locale)}, counted in UTC`;
  const spoken =
    limit === null
      ? `${figure(used)} used, no cap`
      : `${figure(used)} of ${figure(limit)} used, ${percent ?? 0} per cent; ${figure(held)} held by running calls`;
  return (
    <Card id={id} title={title} lead={lead}>
      <p className="figures flex flex-wrap items-baseline gap-x-2">
        <span className="text-3xl font-semibold tracking-tight">{figure(used)}</span>
        <span className="text-sm text-quiet">
          {limit === null ? 'used; this plan has no cap' : `of ${figure(limit)}`}
        </span>
        {percent !== null && (
          <span className="ml-auto text-sm font-semibold">{formats.percent(percent / 100)}</span>
        )}
      </p>
      {limit !== null && (
        <div className="mt-3">
          <Meter
            label={title}
            text={spoken}
            used={limit === 0 ? 1 : share(used)}
            held={share(held)}
            level={cap.level}
          />
        </div>
      )}
      <dl className="figures mt-3 grid grid-cols-3 gap-3 text-sm">
        <Part name="Used" value={figure(used)} />
        <Part name="Held" value={figure(held)} title="The most that running calls can still cost" />
        <Part name="Left" value={remaining === null ? 'No cap' : figure(remaining)} />
      </dl>
      <p className="mt-3 text-sm text-quiet">{outlook(cap, caps, formats)}</p>
    </Card>
  );
}

function Part({
  name,
  value,
  title,
}: {
  readonly name: string;
  readonly value: string;
  readonly title?: string;
}) {
  return (
    <div className="min-w-0">
      <dt className="text-quiet" title={title}>
        {name}
      </dt>
      <dd className="truncate font-medium">{value}</dd>
    </div>
  );
}

/** What becomes of the month at the pace of the last seven days. */
function outlook(cap: CapView, { resets_at }: ReportView['caps'], formats: Formats): string {
  const figure = cap.unit === 'nano_usd' ? formats.usdBrief : formats.compact;
  const reset = formats.instant(resets_at);
  if (cap.blocked_until !== null) return `Calls are refused until ${formats.instant(cap.blocked_until)}.`;
  if (cap.reaches_at !== null)
    return `At the pace of the last 7 days the cap is reached ${formats.instant(cap.reaches_at)}; it starts afresh ${reset}.`;
  if (cap.per_day === 0) return `No use in the last 7 days. Starts afresh ${reset}.`;
  return `At the pace of the last 7 days about ${figure(cap.projected)} by ${reset}, when it starts afresh.`;
}

function NowCard({ report, formats }: MonthCardsProps) {
  const { minute, today } = report;
  return (
    <Card id="now" title="Today and this minute" lead={`Plan: ${report.plan}`}>
      <dl className="grid grid-cols-2 gap-3">
        <Stat name="Requests today" value={formats.count(today.requests)} />
        <Stat name="Refused today" value={formats.count(today.refusals)} />
      </dl>
      <div className="mt-4 flex flex-col gap-3">
        <MinuteMeter name="Requests this minute" window={minute.requests} formats={formats} />
        <MinuteMeter name="Tokens this minute" window={minute.tokens} formats={formats} />
      </div>
    </Card>
  );
}

interface MinuteMeterProps {
  readonly name: string;
  readonly window: ReportView['minute']['requests'];
  readonly formats: Formats;
}

function MinuteMeter({ name, window: { limit, remaining }, formats }: MinuteMeterProps) {
  const left = remaining === null ? null : Math.min(limit, remaining);
  const words =
    left === null
      ? `up to ${formats.count(limit)}`
      : `${formats.count(left)} of ${formats.count(limit)} left`;
  const used = left === null || limit === 0 ? 0 : 1 - left / limit;
  return (
    <div>
      <p className="mb-1 flex justify-between gap-3 text-sm">
        <span className="text-quiet">{name}</span>
        <span className="figures font-medium">{words}</span>
      </p>
      <Meter label={name} text={words} used={used} held={0} level="none" marked={false} />
    </div>
  );
}
