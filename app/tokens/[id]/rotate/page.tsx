import type { Metadata } from 'next';
import { Alert } from '../../../ui/alert';
import { accountFor, customerHere } from '../../../viewer';
import { rotateTokenAction } from '../../actions';
import { TokenFrame } from '../../frame';
import { ReadingOnly } from '../../reading-only';
import { RotateForm } from '../../token-form-card';
import { tokenHere, untouched } from '../../token-here';
import { isLive, stateOf } from '../../token-state';
import { tokenHref } from '../../token-table';

export const metadata: Metadata = { title: 'Rotate a token · Tollgate' };

export default async function RotateToken({ params }: { readonly params: Promise<{ readonly id: string }> }) {
  const viewer = await customerHere();
  const [{ id }, account] = await Promise.all([params, accountFor(viewer)]);
  const token = await tokenHere(account, viewer.userId, id);
  const href = tokenHref(token.id);
  const ended = !isLive(stateOf(token, account.nowMs()));
  return (
    <TokenFrame viewer={viewer} title="Rotate a token" below={{ href, name: token.name }}>
      {/* The form stays when its answer has just ended the token: the answer holds the new secret. */}
      {viewer.mayChange ? (
        <RotateForm
          action={rotateTokenAction.bind(null, token.id)}
          initial={untouched()}
          back={href}
          submit="Rotate"
        >
          {ended && (
            <Alert tone="warn" title="This token has ended.">
              It can’t be rotated any more; create a new one.
            </Alert>
          )}
        </RotateForm>
      ) : (
        <ReadingOnly />
      )}
    </TokenFrame>
  );
}
