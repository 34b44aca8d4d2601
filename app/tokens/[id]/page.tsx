import type { Metadata } from 'next';
import Link from 'next/link';
import type { ReactNode } from 'react';
import type { TokenView } from '@/lib/account/present';
import { readTokenMonths, type TokenMonthView } from '@/lib/account/read-token-months';
import { ownTokenOf } from '@/lib/web/own-token';
import type { Formats } from '../../formats';
import { formatsHere } from '../../preferences';
import { Alert } from '../../ui/alert';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { CopyText } from '../../ui/copy-text';
import { accountFor, customerHere } from '../../viewer';
import { ZoneCookie } from '../../zone-cookie';
import { changeTokenAction } from '../actions';
import { TokenFrame } from '../frame';
import { ReadingOnly } from '../reading-only';
import { wishOf } from '../token-form';
import { TokenForm } from '../token-form-card';
import { choicesHere, tokenHere, untouched } from '../token-here';
import { isLive, STATE_WORDS, stateOf } from '../token-state';
import { scopesOf, tokenHref } from '../token-table';
import { TokenUse } from '../token-use';

export const metadata: Metadata = { title: 'Token · Tollgate' };

interface AboutProps {
  readonly token: TokenView;
  readonly month: TokenMonthView | undefined;
  readonly formats: Formats;
  readonly nowMs: number;
}

function About({ token, month, formats, nowMs }: AboutProps) {
  const [tone, state] = STATE_WORDS[stateOf(token, nowMs)];
  const at = (instant: string | null, none: string) => (instant === null ? none : formats.instant(instant));
  const scopes = scopesOf(token);
  const facts: readonly (readonly [string, ReactNode])[] = [
    [
      'State',
      <Badge key="state" tone={tone}>
        {state}
      </Badge>,
    ],
    [
      'Begins with',
      <code key="hint" className="font-mono text-[0.8125rem]">
        {token.hint}
      </code>,
    ],
    ['Agent', token.agent ?? '—'],
    ['Campaign', token.campaign ?? '—'],
    ['May use', scopes.length === 0 ? 'All of your plan' : scopes.join('; ')],
    ['Created', at(token.created_at, '')],
    ['Last used', at(token.last_used_at, 'never')],
    token.revoked
      ? ['Revoked', at(token.revoked_at, '')]
      : ['Ends', at(token.expires_at, 'when you revoke it')],
    ['Calls this month', formats.count(month?.requests ?? 0)],
    ['Used this month', <TokenUse key="use" token={token} month={month} formats={formats} />],
  ];
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-4 text-sm sm:grid-cols-5">
      {facts.map(([name, value]) => (
        <div key={name} className="min-w-0">
          <dt className="text-xs text-quiet">{name}</dt>
          <dd className="mt-0.5 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Actions({ id }: { readonly id: string }) {
  return (
    <>
      <Button asChild>
        <Link href={`${tokenHref(id)}/rotate`} prefetch={false}>
          Rotate
        </Link>
      </Button>
      <Button asChild look="danger">
        <Link href={`${tokenHref(id)}/revoke`} prefetch={false}>
          Revoke
        </Link>
      </Button>
    </>
  );
}

interface PageProps {
  readonly params: Promise<{ readonly id: string }>;
  readonly searchParams: Promise<Readonly<Record<string, unknown>>>;
}

export default async function TokenPage({ params, searchParams }: PageProps) {
  const viewer = await customerHere();
  const [{ id }, query, account, formats] = await Promise.all([
    params,
    searchParams,
    accountFor(viewer),
    formatsHere(),
  ]);
  const user = viewer.userId;
  const token = await tokenHere(account, user, id);
  const [months, choices, own] = await Promise.all([
    readTokenMonths(account, { user, ids: [token.id] }),
    choicesHere(account, user, formats),
    ownTokenOf(account.database, viewer),
  ]);
  const nowMs = account.nowMs();
  const live = isLive(stateOf(token, nowMs));
  const month = months.get(token.id);
  return (
    <TokenFrame
      viewer={viewer}
      title={token.name}
      lead={
        <span className="flex items-start gap-1">
          <code className="min-w-0 font-mono text-[0.8125rem] break-all">{token.id}</code>
          <CopyText text={token.id} what="the token’s id" />
        </span>
      }
      actions={viewer.mayChange && live && <Actions id={token.id} />}
    >
      <ZoneCookie known={formats.timeZone} />
      {query['done'] === 'saved' && (
        <Alert tone="good" role="status" title="Saved.">
          It holds from the next call on.
        </Alert>
      )}
      {!viewer.mayChange && <ReadingOnly />}
      <Card id="about" title="This token">
        <About token={token} month={month} formats={formats} nowMs={nowMs} />
        <p className="mt-4 border-t border-line pt-3 text-sm">
          <Link
            href={`/logs?token=${encodeURIComponent(token.id)}`}
            prefetch={false}
            className="text-accent underline"
          >
            Its sessions
          </Link>
        </p>
      </Card>
      {viewer.mayChange && live && (
        <TokenForm
          // The form starts from the token as it is now; its last day is the reader's.
          key={`${token.updated_at} ${formats.timeZone}`}
          action={changeTokenAction.bind(null, token.id)}
          initial={untouched(wishOf(token, formats.timeZone))}
          back="/tokens"
          submit="Save"
          title="Change it"
          choices={choices}
          note={
            own === token.id && (
              <Alert>
                You are signed in with this token. Once it is narrowed, capped or has a last day, this session
                can only look.
              </Alert>
            )
          }
        />
      )}
    </TokenFrame>
  );
}
