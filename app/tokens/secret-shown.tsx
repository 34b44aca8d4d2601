/** A token's secret, shown in the answer to the form that made it and nowhere else, with what to do with it first. */
import Link from 'next/link';
import { CodeFigure } from '../code-figure';
import { Alert } from '../ui/alert';
import { Button } from '../ui/button';
import { Card } from '../ui/card';
import type { MadeToken, SecretSnippet } from './form-state';

function Client({
  name,
  snippets,
  open,
}: {
  name: string;
  snippets: readonly SecretSnippet[];
  open: boolean;
}) {
  return (
    <details open={open} className="border-t border-line first:border-t-0">
      <summary className="py-2.5 text-sm font-medium">{name}</summary>
      <div className="doc pb-3">
        {snippets.map(({ id, place, text }) => (
          <CodeFigure key={id} place={place} text={text} />
        ))}
      </div>
    </details>
  );
}

export function SecretShown({ made }: { readonly made: MadeToken }) {
  const { id, name, secret, snippets, replaced } = made;
  const clients = [...new Set(snippets.map(({ client }) => client))];
  return (
    <div className="flex flex-col gap-5">
      <Alert tone="good" role="status" title={`Your token “${name}” is ready. Copy it now.`}>
        It is shown this once: Tollgate keeps only a hash of it. {replaced}
      </Alert>
      <Card id="secret" title="The token">
        <div className="doc">
          <CodeFigure place="Gateway token" text={secret} />
        </div>
        <p className="text-sm text-quiet">
          Keep it like a password: in a secret store or a variable, never in code that you share.
        </p>
      </Card>
      <Card
        id="connect"
        title="Connect with it"
        lead="The token is filled in."
        actions={
          <Button asChild size="small">
            <Link href="/docs/connect" prefetch={false}>
              Every other client
            </Link>
          </Button>
        }
      >
        {clients.map((client, index) => (
          <Client
            key={client}
            name={client}
            open={index === 0}
            snippets={snippets.filter((snippet) => snippet.client === client)}
          />
        ))}
      </Card>
      <div className="flex flex-wrap gap-2">
        <Button asChild look="main">
          <Link href="/tokens" prefetch={false}>
            I have copied it
          </Link>
        </Button>
        <Button asChild>
          <Link href={`/tokens/${encodeURIComponent(id)}`} prefetch={false}>
            Look at this token
          </Link>
        </Button>
      </div>
    </div>
  );
}
