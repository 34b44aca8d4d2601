import type { Metadata } from 'next';
import { formatsHere } from '../../preferences';
import { accountFor, customerHere } from '../../viewer';
import { ZoneCookie } from '../../zone-cookie';
import { createTokenAction } from '../actions';
import { TokenFrame } from '../frame';
import { ReadingOnly } from '../reading-only';
import { TokenForm } from '../token-form-card';
import { choicesHere, untouched } from '../token-here';

export const metadata: Metadata = { title: 'New token · Tollgate' };

export default async function NewToken() {
  const viewer = await customerHere();
  const [account, formats] = await Promise.all([accountFor(viewer), formatsHere()]);
  const choices = await choicesHere(account, viewer.userId, formats);
  return (
    <TokenFrame viewer={viewer} title="Create a token">
      <ZoneCookie known={formats.timeZone} />
      {viewer.mayChange ? (
        <TokenForm
          action={createTokenAction}
          initial={untouched()}
          back="/tokens"
          submit="Create"
          title="What it is for"
          choices={choices}
        />
      ) : (
        <ReadingOnly />
      )}
    </TokenFrame>
  );
}
