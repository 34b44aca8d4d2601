import type { Metadata } from 'next';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import { MOST_EXPORTED_ROWS } from '@/lib/account/export-logs';
import { InputError } from '@/lib/account/input';
import { type LogChoices, listChoices } from '@/lib/account/list-choices';
import { dayIn } from '@/lib/domain/zone';
import type { Formats } from '../formats';
import { formatsHere } from '../preferences';
import { Content, Shell } from '../shell';
import { Alert } from '../ui/alert';
import { Button } from '../ui/button';
import { classes } from '../ui/classes';
import { Empty } from '../ui/empty';
import { PageHeader } from '../ui/page-header';
import { Pager } from '../ui/pager';
import { accountFor, customerHere } from '../viewer';
import { ZoneCookie } from '../zone-cookie';
import { CallList } from './call-list';
import { FilterForm } from './filter-form';
import {
  callsFrom,
  DayProblem,
  hasEmptyFields,
  type LogFilter,
  logsHref,
  narrowedBy,
  type Query,
  readFilter,
} from './log-filter';
import { readLogs, type Logs } from './read-logs';
import { SessionTable } from './session-table';

export const metadata: Metadata = { title: 'Logs · Tollgate' };

const PLAIN = { running: false, roots: false, sessionless: false } as const;

const VIEWS = [
  ['sessions', 'Sessions'],
  ['calls', 'Calls'],
] as const;

function Views({ filter: { view } }: { readonly filter: LogFilter }) {
  return (
    <nav aria-label="Lists" className="flex gap-1 px-5 pt-3">
      {VIEWS.map(([name, title]) => (
        <Link
          key={name}
          href={logsHref({ ...PLAIN, view: name })}
          prefetch={false}
          aria-current={name === view ? 'page' : undefined}
          className={classes(
            'rounded-md px-3 py-1.5 text-sm hover:bg-sunken',
            name === view ? 'bg-sunken font-semibold' : 'text-quiet',
          )}
        >
          {title}
        </Link>
      ))}
    </nav>
  );
}

function Downloads({ filter }: { readonly filter: LogFilter }) {
  return (
    <>
      {['csv', 'json'].map((format) => (
        <Button key={format} asChild size="small">
          <a href={logsHref(filter, {}, '/logs/download', { format })} download>
            {format.toUpperCase()}
            <span className="sr-only"> download of this list</span>
          </a>
        </Button>
      ))}
    </>
  );
}

function Nothing({ filter }: { readonly filter: LogFilter }) {
  const what = filter.view === 'calls' ? 'calls' : 'sessions';
  if (filter.cursor !== undefined || narrowedBy(filter) > 0)
    return (
      <Empty title={`No ${what} match.`}>
        Fewer filters show more:{' '}
        <Link
          href={logsHref({ ...PLAIN, view: filter.view })}
          prefetch={false}
          className="text-accent underline"
        >
          show all {what}
        </Link>
        .
      </Empty>
    );
  return (
    <Empty title={`No ${what} yet.`}>
      They appear here with the first call of an agent.{' '}
      <Link href="/docs/connect" prefetch={false} className="text-accent underline">
        Connect one
      </Link>
      .
    </Empty>
  );
}

function List({ logs, formats }: { readonly logs: Logs; readonly formats: Formats }) {
  if (logs.view === 'sessions')
    return (
      <SessionTable caption="Sessions, latest activity first" sessions={logs.page.data} formats={formats} />
    );
  return (
    <div className="pt-4">
      <CallList
        label="Calls, newest first"
        calls={logs.page.data}
        usageObjects={logs.usageObjects}
        formats={formats}
        sinceMs={null}
      />
    </div>
  );
}

interface BodyProps {
  readonly filter: LogFilter;
  readonly choices: LogChoices;
  readonly formats: Formats;
  readonly logs: Logs | string;
  readonly today: string;
}

function Body({ filter, choices, formats, logs, today }: BodyProps) {
  const from = filter.view === 'calls' ? callsFrom(filter, today) : undefined;
  const empty = typeof logs !== 'string' && logs.page.data.length === 0;
  return (
    <section aria-label="List" className="min-w-0 rounded-lg border border-line bg-panel">
      <Views filter={filter} />
      <FilterForm filter={filter} choices={choices} from={from} formats={formats} />
      {typeof logs === 'string' ? (
        <div className="px-5 py-4">
          <Alert tone="bad" role="alert" title="This filter can’t be used.">
            {logs}
          </Alert>
        </div>
      ) : empty ? (
        <Nothing filter={filter} />
      ) : (
        <List logs={logs} formats={formats} />
      )}
      {typeof logs !== 'string' && (
        <Pager
          label="Pages of the list"
          first={filter.cursor === undefined ? null : logsHref(filter)}
          next={logs.page.next_cursor === null ? null : logsHref(filter, { cursor: logs.page.next_cursor })}
        />
      )}
    </section>
  );
}

export default async function LogsPage({ searchParams }: { readonly searchParams: Promise<Query> }) {
  const viewer = await customerHere();
  const query = await searchParams;
  const filter = readFilter(query);
  // A form sends its empty fields too: the address to share is the short one.
  if (hasEmptyFields(query)) redirect(logsHref(filter));
  const [account, formats] = await Promise.all([accountFor(viewer), formatsHere()]);
  const today = dayIn(formats.timeZone, account.nowMs());
  const [choices, logs] = await Promise.all([
    listChoices(account, { user: viewer.userId }),
    readLogs(account, filter, { user: viewer.userId, zone: formats.timeZone, today }).catch(
      (error: unknown) => {
        if (error instanceof DayProblem || error instanceof InputError) return error.message;
        throw error;
      },
    ),
  ]);
  return (
    <Shell viewer={viewer} current="/logs">
      <ZoneCookie known={formats.timeZone} />
      <Content>
        <PageHeader
          title="Logs"
          lead="What your agents did, conversation by conversation. Tollgate keeps figures, not content."
          actions={<Downloads filter={filter} />}
        />
        <Body filter={filter} choices={choices} formats={formats} logs={logs} today={today} />
        <p className="text-xs text-quiet">
          Times are in {formats.timeZone}. A download holds the newest {formats.count(MOST_EXPORTED_ROWS)}{' '}
          rows of the list at most; its name says so when there were more.
        </p>
      </Content>
    </Shell>
  );
}
