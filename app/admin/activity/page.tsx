import type { Metadata } from 'next';
import Link from 'next/link';
import type { ActivityView } from '@/lib/account/operator-views';
import { readActivity } from '@/lib/account/read-activity';
import { dayOf } from '@/lib/domain/month';
import { RULE_WORDS, SUSPICION_RULES } from '@/lib/domain/suspicion';
import type { Formats } from '../../formats';
import { formatsHere } from '../../preferences';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Empty } from '../../ui/empty';
import { TextField } from '../../ui/field';
import { Cell, Head, RowHead, Table } from '../../ui/table';
import { accountFor, operatorHere } from '../../viewer';
import { BadAddress, CsvLink, Frame } from '../page-frame';
import { asked, customerPath, href, pick, type Props } from '../query';
import { NONE } from '../words';

export const metadata: Metadata = { title: 'Activity · Tollgate' };

const PATH = '/admin/activity';
const DAY_MS = 86_400_000;

type Finding = ActivityView['findings'][number];

function amount({ unit }: Finding, value: number, formats: Formats): string {
  if (unit === 'nano_usd') return formats.usd(value);
  return `${formats.count(value)} ${unit}`;
}

/** What is compared with what. */
const USUAL: Readonly<Record<Finding['rule'], string>> = {
  spend_jump: 'a day before',
  refusals: 'allowed',
  token_returns: 'allowed silence',
  new_model: 'half of the day',
  many_tokens: 'allowed',
};

function Row({ finding, formats }: { readonly finding: Finding; readonly formats: Formats }) {
  const { rule, user, name, subject, value, usual, times } = finding;
  const page = customerPath(user);
  return (
    <tr>
      <RowHead className="max-w-64">
        <Link href={page} prefetch={false} className="block truncate underline underline-offset-3">
          {name}
        </Link>
        {name !== user && <span className="block truncate text-xs font-normal text-quiet">{user}</span>}
      </RowHead>
      <Cell>
        <Badge tone="warn">{RULE_WORDS[rule].title}</Badge>
        {subject !== null && (
          <span className="mt-0.5 block text-xs break-all text-quiet">
            {rule === 'token_returns' ? (
              <a href={`${page}#${subject}`} className="underline underline-offset-3">
                {subject}
              </a>
            ) : (
              subject
            )}
          </span>
        )}
      </Cell>
      <Cell figure>{amount(finding, value, formats)}</Cell>
      <Cell figure>
        {amount(finding, usual, formats)} <span className="text-quiet">{USUAL[rule]}</span>
      </Cell>
      <Cell figure>{times === null ? NONE : `${new Intl.NumberFormat(formats.locale).format(times)} ×`}</Cell>
    </tr>
  );
}

interface DayProps {
  readonly view: ActivityView;
  readonly name: string;
  readonly formats: Formats;
}

function Day({ view, name, formats }: DayProps) {
  return (
    <Card
      id={`day-${view.day}`}
      title={`${name}, ${formats.day(view.day)}`}
      lead={`${formats.count(view.findings.length)} to look at. The day is that of UTC.`}
      flush
    >
      {view.findings.length === 0 ? (
        <Empty title="Nothing out of the ordinary" />
      ) : (
        <Table caption={`Suspicious activity on ${formats.day(view.day)}`}>
          <thead>
            <tr>
              <Head>Customer</Head>
              <Head>What</Head>
              <Head figure>Found</Head>
              <Head figure>Compared with</Head>
              <Head figure>Times</Head>
            </tr>
          </thead>
          <tbody>
            {view.findings.map((finding) => (
              <Row
                key={`${finding.rule}/${finding.user}/${finding.subject ?? ''}`}
                finding={finding}
                formats={formats}
              />
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  );
}

function Rules() {
  return (
    <Card id="rules" title="What is looked for">
      <dl className="flex flex-col gap-2 text-sm">
        {SUSPICION_RULES.map((rule) => (
          <div key={rule}>
            <dt className="inline font-medium">{RULE_WORDS[rule].title}: </dt>
            <dd className="inline text-quiet">{RULE_WORDS[rule].looksFor}.</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

export default async function Activity({ searchParams }: Props) {
  const viewer = await operatorHere();
  const [account, formats, given] = await Promise.all([accountFor(viewer), formatsHere(), searchParams]);
  const query = pick(given, ['day']);
  const nowMs = account.nowMs();
  const today = dayOf(nowMs);
  const yesterday = dayOf(nowMs - DAY_MS);
  // Just after midnight today has hardly begun, so yesterday is always shown with it.
  const days = query.day === undefined ? [today, yesterday] : [query.day];
  const { value: views, problem } = await asked(
    Promise.all(days.map((day) => readActivity(account, { day }))),
  );
  const names: Readonly<Record<string, string>> = { [today]: 'Today', [yesterday]: 'Yesterday' };
  const first = days.at(-1) ?? today;
  return (
    <Frame
      viewer={viewer}
      current={PATH}
      title="Activity"
      lead="What of a day’s calls, tokens and spend is worth a look."
      actions={<CsvLink href={href('/admin/download/activity', { day: query.day ?? today })} />}
    >
      {views === null ? (
        <BadAddress problem={problem} path={PATH} />
      ) : (
        <>
          <form key={first} action={PATH} aria-label="Another day" className="flex flex-wrap items-end gap-3">
            <TextField label="Day" name="day" type="date" max={today} defaultValue={query.day ?? today} />
            <Button type="submit">Show</Button>
            <Button asChild look="quiet">
              <Link href={href(PATH, { day: dayOf(Date.parse(first) - DAY_MS) })} prefetch={false}>
                The day before
              </Link>
            </Button>
            {query.day !== undefined && (
              <Button asChild look="quiet">
                <Link href={PATH} prefetch={false}>
                  Today
                </Link>
              </Button>
            )}
          </form>
          {views.map((view) => (
            <Day key={view.day} view={view} name={names[view.day] ?? 'The day'} formats={formats} />
          ))}
          <Rules />
        </>
      )}
    </Frame>
  );
}
