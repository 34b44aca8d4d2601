import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { getServer } from '@/lib/server';
import { NOTICES, type Notice, pathAfterSignIn, safeNextPath } from '@/lib/web/next-path';
import { Content, Shell } from '../shell';
import { Alert } from '../ui/alert';
import type { Tone } from '../ui/badge';
import { Button } from '../ui/button';
import { Card } from '../ui/card';
import { TextField } from '../ui/field';
import { viewerHere } from '../viewer';

export const metadata: Metadata = { title: 'Sign in · Tollgate', robots: { index: false } };

/** The limits are a minute's; a longer wait in the address is somebody's joke. */
const LONGEST_WAIT_S = 60;

type Query = Promise<Readonly<Record<string, string | string[] | undefined>>>;

const one = (value: string | string[] | undefined): string | null =>
  typeof value === 'string' ? value : null;

interface Words {
  readonly tone: Tone;
  readonly title: string;
  readonly text: (seconds: number) => string;
}

const WORDS: Readonly<Record<Notice, Words>> = {
  refused: {
    tone: 'bad',
    title: 'That didn’t sign you in.',
    text: () =>
      'It may be mistyped, used before, expired or revoked. Check it, or ask your operator for another.',
  },
  limited: {
    tone: 'warn',
    title: 'Too many tries.',
    text: (seconds) => `Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
  },
  unavailable: {
    tone: 'bad',
    title: 'Signing in doesn’t work right now.',
    text: () => 'Something that it needs can’t be reached. Try again in a moment.',
  },
  'signed-out': {
    tone: 'good',
    title: 'You are signed out.',
    text: () => 'Tokens and agents go on working.',
  },
  'token-revoked': {
    tone: 'good',
    title: 'Your token is revoked, and you are signed out.',
    text: () => 'You were signed in with it. Sign in with another token to go on.',
  },
};

function NoticeAlert({ notice, seconds }: { readonly notice: Notice; readonly seconds: number }) {
  const { tone, title, text } = WORDS[notice];
  return (
    <Alert tone={tone} role={tone === 'good' ? 'status' : 'alert'} title={title}>
      {text(seconds)}
    </Alert>
  );
}

export default async function SignIn({ searchParams }: { readonly searchParams: Query }) {
  const query = await searchParams;
  const next = safeNextPath(one(query['next']));
  const viewer = await viewerHere();
  if (viewer !== null) redirect(pathAfterSignIn(viewer.kind, next));
  const { web } = await getServer();
  const notice = NOTICES.find((name) => name === query['notice']);
  const seconds = Math.min(LONGEST_WAIT_S, Math.max(1, Math.trunc(Number(one(query['seconds']) ?? 1)) || 1));
  const hidden = next === null ? null : <input type="hidden" name="next" value={next} />;
  return (
    <Shell viewer={null} current="/sign-in">
      <Content>
        <div className="mx-auto flex w-full max-w-md flex-col gap-4 sm:py-8">
          <h1 className="text-2xl font-semibold tracking-tight">Sign in</h1>
          {notice !== undefined && <NoticeAlert notice={notice} seconds={seconds} />}
          {web.offersOidc && (
            <Button asChild look="main" size="big">
              {/* A link: a form would be kept from leading to the issuer by the policy's `form-action`. */}
              <a href={`/sign-in/oidc${next === null ? '' : `?next=${encodeURIComponent(next)}`}`}>
                Sign in with your organisation
              </a>
            </Button>
          )}
          <Card id="by-token" title={web.offersOidc ? 'Or with a token' : 'With a token'}>
            <form action="/sign-in/token" method="post" className="flex flex-col gap-4">
              {hidden}
              {/* Browsers want to know whose secret it is; it has no name, so it is never sent. */}
              <input type="text" autoComplete="username" value="Gateway token" readOnly hidden />
              <TextField
                label="Gateway token"
                name="token"
                type="password"
                autoComplete="off"
                autoCapitalize="none"
                autoCorrect="off"
                spellCheck={false}
                required
                maxLength={4096}
                placeholder="tg_…"
                hint="The token your agents use. It is exchanged for a session and not kept in this browser. Operators enter the admin token."
              />
              <Button type="submit" look={web.offersOidc ? 'plain' : 'main'} className="self-start">
                Sign in
              </Button>
            </form>
          </Card>
          <p className="text-sm text-quiet">
            No token? Your operator can make you a link that signs you in once.
          </p>
        </div>
      </Content>
    </Shell>
  );
}
