import type { Metadata } from 'next';
import Link from 'next/link';
import { listEvents } from '@/lib/account/list-events';
import type { EventLine } from '@/lib/account/operator-views';
import { EVENT_TYPES } from '@/lib/account/present-outbox-event';
import type { Formats } from '../../formats';
import { formatsHere } from '../../preferences';
import { Badge, type Tone } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Empty } from '../../ui/empty';
import { SelectField, TextField } from '../../ui/field';
import { Pager } from '../../ui/pager';
import { Cell, Head, RowHead, Table } from '../../ui/table';
import { accountFor, operatorHere } from '../../viewer';
import { ActionButton } from '../action-form';
import { BadAddress, CsvLink, Frame } from '../page-frame';
import { asked, customerPath, href, pick, type Props } from '../query';
import { retryNow } from './actions';

export const metadata: Metadata = { title: 'Events · Tollgate' };

const PATH = '/admin/events';
const FILTER = ['user', 'type', 'state'] as const;

const STATES: Readonly<Record<EventLine['state'], { readonly word: string; readonly tone: Tone }>> = {
  delivered: { word: 'Delivered', tone: 'good' },
  waiting: { word: 'Waiting', tone: 'plain' },
  failing: { word: 'Failing', tone: 'bad' },
  given_up: { word: 'Given up', tone: 'warn' },
};

/** What happened, in a sentence; an unknown kind of event shows its facts as they are. */
function factsText({ type, facts }: EventLine, formats: Formats): string {
  const { cap, threshold, used, limit, month } = facts;
  if ((cap !== 'tokens' && cap !== 'cost') || typeof limit !== 'number') return JSON.stringify(facts);
  const text = (value: unknown) =>
    typeof value === 'number' ? (cap === 'cost' ? formats.usd(value) : formats.count(value)) : '?';
  const what =
    type === 'usage.blocked' || typeof threshold !== 'number'
      ? 'A first call was refused'
      : `${threshold}% reached`;
  const of = `${text(used)} of ${text(limit)}${cap === 'tokens' ? ' tokens' : ''}`;
  return `${what}: ${of}${typeof month === 'string' ? ` in ${month}` : ''}`;
}

function State({ event, formats }: { readonly event: EventLine; readonly formats: Formats }) {
  const { word, tone } = STATES[event.state];
  return (
    <>
      <Badge tone={tone}>{word}</Badge>
      <span className="mt-0.5 block text-xs text-quiet">
        {event.delivered_at !== null && formats.instant(event.delivered_at)}
        {event.next_attempt_at !== null && `next try ${formats.instant(event.next_attempt_at)}`}
      </span>
      {event.last_error !== null && (
        <span className="block max-w-72 text-xs break-words text-bad">{event.last_error}</span>
      )}
    </>
  );
}

interface EventsProps {
  readonly events: readonly EventLine[];
  readonly formats: Formats;
}

function Events({ events, formats }: EventsProps) {
  return (
    <Table caption="Events, newest first">
      <thead>
        <tr>
          <Head>When</Head>
          <Head>Customer</Head>
          <Head>What</Head>
          <Head>State</Head>
          <Head figure>Tries</Head>
          <Head>
            <span className="sr-only">Try again</span>
          </Head>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <tr key={event.id}>
            <RowHead className="font-normal whitespace-nowrap">{formats.instant(event.created_at)}</RowHead>
            <Cell className="max-w-48 truncate">
              <Link href={customerPath(event.user)} prefetch={false} className="underline underline-offset-3">
                {event.user}
              </Link>
            </Cell>
            <Cell className="min-w-56">
              <code className="text-xs">{event.type}</code>
              <span className="block">{factsText(event, formats)}</span>
            </Cell>
            <Cell>
              <State event={event} formats={formats} />
            </Cell>
            <Cell figure>{formats.count(event.attempts)}</Cell>
            <Cell>
              {event.next_attempt_at !== null && (
                <ActionButton
                  action={retryNow}
                  values={{ event: event.id }}
                  size="small"
                  label={`Try now: ${event.type} of ${event.user}`}
                >
                  Try now
                </ActionButton>
              )}
            </Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Filter({ query }: { readonly query: ReturnType<typeof pick<(typeof FILTER)[number]>> }) {
  return (
    <form
      key={href(PATH, query)}
      action={PATH}
      role="search"
      aria-label="Filter events"
      className="flex flex-wrap items-end gap-3 border-b border-line px-5 pb-4"
    >
      <TextField label="Customer’s id" name="user" defaultValue={query.user} className="basis-48" />
      <SelectField label="Type" name="type" defaultValue={query.type ?? ''} className="basis-52">
        <option value="">All</option>
        {EVENT_TYPES.map((type) => (
          <option key={type} value={type}>
            {type}
          </option>
        ))}
      </SelectField>
      <SelectField label="State" name="state" defaultValue={query.state ?? ''} className="basis-36">
        <option value="">All</option>
        <option value="waiting">Not delivered</option>
        <option value="delivered">Delivered</option>
      </SelectField>
      <Button type="submit" look="main">
        Show
      </Button>
      {Object.keys(query).length > 0 && (
        <Button asChild look="quiet">
          <Link href={PATH} prefetch={false}>
            Clear
          </Link>
        </Button>
      )}
    </form>
  );
}

export default async function EventsPage({ searchParams }: Props) {
  const viewer = await operatorHere();
  const [account, formats, given] = await Promise.all([accountFor(viewer), formatsHere(), searchParams]);
  const query = pick(given, FILTER);
  const { cursor } = pick(given, ['cursor']);
  const { value: page, problem } = await asked(
    listEvents(account, cursor === undefined ? query : { ...query, cursor }),
  );
  const frame = { viewer, current: PATH, title: 'Events' };
  if (page === null)
    return (
      <Frame {...frame}>
        <BadAddress problem={problem} path={PATH} />
      </Frame>
    );
  return (
    <Frame
      {...frame}
      lead={`What your webhook is told of. ${formats.count(page.waiting)} not delivered, ${formats.count(page.failing)} of them after a failed try.`}
      actions={<CsvLink href={href('/admin/download/events', query)} />}
    >
      <Card id="events" title="The outbox" flush>
        <Filter query={query} />
        {page.data.length === 0 ? (
          <Empty title="No events">
            One is made when a customer reaches 80, 95 or 100 % of a cap, and when a cap first refuses a call.
          </Empty>
        ) : (
          <Events events={page.data} formats={formats} />
        )}
        <Pager
          label="Pages of events"
          first={cursor === undefined ? null : href(PATH, query)}
          next={page.next_cursor === null ? null : href(PATH, { ...query, cursor: page.next_cursor })}
        />
      </Card>
    </Frame>
  );
}
