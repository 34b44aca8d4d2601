/** Everything kept of one call: its figures by kind, what they were priced by, and the ids to ask about it with. */
import Link from 'next/link';
import type { ReactNode } from 'react';
import type { RequestLineView } from '@/lib/account/present';
import type { Formats } from '../formats';
import { CopyText } from '../ui/copy-text';
import { endingWord, gradeWord } from './call-words';
import { sessionPath } from './session-path';

interface DetailsProps {
  readonly call: RequestLineView;
  /** The provider's own usage object. */
  readonly usageObject: string | undefined;
  readonly formats: Formats;
  /** Where calls of several sessions stand together. */
  readonly withSession: boolean;
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-quiet">{name}</dt>
      <dd className="figures break-words">{children}</dd>
    </div>
  );
}

function Id({ id, what }: { readonly id: string | null; readonly what: string }) {
  if (id === null) return '—';
  return (
    <span className="flex items-start gap-1">
      <code className="min-w-0 font-mono text-xs break-all">{id}</code>
      <CopyText text={id} what={what} />
    </span>
  );
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

/** Unknown and zero differ. */
const counted = (value: number | null, { count }: Formats): string =>
  value === null ? 'unknown' : count(value);

function Figures({ call, formats }: Pick<DetailsProps, 'call' | 'formats'>) {
  const kinds: readonly (readonly [string, number | null])[] = [
    ['Input', call.input_tokens],
    ['Cache read', call.cache_read_tokens],
    ['Cache write, 5 min', call.cache_write_5m_tokens],
    ['Cache write, 1 h', call.cache_write_1h_tokens],
    ['Output', call.output_tokens],
    ['Reasoning, of the output', call.reasoning_tokens],
    ['Web searches', call.web_search_requests],
    ['Counted against the cap', call.counted_tokens],
  ];
  return (
    <>
      {kinds.map(([name, value]) => (
        <Fact key={name} name={name}>
          {counted(value, formats)}
        </Fact>
      ))}
    </>
  );
}

export function CallDetails({ call, usageObject, formats, withSession }: DetailsProps) {
  const [ending, grade] = [endingWord(call.ending), gradeWord(call.grade)];
  return (
    <div className="flex flex-col gap-4 border-t border-line bg-sunken px-5 py-4 text-sm">
      <p>
        <strong className="font-semibold">{ending.name}.</strong> {ending.meaning}
        {grade !== null && (
          <>
            {' '}
            <strong className="font-semibold">{grade.name}.</strong> {grade.meaning}
          </>
        )}
      </p>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
        <Figures call={call} formats={formats} />
        <Fact name="Cost">{call.cost_nano_usd === null ? 'no price' : formats.usd(call.cost_nano_usd)}</Fact>
        <Fact name="Price version">{call.price_version ?? '—'}</Fact>
        <Fact name="Started">
          <time dateTime={call.started_at}>{formats.instant(call.started_at)}</time>
        </Fact>
        <Fact name="Path">{`${call.endpoint}${call.stream ? ', streamed' : ''}`}</Fact>
        <Fact name="Model reported">{call.reported_model ?? '—'}</Fact>
        <Fact name="Tries">{formats.count(call.attempts)}</Fact>
        {call.error_code !== null && (
          <Fact name="Error code">
            <code className="font-mono text-xs">{call.error_code}</code>
          </Fact>
        )}
        {withSession && (
          <Fact name="Session">
            {call.session === null ? (
              'none'
            ) : (
              <Link
                href={sessionPath(call.session)}
                prefetch={false}
                className="font-mono text-xs break-all text-accent underline"
              >
                {call.session}
              </Link>
            )}
          </Fact>
        )}
      </dl>
      <dl className="grid grid-cols-1 gap-3 sm:grid-cols-2">
        <Fact name="Request id">
          <Id id={call.id} what="the request id" />
        </Fact>
        <Fact name="The provider’s request id">
          <Id id={call.upstream_request_id} what="the provider’s request id" />
        </Fact>
        {call.client_request_id !== null && (
          <Fact name="The client’s request id">
            <Id id={call.client_request_id} what="the client’s request id" />
          </Fact>
        )}
      </dl>
      {usageObject !== undefined && (
        <figure className="min-w-0">
          <figcaption className="mb-1 text-xs text-quiet">The provider’s usage, as it came</figcaption>
          <pre
            tabIndex={0}
            role="group"
            aria-label="The provider’s usage"
            className="max-h-72 overflow-auto rounded-md border border-line bg-panel p-3 font-mono text-xs"
          >
            <code>{pretty(usageObject)}</code>
          </pre>
        </figure>
      )}
    </div>
  );
}
