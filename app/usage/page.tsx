import type { Metadata } from 'next';
import { comparePlans } from '@/lib/account/compare-plans';
import { InputError } from '@/lib/account/input';
import { readPulse } from '@/lib/account/read-pulse';
import type { ReportView } from '@/lib/account/report-views';
import { getServer } from '@/lib/server';
import { formatsFor } from '../formats';
import { formatsHere } from '../preferences';
import { Content, Shell } from '../shell';
import { Alert } from '../ui/alert';
import { PageHeader } from '../ui/page-header';
import { accountFor, customerHere, type CustomerViewer } from '../viewer';
import { ZoneCookie } from '../zone-cookie';
import { Breakdowns } from './breakdowns';
import { ChartCard } from './chart-card';
import { FirstCall } from './first-call';
import { Live } from './live';
import { MonthCards } from './month-cards';
import { Prompts } from './prompts';
import { readQuery, type SearchParams, usageHref, type UsageQuery } from './query';
import { RangeBar } from './range-bar';
import { reportHere } from './report-here';
import { Totals } from './totals';

export const metadata: Metadata = { title: 'Usage · Tollgate' };

interface Shown {
  readonly report: ReportView;
  readonly query: UsageQuery;
  /** What was wrong with what was asked for; then the last 30 days are shown. */
  readonly problem: InputError | null;
}

async function shownFor(viewer: CustomerViewer, asked: UsageQuery, ownZone: string): Promise<Shown> {
  try {
    return { report: await reportHere(viewer, asked, ownZone), query: asked, problem: null };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const query = { ...asked, range: undefined, from: undefined, to: undefined, zone: undefined };
    return { report: await reportHere(viewer, query, ownZone), query, problem: error };
  }
}

const isUnused = ({ totals, caps, running }: ReportView): boolean =>
  totals.requests + totals.refusals + caps.tokens.used + caps.cost.used + running === 0;

export default async function Usage({ searchParams }: { readonly searchParams: Promise<SearchParams> }) {
  const viewer = await customerHere();
  const [params, own, { env, upgrades }, account] = await Promise.all([
    searchParams,
    formatsHere(),
    getServer(),
    accountFor(viewer),
  ]);
  const asked = readQuery(params);
  // Read before the figures: what happens in between makes the page ask again, not miss it.
  const pulse = await readPulse(account, { user: viewer.userId });
  const { report, query, problem } = await shownFor(viewer, asked, own.timeZone);
  // Once a cap is reached: what would each plan have given?
  const reached = [report.caps.tokens, report.caps.cost].some(({ prompt }) => prompt === 100);
  const comparison = reached ? await comparePlans(account, { user: viewer.userId }, upgrades) : null;
  const formats = report.time_zone === own.timeZone ? own : formatsFor(own.locale, report.time_zone);
  const errors = Object.fromEntries((problem?.fields ?? []).map(({ field, message }) => [field, message]));
  return (
    <Shell viewer={viewer} current="/usage">
      <ZoneCookie known={own.timeZone} />
      <Content>
        <PageHeader
          title="Usage"
          lead="What your agents used, what is left, and where it went."
          actions={
            <Live
              version={pulse.version}
              running={report.running}
              madeAt={formats.time(report.generated_at)}
              locale={formats.locale}
              timeZone={formats.timeZone}
              href={usageHref(query)}
            />
          }
        />
        <Prompts caps={report.caps} formats={formats} mayChange={viewer.mayChange} comparison={comparison} />
        {env.sandbox && (
          <Alert title="Sandbox">
            No provider key is set here: answers are simulated, and so are their costs.
          </Alert>
        )}
        <MonthCards report={report} formats={formats} />
        {problem !== null && (
          <Alert tone="warn" role="alert" title="Those days can’t be shown.">
            <ul>
              {problem.fields.map(({ field, message }) => (
                <li key={field}>
                  {FIELD_NAMES[field] ?? field} {message}.
                </li>
              ))}
            </ul>
          </Alert>
        )}
        {isUnused(report) ? (
          <FirstCall />
        ) : (
          <>
            <RangeBar
              report={report}
              query={{ ...query, ...fieldsOf(asked, problem) }}
              ownZone={own.timeZone}
              errors={errors}
            />
            <Totals report={report} formats={formats} />
            <ChartCard report={report} query={query} formats={formats} />
            <Breakdowns report={report} formats={formats} />
          </>
        )}
      </Content>
    </Shell>
  );
}

const FIELD_NAMES: Readonly<Record<string, string>> = {
  from: 'The first day',
  to: 'The last day',
  range: 'The range',
  time_zone: 'The time zone',
};

/** The form keeps what was typed, wrong as it is. */
function fieldsOf({ from, to }: UsageQuery, problem: InputError | null): Partial<UsageQuery> {
  return problem === null ? {} : { from, to };
}
