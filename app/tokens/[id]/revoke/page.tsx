import type { Metadata } from 'next';
import { ownTokenOf } from '@/lib/web/own-token';
import { formatsHere } from '../../../preferences';
import { Alert } from '../../../ui/alert';
import { accountFor, customerHere } from '../../../viewer';
import { revokeTokenAction } from '../../actions';
import { TokenFrame } from '../../frame';
import { ReadingOnly } from '../../reading-only';
import { RevokeForm } from '../../token-form-card';
import { tokenHere, untouched } from '../../token-here';
import { tokenHref } from '../../token-table';

export const metadata: Metadata = { title: 'Revoke a token · Tollgate' };

export default async function RevokeToken({ params }: { readonly params: Promise<{ readonly id: string }> }) {
  const viewer = await customerHere();
  const [{ id }, account, formats] = await Promise.all([params, accountFor(viewer), formatsHere()]);
  const token = await tokenHere(account, viewer.userId, id);
  const own = await ownTokenOf(account.database, viewer);
  const href = tokenHref(token.id);
  return (
    <TokenFrame viewer={viewer} title="Revoke a token" below={{ href, name: token.name }}>
      {token.revoked ? (
        <Alert title="This token is revoked already." />
      ) : viewer.mayChange ? (
        <RevokeForm
          action={revokeTokenAction.bind(null, token.id)}
          initial={untouched()}
          back={href}
          submit="Revoke it"
        >
          <p className="text-sm break-words">
            The next call with <strong className="font-semibold">{token.name}</strong> ({token.hint}) is
            refused, and whatever uses it stops working.{' '}
            {token.last_used_at === null
              ? 'It was never used.'
              : `It was last used at ${formats.instant(token.last_used_at)}.`}{' '}
            Calls already under way end as they would.
          </p>
          {own === token.id && (
            <Alert tone="warn" title="You are signed in with this token.">
              Revoking it signs you out here.
            </Alert>
          )}
        </RevokeForm>
      ) : (
        <ReadingOnly />
      )}
    </TokenFrame>
  );
}
