/** What stands on the usage page before the first call: how to make one. */
import Link from 'next/link';
import { snippetsOf } from '@/lib/docs/snippets';
import { CodeFigure } from '../code-figure';
import { readerHere } from '../reader';
import { Button } from '../ui/button';
import { Card } from '../ui/card';

/** An agent, and a line to try it with. */
const FIRST_SNIPPETS = ['claude-code-env', 'curl-messages'];
const PLACES: Readonly<Record<string, string>> = { 'claude-code-env': 'Claude Code' };

export async function FirstCall() {
  const snippets = snippetsOf(await readerHere()).filter(({ id }) => FIRST_SNIPPETS.includes(id));
  return (
    <Card
      id="first-call"
      title="No call has come in yet"
      lead="Point an agent here; its first call shows up on this page by itself, within seconds."
      actions={
        <>
          <Button asChild look="main" size="small">
            <Link href="/tokens" prefetch={false}>
              Get a token
            </Link>
          </Button>
          <Button asChild size="small">
            <Link href="/docs/connect" prefetch={false}>
              Every other client
            </Link>
          </Button>
        </>
      }
    >
      <div className="doc">
        {snippets.map(({ id, place, text }) => (
          <CodeFigure key={id} place={PLACES[id] ?? place} text={text} />
        ))}
      </div>
    </Card>
  );
}
