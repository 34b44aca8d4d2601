import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import type { ReactNode } from 'react';
import { InputError } from '@/lib/account/input';
import { getSession, type SessionTreeView } from '@/lib/account/get-session';
import type { AccountContext } from '@/lib/account/context';
import { GatewayError } from '@/lib/domain/errors';
import type { Formats } from '../../formats';
import { formatsHere } from '../../preferences';
import { Content, Shell } from '../../shell';
import { Badge } from '../../ui/badge';
import { Card } from '../../ui/card';
import { CopyText } from '../../ui/copy-text';
import { Empty } from '../../ui/empty';
import { PageHeader } from '../../ui/page-header';
import { Pager } from '../../ui/pager';
import { Stat } from '../../ui/stat';
import { accountFor, customerHere } from '../../viewer';
import { ZoneCookie } from '../../zone-cookie';
import { CallList } from '../call-list';
import { sessionEnding, sourceWords } from '../call-words';
import { type Query, readFilter } from '../log-filter';
import { type Calls, readCalls } from '../read-logs';
import { keyOf, sessionPath } from '../session-path';
import { lastedMs } from '../session-table';
import { SessionTree } from './session-tree-list';

export const metadata: Metadata = { title: 'Session · Tollgate' };

/** The session with a page of its calls; what isn't this customer's isn't there. */
async function readSession(
  account: AccountContext,
  user: string,
  key: string,
  cursor: string | undefined,
): Promise<[SessionTreeView, Calls]> {
  try {
    return await Promise.all([
      getSession(account, { user, key }),
      readCalls(account, user, { session: key, order: 'oldest', cursor }),
    ]);
  } catch (error) {
    if (error instanceof InputError || (error instanceof GatewayError && error.code === 'not_found'))
      notFound();
    throw error;
  }
}

interface PartProps {
  readonly session: SessionTreeView;
  readonly formats: Formats;
}

function Figures({ session, formats }: PartProps) {
  const { total, below } = session;
  const ending = sessionEnding(session);
  const all = (own: number, sum: number, show: (value: number) => string): ReactNode =>
    below.length > 0 ? `${show(sum)} with sub-sessions` : undefined;
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-5 sm:grid-cols-4">
      <Stat
        name="Cost"
        value={formats.usd(session.cost_nano_usd)}
        note={all(session.cost_nano_usd, total.cost_nano_usd, formats.usd)}
      />
      <Stat
        name="Requests"
        value={formats.count(session.requests)}
        note={all(session.requests, total.requests, formats.count)}
      />
      <Stat name="Refused" value={formats.count(session.refusals)} />
      <Stat
        name="Lasted"
        value={session.running > 0 ? 'Running' : formats.duration(lastedMs(session))}
        note={`since ${formats.instant(session.first_at)}`}
      />
      <Stat name="Input tokens" value={formats.count(session.input_tokens)} />
      <Stat name="Output tokens" value={formats.count(session.output_tokens)} />
      <Stat
        name="Cached tokens"
        value={formats.count(session.cache_read_tokens + session.cache_write_tokens)}
        note={`${formats.compact(session.cache_read_tokens)} read, ${formats.compact(session.cache_write_tokens)} written`}
      />
      <Stat name="Ending" value={<Badge tone={ending.tone}>{ending.name}</Badge>} note={ending.meaning} />
    </dl>
  );
}

function About({ session }: { readonly session: SessionTreeView }) {
  const facts: readonly (readonly [string, string | null])[] = [
    ['Agent', session.agent],
    ['Campaign', session.campaign],
    ['Token', session.token_name ?? session.token_id],
    ['Latest model', session.last_model],
    ['Recognised', sourceWords(session.source)],
  ];
  return (
    <dl className="mt-5 flex flex-wrap gap-x-8 gap-y-2 border-t border-line pt-4 text-sm">
      {facts.map(([name, value]) => (
        <div key={name} className="min-w-0">
          <dt className="text-xs text-quiet">{name}</dt>
          <dd className="break-words">{value ?? '—'}</dd>
        </div>
      ))}
    </dl>
  );
}

function Title({ session }: { readonly session: SessionTreeView }) {
  return (
    <div>
      <nav aria-label="Way back" className="mb-2 flex flex-wrap gap-x-2 text-sm">
        <Link href="/logs" prefetch={false} className="py-0.5 text-accent hover:underline">
          Logs
        </Link>
        {session.parent !== null && (
          <>
            <span aria-hidden>/</span>
            <Link
              href={sessionPath(session.parent)}
              prefetch={false}
              title={session.parent}
              className="max-w-64 truncate py-0.5 text-accent hover:underline"
            >
              <span className="sr-only">Started by </span>
              {session.parent}
            </Link>
          </>
        )}
      </nav>
      <PageHeader
        title={session.parent === null ? 'Session' : 'Sub-session'}
        lead={
          <span className="flex items-start gap-1">
            <code className="min-w-0 font-mono text-[0.8125rem] break-all">{session.key}</code>
            <CopyText text={session.key} what="the session’s key" />
          </span>
        }
      />
    </div>
  );
}

interface PageProps {
  readonly params: Promise<{ readonly key: string }>;
  readonly searchParams: Promise<Query>;
}

export default async function SessionPage({ params, searchParams }: PageProps) {
  const viewer = await customerHere();
  const [{ key: segment }, query] = await Promise.all([params, searchParams]);
  const key = keyOf(segment) ?? notFound();
  const { cursor } = readFilter(query);
  const [account, formats] = await Promise.all([accountFor(viewer), formatsHere()]);
  const [session, { page, usageObjects }] = await readSession(account, viewer.userId, key, cursor);
  const here = sessionPath(session.key);
  return (
    <Shell viewer={viewer} current="/logs">
      <ZoneCookie known={formats.timeZone} />
      <Content>
        <Title session={session} />
        <Card id="figures" title="In figures">
          <Figures session={session} formats={formats} />
          <About session={session} />
        </Card>
        {session.below.length > 0 && (
          <Card id="below" title="Sub-sessions" lead="What this session started, such as sub-agents.">
            <SessionTree of={session.key} sessions={session.below} formats={formats} />
          </Card>
        )}
        <Card
          id="requests"
          title="Requests"
          lead="In the order they were made. Open one for everything kept of it. Tollgate keeps figures, not content."
          flush
        >
          {page.data.length === 0 ? (
            <Empty title="No requests here.">They may have been removed by your operator.</Empty>
          ) : (
            <CallList
              label="Requests, oldest first"
              calls={page.data}
              usageObjects={usageObjects}
              formats={formats}
              sinceMs={Date.parse(session.first_at)}
            />
          )}
          <Pager
            label="Pages of requests"
            words={{ first: 'First', next: 'Later' }}
            first={cursor === undefined ? null : here}
            next={page.next_cursor === null ? null : `${here}?cursor=${encodeURIComponent(page.next_cursor)}`}
          />
        </Card>
        <p className="text-xs text-quiet">Times are in {formats.timeZone}.</p>
      </Content>
    </Shell>
  );
}
