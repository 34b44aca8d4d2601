import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import type { AccountContext } from '@/lib/account/context';
import { getUser } from '@/lib/account/get-user';
import { listAudit } from '@/lib/account/list-audit';
import { listPlans } from '@/lib/account/list-plans';
import { listRequests } from '@/lib/account/list-requests';
import { listSessions } from '@/lib/account/list-sessions';
import { listTokens } from '@/lib/account/list-tokens';
import type { RequestLineView, UserView } from '@/lib/account/present';
import { reportUsage } from '@/lib/account/report-usage';
import type { ReportView } from '@/lib/account/report-views';
import { GatewayError } from '@/lib/domain/errors';
import { getServer } from '@/lib/server';
import { formatsHere } from '../../../preferences';
import { Badge } from '../../../ui/badge';
import { Button } from '../../../ui/button';
import { Card } from '../../../ui/card';
import { Empty } from '../../../ui/empty';
import { accountFor, operatorHere } from '../../../viewer';
import { ZoneCookie } from '../../../zone-cookie';
import { ActionButton } from '../../action-form';
import { AuditTable } from '../../audit-table';
import { Frame } from '../../page-frame';
import { customerIn, customerPath, href } from '../../query';
import { NONE } from '../../words';
import { changeCustomer, makeSignInLink, suspendCustomer } from '../actions';
import { CustomerForm, SignInLinkForm } from '../customer-forms';
import { CapMeter, Figures, LastRefusals, Sessions, Tokens } from './customer-facts';

export const metadata: Metadata = { title: 'Customer · Tollgate' };

const LATEST = 10;
const TOKENS_SHOWN = 100;

/** Of the latest day that had any: looking for them among all calls could take long. */
async function lastRefusals(
  account: AccountContext,
  report: ReportView,
): Promise<readonly RequestLineView[]> {
  const day = report.days.findLast(({ refusals }) => refusals > 0);
  if (day === undefined) return [];
  const { user } = report;
  const span = { from: day.starts_at, to: day.ends_at };
  return (await listRequests(account, { user, ending: 'refused', limit: LATEST, ...span })).data;
}

async function read(id: string) {
  const viewer = await operatorHere();
  const [account, server, formats] = await Promise.all([accountFor(viewer), getServer(), formatsHere()]);
  try {
    const customer = await getUser(account, { id });
    const [report, plans, tokens, sessions, audit] = await Promise.all([
      reportUsage(
        account,
        { user: id, range: '30d', time_zone: formats.timeZone },
        { ...server.upgrades, peekMinute: server.peekMinute },
      ),
      listPlans(account, {}),
      listTokens(account, { user: id, limit: TOKENS_SHOWN }),
      listSessions(account, { user: id, limit: LATEST }),
      listAudit(account, { user: id, limit: LATEST }),
    ]);
    const refused = await lastRefusals(account, report);
    return {
      viewer,
      formats,
      nowMs: account.nowMs(),
      customer,
      report,
      plans,
      tokens,
      sessions,
      refused,
      audit,
    };
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'not_found') return notFound();
    throw error;
  }
}

function StripeIds({ customer }: { readonly customer: UserView }) {
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 text-sm">
      <dt className="text-quiet">Stripe customer</dt>
      <dd className="break-all">{customer.stripe_customer_id ?? NONE}</dd>
      <dt className="text-quiet">Stripe subscription</dt>
      <dd className="break-all">{customer.stripe_subscription_id ?? NONE}</dd>
    </dl>
  );
}

