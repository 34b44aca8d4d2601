'use client';

/** A table of shares. In the browser's part for the reason that `chart-figures.tsx` gives; all words are the server's. */
import { Badge } from '../ui/badge';
import { ShareBar } from '../ui/share-bar';
import { Cell, Head, RowHead, Table } from '../ui/table';

export interface Line {
  readonly name: string;
  /** `false`: a word of ours stands for a name that there isn't. */
  readonly named: boolean;
  readonly note: string | null;
  readonly badge: string | null;
  /** 0 to 1. */
  readonly share: number;
  readonly shareText: string;
  readonly cost: string;
  readonly tokens: string;
  readonly requests: string;
}

interface LinesProps {
  readonly caption: string;
  readonly column: string;
  readonly lines: readonly Line[];
}

export function Lines({ caption, column, lines }: LinesProps) {
  return (
    <Table caption={caption}>
      <thead>
        <tr>
          <Head>{column}</Head>
          <Head>Share</Head>
          <Head figure>Cost</Head>
          <Head figure>Tokens</Head>
          <Head figure>Requests</Head>
        </tr>
      </thead>
      <tbody>
        {lines.length === 0 && (
          <tr>
            <Cell colSpan={5} className="text-quiet">
              No calls in these days.
            </Cell>
          </tr>
        )}
        {lines.map((line, at) => (
          // Two may be called the same.
          <tr key={`${at} ${line.name}`}>
            <RowHead>
              <Name line={line} />
            </RowHead>
            <Cell className="whitespace-nowrap">
              <ShareBar share={line.share} text={line.shareText} />
            </Cell>
            <Cell figure>{line.cost}</Cell>
            <Cell figure>{line.tokens}</Cell>
            <Cell figure>{line.requests}</Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Name({ line: { name, named, note, badge } }: { readonly line: Line }) {
  return (
    <span className="flex min-w-0 items-baseline gap-2">
      <span className="block max-w-56 min-w-0 sm:max-w-72">
        <span className={named ? 'block break-words' : 'block text-quiet'}>{name}</span>
        {note !== null && <span className="block truncate text-xs font-normal text-quiet">{note}</span>}
      </span>
      {badge !== null && <Badge>{badge}</Badge>}
    </span>
  );
}
