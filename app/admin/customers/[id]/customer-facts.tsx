/** What is known of one customer: caps, figures of the last days, tokens, conversations and refusals. */
import Link from 'next/link';
import type { CapView } from '@/lib/account/cap-views';
import type { RequestLineView, TokenView } from '@/lib/account/present';
import type { SessionView } from '@/lib/account/present-session';
import type { ReportView } from '@/lib/account/report-views';
import { meaningOf } from '@/lib/domain/refusal-words';
import type { Formats } from '../../../formats';
import { Badge } from '../../../ui/badge';
import { Card } from '../../../ui/card';
import { Empty } from '../../../ui/empty';
import { Meter } from '../../../ui/meter';
import { Cell, Head, RowHead, Table } from '../../../ui/table';
import { ActionButton } from '../../action-form';
import { FigureChart } from '../../chart-table';
import { NONE } from '../../words';
import { revokeCustomerToken } from '../actions';

interface CapProps {
  readonly cap: CapView;
  readonly name: string;
  readonly formats: Formats;
}

export function CapMeter({ cap, name, formats }: CapProps) {
  const text = cap.unit === 'tokens' ? formats.count : formats.usd;
  const share = (value: number) => (cap.limit === null || cap.limit === 0 ? 0 : value / cap.limit);
  const of = cap.limit === null ? 'no cap' : `of ${text(cap.limit)}`;
  return (
    <div className="min-w-0">
      <h3 className="flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
        <span className="font-medium">{name}</span>
        <span className="figures">
          {text(cap.used)} <span className="text-quiet">{of}</span>
        </span>
      </h3>
      {cap.limit !== null && (
        <div className="mt-2">
          <Meter
            label={name}
            text={`${text(cap.used)} used and ${text(cap.held)} held ${of}`}
            used={cap.limit === 0 ? 1 : share(cap.used)}
            held={share(cap.held)}
            level={cap.level}
          />
        </div>
      )}
      <p className="mt-1.5 text-xs text-quiet">
        {cap.percent === null ? '' : `${formats.percent(cap.percent / 100)} used, `}
        {text(cap.held)} held
        {cap.remaining === null ? '' : `, ${text(cap.remaining)} left`}.{' '}
        {cap.blocked_until === null
          ? cap.reaches_at === null
            ? ''
            : `At this pace the cap is reached on ${formats.instant(cap.reaches_at)}.`
          : `Calls are refused until ${formats.instant(cap.blocked_until)}.`}
      </p>
    </div>
  );
}

export function Figures({ report, formats }: { readonly report: ReportView; readonly formats: Formats }) {
  if (report.totals.requests + report.totals.refusals === 0) return <Empty title="No calls in these days" />;
  const names = report.stack.map(({ model }) => model);
  const others = report.days.some((day) => day.models.some(({ model }) => model === null));
  const rows = report.days.map((day) => ({
    label: formats.day(day.day),
    values: Object.fromEntries(day.models.map((part) => [part.model ?? 'Others', part.cost_nano_usd])),
  }));
  return (
    <div className="flex flex-col gap-4">
      <div className="px-5">
        <FigureChart
          caption="Cost per day by model"
          rowName="Day"
          rows={rows}
          series={others ? [...new Set(names), 'Others'] : [...new Set(names)]}
          unit="usd"
          formats={formats}
        />
      </div>
      <Table caption="The last 30 days by model">
        <thead>
          <tr>
            <Head>Model</Head>
            <Head>Provider</Head>
            <Head figure>Calls</Head>
            <Head figure>Refused</Head>
            <Head figure>Tokens counted</Head>
            <Head figure>Cost</Head>
          </tr>
        </thead>
        <tbody>
          {report.models.lines.map((line) => (
            <tr key={`${line.provider ?? ''}/${line.model ?? ''}`}>
              <RowHead className="min-w-40">{line.model ?? NONE}</RowHead>
              <Cell>{line.provider === '' ? NONE : (line.provider ?? NONE)}</Cell>
              <Cell figure>{formats.count(line.requests)}</Cell>
              <Cell figure>{formats.count(line.refusals)}</Cell>
              <Cell figure>{formats.count(line.counted_tokens)}</Cell>
              <Cell figure>{formats.usd(line.cost_nano_usd)}</Cell>
            </tr>
          ))}
          <tr>
            <RowHead>All together</RowHead>
            <Cell />
            <Cell figure>{formats.count(report.totals.requests)}</Cell>
            <Cell figure>{formats.count(report.totals.refusals)}</Cell>
            <Cell figure>{formats.count(report.totals.counted_tokens)}</Cell>
            <Cell figure>{formats.usd(report.totals.cost_nano_usd)}</Cell>
          </tr>
        </tbody>
      </Table>
    </div>
  );
}