export default async function Customer({ params }: { readonly params: Promise<{ id: string }> }) {
  const id = customerIn((await params).id);
  const { viewer, formats, nowMs, customer, report, plans, tokens, sessions, refused, audit } =
    await read(id);
  return (
    <Frame
      viewer={viewer}
      current="/admin"
      title={customer.name ?? customer.id}
      lead={
        <span className="flex flex-wrap items-center gap-2">
          <code>{customer.id}</code>
          <Badge>{customer.plan}</Badge>
          {customer.suspended_at !== null && (
            <Badge tone="warn">Suspended since {formats.date(customer.suspended_at)}</Badge>
          )}
          <span>here since {formats.date(customer.created_at)}</span>
        </span>
      }
      actions={
        <>
          <Button asChild>
            <a
              href={href('/admin/download/customer', { user: customer.id, from: report.from, to: report.to })}
              download
            >
              CSV
            </a>
          </Button>
          <Button asChild>
            <Link href="/admin" prefetch={false}>
              All customers
            </Link>
          </Button>
        </>
      }
    >
      <ZoneCookie known={formats.timeZone} />
      <Card
        id="caps"
        title="This month"
        lead={`The caps of the plan "${report.plan}", in UTC; they start afresh on ${formats.instant(report.caps.resets_at)}.`}
      >
        <div className="grid gap-6 sm:grid-cols-2">
          <CapMeter cap={report.caps.tokens} name="Tokens" formats={formats} />
          <CapMeter cap={report.caps.cost} name="Money" formats={formats} />
        </div>
        <p className="mt-4 text-sm text-quiet">
          {formats.count(report.running)} running now; calls today: {formats.count(report.today.requests)},
          refused: {formats.count(report.today.refusals)}; per minute{' '}
          {formats.count(report.minute.requests.limit)} requests and{' '}
          {formats.count(report.minute.tokens.limit)} tokens.
        </p>
      </Card>
      <Card id="figures" title="The last 30 days" lead={`Days of ${report.time_zone}.`} flush>
        <Figures report={report} formats={formats} />
      </Card>
      <div className="grid gap-5 lg:grid-cols-2">
        <Card id="account" title="Name and plan">
          <CustomerForm
            action={changeCustomer}
            customer={customer}
            plans={plans.data.map(({ plan }) => plan)}
          />
        </Card>
        <div className="flex min-w-0 flex-col gap-5">
          <Card
            id="sign-in"
            title="Sign-in link"
            lead="For support, or for your own pages: opens this customer’s pages."
          >
            <SignInLinkForm action={makeSignInLink} user={customer.id} />
          </Card>
          <Card
            id="suspension"
            title={customer.suspended ? 'Suspended' : 'Suspend'}
            lead={
              customer.suspended
                ? 'Every call is refused; the pages can be read.'
                : 'Refuses every call from the next one on. Nothing is deleted.'
            }
          >
            <ActionButton
              action={suspendCustomer}
              values={{ user: customer.id, suspended: String(!customer.suspended) }}
              look={customer.suspended ? 'main' : 'danger'}
            >
              {customer.suspended ? 'Resume' : 'Suspend'}
            </ActionButton>
          </Card>
          <Card id="stripe" title="Payment">
            <StripeIds customer={customer} />
          </Card>
        </div>
      </div>
      <Card id="tokens" title="Tokens" flush>
        <Tokens tokens={tokens.data} more={tokens.has_more} nowMs={nowMs} formats={formats} />
      </Card>
      <Card
        id="sessions"
        title="Latest sessions"
        flush
        actions={
          <Link
            href={`${customerPath(id)}/sessions`}
            prefetch={false}
            className="text-sm underline underline-offset-3"
          >
            All sessions
          </Link>
        }
      >
        {sessions.data.length === 0 ? (
          <Empty title="No sessions yet" />
        ) : (
          <Sessions sessions={sessions.data} formats={formats} />
        )}
      </Card>
      <LastRefusals calls={refused} formats={formats} href={href('/admin/refusals', { user: id })} />
      <Card
        id="audit"
        title="Changes"
        flush
        actions={
          <Link
            href={href('/admin/audit', { user: id })}
            prefetch={false}
            className="text-sm underline underline-offset-3"
          >
            All changes
          </Link>
        }
      >
        {audit.data.length === 0 ? (
          <Empty title="Nothing was changed yet" />
        ) : (
          <AuditTable entries={audit.data} caption="Latest changes" formats={formats} withCustomer={false} />
        )}
      </Card>
    </Frame>
  );
}
