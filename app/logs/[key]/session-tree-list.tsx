/** The sessions below one as a list of lists: each stands under the one that started it. */
import Link from 'next/link';
import type { SessionView } from '@/lib/account/present-session';
import type { Formats } from '../../formats';
import { Badge } from '../../ui/badge';
import { sessionEnding } from '../call-words';
import { sessionPath } from '../session-path';
import { type Branch, branchesOf } from '../session-tree';
import { lastedMs, shortKey } from '../session-table';

interface BranchesProps {
  readonly branches: readonly Branch<SessionView>[];
  readonly formats: Formats;
}

function Entry({ session, formats }: { readonly session: SessionView; readonly formats: Formats }) {
  const ending = sessionEnding(session);
  const requests = formats.count(session.requests);
  return (
    <div className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 py-1.5 text-sm">
      <Link
        href={sessionPath(session.key)}
        prefetch={false}
        title={session.key}
        className="max-w-full min-w-0 truncate font-mono text-[0.8125rem] text-accent hover:underline sm:max-w-96"
      >
        {shortKey(session)}
      </Link>
      <span className="min-w-0 truncate text-quiet">{session.agent ?? session.last_model ?? 'no agent'}</span>
      <span className="figures ml-auto flex flex-wrap items-baseline gap-x-4">
        <span>
          {requests} {session.requests === 1 ? 'request' : 'requests'}
        </span>
        <span>{formats.usd(session.cost_nano_usd)}</span>
        <span className="text-quiet">
          {session.running > 0 ? 'still running' : formats.duration(lastedMs(session))}
        </span>
        <span title={ending.meaning}>
          <Badge tone={ending.tone}>{ending.name}</Badge>
        </span>
      </span>
    </div>
  );
}

function Branches({ branches, formats }: BranchesProps) {
  return (
    <ul className="divide-y divide-line">
      {branches.map(({ session, branches: deeper }) => (
        <li key={session.key}>
          <Entry session={session} formats={formats} />
          {deeper.length > 0 && (
            <div className="border-l-2 border-line pl-3 sm:pl-5">
              <Branches branches={deeper} formats={formats} />
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

interface SessionTreeProps {
  readonly of: string;
  readonly sessions: readonly SessionView[];
  readonly formats: Formats;
}

export function SessionTree({ of, sessions, formats }: SessionTreeProps) {
  return <Branches branches={branchesOf(of, sessions)} formats={formats} />;
}
