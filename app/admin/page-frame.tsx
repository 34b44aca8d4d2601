/** What every page of the operator stands in; and what stands there when its address asks for what there isn't. */
import Link from 'next/link';
import type { ReactNode } from 'react';
import { Content, Shell, type ShellViewer } from '../shell';
import { Alert } from '../ui/alert';
import { Button } from '../ui/button';
import { PageHeader } from '../ui/page-header';

interface FrameProps {
  readonly viewer: ShellViewer;
  /** The address in the navigation. */
  readonly current: string;
  readonly title: ReactNode;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Frame({ viewer, current, title, lead, actions, children }: FrameProps) {
  return (
    <Shell viewer={viewer} current={current}>
      <Content>
        <PageHeader title={title} lead={lead} actions={actions} />
        {children}
      </Content>
    </Shell>
  );
}

export function BadAddress({ problem, path }: { readonly problem: string; readonly path: string }) {
  return (
    <Alert
      tone="warn"
      role="alert"
      title="This address asks for something that isn’t there."
      actions={
        <Button asChild size="small">
          <Link href={path} prefetch={false}>
            Start afresh
          </Link>
        </Button>
      }
    >
      <p>{problem}</p>
    </Alert>
  );
}

/** A file of what the page shows. */
export function CsvLink({ href }: { readonly href: string }) {
  return (
    <Button asChild>
      <a href={href} download>
        CSV
      </a>
    </Button>
  );
}

interface ChoicesProps {
  readonly label: string;
  readonly choices: readonly { readonly name: string; readonly href: string; readonly chosen: boolean }[];
}

/** A row of links of which one is chosen, such as ranges. */
export function Choices({ label, choices }: ChoicesProps) {
  return (
    <nav aria-label={label} className="flex flex-wrap gap-1">
      {choices.map(({ name, href, chosen }) => (
        <Button key={href} asChild size="small" look={chosen ? 'main' : 'plain'}>
          <Link href={href} prefetch={false} aria-current={chosen ? 'page' : undefined}>
            {name}
          </Link>
        </Button>
      ))}
    </nav>
  );
}
