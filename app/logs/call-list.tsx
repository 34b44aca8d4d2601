/** Calls one below the other, each a line that opens to everything kept of it; without scripts too. */
import { ChevronRight } from 'lucide-react';
import type { RequestLineView } from '@/lib/account/present';
import type { Formats } from '../formats';
import { Badge } from '../ui/badge';
import { CallBar, longestOf } from './call-bar';
import { CallDetails } from './call-details';
import { ENDING_WORDS, endingWord, GRADE_WORDS, gradeWord } from './call-words';

interface CallListProps {
  readonly label: string;
  readonly calls: readonly RequestLineView[];
  readonly usageObjects: ReadonlyMap<string, string>;
  readonly formats: Formats;
  /** Start of the session the calls are of; `null` where they are of several. */
  readonly sinceMs: number | null;
}

const COLUMNS =
  'grid grid-cols-[1rem_minmax(0,1fr)_auto] gap-x-3 gap-y-2 md:grid-cols-[1rem_7rem_minmax(0,1.3fr)_minmax(0,1.6fr)_minmax(0,1.3fr)_6rem_7rem]';

/** A call of a session by how far into it it began; others by their day. */
function When({
  call,
  formats,
  sinceMs,
}: { call: RequestLineView } & Pick<CallListProps, 'formats' | 'sinceMs'>) {
  const offsetMs = sinceMs === null ? null : Date.parse(call.started_at) - sinceMs;
  return (
    <span className="figures">
      <time dateTime={call.started_at} title={formats.instant(call.started_at)}>
        {formats.time(call.started_at)}
      </time>
      <span className="block text-xs text-quiet">
        {offsetMs === null ? formats.date(call.started_at) : `+ ${formats.duration(Math.max(0, offsetMs))}`}
      </span>
    </span>
  );
}

function Tokens({ call, formats: { compact, count } }: { call: RequestLineView; formats: Formats }) {
  const { input_tokens: sent, output_tokens: got, cache_read_tokens: read } = call;
  const written =
    call.cache_write_5m_tokens === null && call.cache_write_1h_tokens === null
      ? null
      : (call.cache_write_5m_tokens ?? 0) + (call.cache_write_1h_tokens ?? 0);
  // Unknown and zero differ: a refused call has no figures at all.
  if (sent === null && got === null) return <span className="text-quiet">no figures</span>;
  const short = (value: number | null) => (value === null ? '?' : compact(value));
  const exact = (value: number | null) => (value === null ? 'unknown' : count(value));
  return (
    <span
      className="figures"
      title={`${exact(sent)} in, ${exact(got)} out, ${exact(read)} cache read, ${exact(written)} cache write`}
    >
      {short(sent)} in · {short(got)} out
      {(read !== null || written !== null) && (
        <span className="block text-xs text-quiet">
          {short(read)} cache read · {short(written)} written
        </span>
      )}
    </span>
  );
}

function Outcome({ call }: { readonly call: RequestLineView }) {
  const [ending, grade] = [endingWord(call.ending), gradeWord(call.grade)];
  return (
    <span className="flex flex-col items-end gap-0.5 md:items-start">
      <span title={ending.meaning}>
        <Badge tone={ending.tone}>{ending.name}</Badge>
      </span>
      <span className="text-xs text-quiet" title={grade?.meaning}>
        {[call.status, grade?.name].filter((part) => part !== null && part !== undefined).join(' · ')}
      </span>
    </span>
  );
}

function Line({
  call,
  longestMs,
  ...rest
}: { call: RequestLineView; longestMs: number } & Omit<CallListProps, 'calls' | 'label'>) {
  const { formats } = rest;
  return (
    <li className="border-t border-line first:border-t-0">
      <details className="group">
        <summary
          className={`${COLUMNS} list-none items-start px-5 py-2.5 text-sm hover:bg-sunken [&::-webkit-details-marker]:hidden`}
        >
          <ChevronRight aria-hidden className="mt-0.5 size-4 text-quiet group-open:rotate-90" />
          <When call={call} formats={formats} sinceMs={rest.sinceMs} />
          <span className="min-w-0 max-md:order-4 max-md:col-span-2 max-md:col-start-2">
            <span className="block truncate font-medium" title={call.model}>
              {call.model === '' ? 'no model' : call.model}
            </span>
            <span className="block truncate text-xs text-quiet">
              {call.error_code ?? (call.provider === '' ? '—' : call.provider)}
            </span>
          </span>
          <span className="min-w-0 max-md:order-5 max-md:col-span-2 max-md:col-start-2">
            <CallBar call={call} longestMs={longestMs} formats={formats} />
          </span>
          <span className="max-md:order-6 max-md:col-start-2">
            <Tokens call={call} formats={formats} />
          </span>
          <span className="figures text-right max-md:order-7">
            {call.cost_nano_usd === null ? '—' : formats.usd(call.cost_nano_usd)}
          </span>
          <Outcome call={call} />
        </summary>
        <CallDetails
          call={call}
          usageObject={rest.usageObjects.get(call.id)}
          formats={formats}
          withSession={rest.sinceMs === null}
        />
      </details>
    </li>
  );
}

/** What the colours of the bars and the words of the lines mean. */
function Legend() {
  return (
    <details className="border-t border-line px-5 py-3 text-sm">
      <summary className="w-fit py-1 text-quiet">What the words and bars mean</summary>
      <ul className="mt-2 flex flex-wrap gap-x-6 gap-y-1">
        <li className="flex items-center gap-2">
          <span aria-hidden className="h-2 w-6 rounded-sm bg-edge" /> until the first byte
        </li>
        <li className="flex items-center gap-2">
          <span aria-hidden className="h-2 w-6 rounded-sm bg-accent" /> from the first byte to the last
        </li>
        <li className="text-quiet">A full bar is as long as the longest call on this page.</li>
      </ul>
      <dl className="mt-3 grid gap-x-6 gap-y-1 sm:grid-cols-2">
        {[...ENDING_WORDS, ...GRADE_WORDS].map(({ name, meaning }) => (
          <div key={name} className="flex gap-2">
            <dt className="w-20 shrink-0 font-medium">{name}</dt>
            <dd className="text-quiet">{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

export function CallList({ label, calls, ...rest }: CallListProps) {
  const longestMs = longestOf(calls);
  return (
    <>
      <div
        aria-hidden
        className={`${COLUMNS} border-b border-line px-5 pb-2 text-xs font-medium text-quiet max-md:hidden`}
      >
        <span />
        <span>Time</span>
        <span>Model</span>
        <span>Duration</span>
        <span>Tokens</span>
        <span className="text-right">Cost</span>
        <span>Ending, grade</span>
      </div>
      <ol aria-label={label}>
        {calls.map((call) => (
          <Line key={call.id} call={call} longestMs={longestMs} {...rest} />
        ))}
      </ol>
      <Legend />
    </>
  );
}