function tokenState(token: TokenView, nowMs: number) {
  if (token.revoked) return <Badge>Revoked</Badge>;
  if (token.expires_at !== null && Date.parse(token.expires_at) <= nowMs) return <Badge>Expired</Badge>;
  return <Badge tone="good">Active</Badge>;
}

interface TokensProps {
  readonly tokens: readonly TokenView[];
  readonly more: boolean;
  readonly nowMs: number;
  readonly formats: Formats;
}

export function Tokens({ tokens, more, nowMs, formats }: TokensProps) {
  if (tokens.length === 0)
    return <Empty title="No tokens yet">The customer makes them on their own page, or you by the API.</Empty>;
  return (
    <>
      <Table caption="Tokens, newest first">
        <thead>
          <tr>
            <Head>Token</Head>
            <Head>State</Head>
            <Head>Agent</Head>
            <Head>Last used</Head>
            <Head>Made</Head>
            <Head>
              <span className="sr-only">Revoke</span>
            </Head>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id} id={token.id}>
              <RowHead>
                {token.name}
                <code className="block text-xs font-normal text-quiet">{token.hint}</code>
              </RowHead>
              <Cell>{tokenState(token, nowMs)}</Cell>
              <Cell>{token.agent ?? NONE}</Cell>
              <Cell className="whitespace-nowrap">
                {token.last_used_at === null ? 'Never' : formats.instant(token.last_used_at)}
              </Cell>
              <Cell className="whitespace-nowrap">{formats.date(token.created_at)}</Cell>
              <Cell>
                {!token.revoked && (
                  <details>
                    <summary className="w-fit py-1 text-sm text-bad" aria-label={`Revoke ${token.name}`}>
                      Revoke
                    </summary>
                    <ActionButton
                      action={revokeCustomerToken}
                      values={{ token: token.id }}
                      look="danger"
                      size="small"
                      label={`Revoke for good: ${token.name}`}
                    >
                      Revoke for good
                    </ActionButton>
                  </details>
                )}
              </Cell>
            </tr>
          ))}
        </tbody>
      </Table>
      {more && <p className="px-5 py-3 text-sm text-quiet">Only the newest are shown; the API lists all.</p>}
    </>
  );
}

interface SessionsProps {
  readonly sessions: readonly SessionView[];
  readonly formats: Formats;
}

export function Sessions({ sessions, formats }: SessionsProps) {
  return (
    <Table caption="Sessions, latest first">
      <thead>
        <tr>
          <Head>Session</Head>
          <Head>Agent</Head>
          <Head>Latest model</Head>
          <Head figure>Calls</Head>
          <Head figure>Refused</Head>
          <Head figure>Tokens</Head>
          <Head figure>Cost</Head>
          <Head>Last call</Head>
        </tr>
      </thead>
      <tbody>
        {sessions.map((session) => (
          <tr key={session.key}>
            <RowHead className="max-w-56 truncate font-normal">
              <code title={session.key}>{session.key}</code>
            </RowHead>
            <Cell>{session.agent ?? NONE}</Cell>
            <Cell className="min-w-40">{session.last_model ?? NONE}</Cell>
            <Cell figure>{formats.count(session.requests)}</Cell>
            <Cell figure>{formats.count(session.refusals)}</Cell>
            <Cell figure>{formats.count(session.counted_tokens)}</Cell>
            <Cell figure>{formats.usd(session.cost_nano_usd)}</Cell>
            <Cell className="whitespace-nowrap">{formats.instant(session.last_at)}</Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

interface RefusalsProps {
  readonly calls: readonly RequestLineView[];
  readonly formats: Formats;
  /** The customer's part of the refusals' page. */
  readonly href: string;
}

export function LastRefusals({ calls, formats, href }: RefusalsProps) {
  return (
    <Card
      id="refusals"
      title="Last refusals"
      lead="Of the latest of these 30 days that had any."
      flush
      actions={
        <Link href={href} prefetch={false} className="text-sm underline underline-offset-3">
          By reason and day
        </Link>
      }
    >
      {calls.length === 0 ? (
        <Empty title="Nothing was refused in the last 30 days" />
      ) : (
        <Table caption="Refused calls, latest first">
          <thead>
            <tr>
              <Head>When</Head>
              <Head>Reason</Head>
              <Head>Model</Head>
              <Head figure>Status</Head>
            </tr>
          </thead>
          <tbody>
            {calls.map((call) => (
              <tr key={call.id}>
                <RowHead className="font-normal whitespace-nowrap">
                  {formats.instant(call.started_at)}
                </RowHead>
                <Cell>
                  <code>{call.error_code ?? 'unknown'}</code>
                  <span className="block text-xs text-quiet">{meaningOf(call.error_code ?? '')}</span>
                </Cell>
                <Cell>{call.model === '' ? NONE : call.model}</Cell>
                <Cell figure>{call.status ?? NONE}</Cell>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  );
}
