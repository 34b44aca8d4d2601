/** Sessions as a table: who, when, how much, and how it ended. */
import { CornerDownRight } from 'lucide-react';
import Link from 'next/link';
import type { SessionView } from '@/lib/account/present-session';
import type { Formats } from '../formats';
import { Badge } from '../ui/badge';
import { Cell, Head, RowHead, Table } from '../ui/table';
import { sessionEnding } from './call-words';
import { sessionPath } from './session-path';

/** From the first call's start to the last one's end. */
export const lastedMs = ({ first_at, last_at, ended_at }: SessionView): number =>
  Math.max(Date.parse(ended_at ?? last_at), Date.parse(last_at)) - Date.parse(first_at);

/** What was sent without the cache, what came back, and what the cache gave. */
function TokenSums({
  figures,
  formats: { compact, count },
}: {
  readonly figures: Pick<
    SessionView,
    'input_tokens' | 'output_tokens' | 'cache_read_tokens' | 'cache_write_tokens'
  >;
  readonly formats: Formats;
}) {
  const { input_tokens: sent, output_tokens: got } = figures;
  const { cache_read_tokens: read, cache_write_tokens: written } = figures;
  return (
    <span
      title={`${count(sent)} in, ${count(got)} out, ${count(read)} cache read, ${count(written)} cache write`}
    >
      {compact(sent)} in · {compact(got)} out
      <span className="block text-xs text-quiet">{compact(read + written)} cached</span>
    </span>
  );
}

/** A sub-session's key often begins with its parent's: then its own end says more. */
export const shortKey = ({ key, parent }: Pick<SessionView, 'key' | 'parent'>): string =>
  parent !== null && key.startsWith(`${parent}/`) ? `…${key.slice(parent.length)}` : key;

function About({ session }: { readonly session: SessionView }) {
  const { agent, campaign, token_name: token } = session;
  const parts = [agent, campaign, token].filter((part) => part !== null);
  return (
    <span
      className="block max-w-44 truncate sm:max-w-72 text-xs font-normal text-quiet"
      title={parts.join(' · ')}
    >
      {parts.length === 0 ? 'no agent' : parts.join(' · ')}
    </span>
  );
}

function Parent({ parent }: { readonly parent: string }) {
  return (
    <Link
      href={sessionPath(parent)}
      prefetch={false}
      title={`Started by ${parent}`}
      className="flex w-fit items-center gap-1 py-1 text-xs font-normal text-quiet hover:underline"
    >
      <CornerDownRight aria-hidden className="size-3.5" />
      Sub-session
      <span className="sr-only"> of {parent}</span>
    </Link>
  );
}

function Row({ session, formats }: { readonly session: SessionView; readonly formats: Formats }) {
  const ending = sessionEnding(session);
  return (
    <tr>
      <RowHead>
        <Link
          href={sessionPath(session.key)}
          prefetch={false}
          title={session.key}
          className="block max-w-44 truncate sm:max-w-72 py-0.5 font-mono text-[0.8125rem] text-accent hover:underline"
        >
          {shortKey(session)}
        </Link>
        <About session={session} />
        {/* What a phone shows without scrolling; the cells beside it say the same to who listens. */}
        <span aria-hidden className="figures mt-0.5 block text-xs font-normal whitespace-nowrap sm:hidden">
          {formats.usd(session.cost_nano_usd)} · {formats.instant(session.first_at)}
        </span>
        {session.parent !== null && <Parent parent={session.parent} />}
      </RowHead>
      <Cell className="max-w-52 min-w-36 break-words">{session.last_model ?? '—'}</Cell>
      <Cell className="whitespace-nowrap">
        <time dateTime={session.first_at}>{formats.instant(session.first_at)}</time>
        <span className="block text-xs text-quiet">
          {session.running > 0 ? 'still running' : formats.duration(lastedMs(session))}
        </span>
      </Cell>
      <Cell figure>
        {formats.count(session.requests)}
        {session.refusals > 0 && (
          <span className="block text-xs text-quiet">{formats.count(session.refusals)} refused</span>
        )}
      </Cell>
      <Cell figure>
        <TokenSums figures={session} formats={formats} />
      </Cell>
      <Cell figure>{formats.usd(session.cost_nano_usd)}</Cell>
      <Cell>
        <span title={ending.meaning}>
          <Badge tone={ending.tone}>{ending.name}</Badge>
        </span>
      </Cell>
    </tr>
  );
}

interface SessionTableProps {
  readonly caption: string;
  readonly sessions: readonly SessionView[];
  readonly formats: Formats;
}

export function SessionTable({ caption, sessions, formats }: SessionTableProps) {
  return (
    <Table caption={caption}>
      <thead>
        <tr>
          <Head>Session</Head>
          <Head>Latest model</Head>
          <Head>Started, lasted</Head>
          <Head figure>Requests</Head>
          <Head figure>Tokens</Head>
          <Head figure>Cost</Head>
          <Head>Ending</Head>
        </tr>
      </thead>
      <tbody>
        {sessions.map((session) => (
          <Row key={session.key} session={session} formats={formats} />
        ))}
      </tbody>
    </Table>
  );
}
