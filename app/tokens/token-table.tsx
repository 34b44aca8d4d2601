/** Tokens as a table: what each is for, what it may, what it used, and whether it works. */
import Link from 'next/link';
import type { TokenView } from '@/lib/account/present';
import type { TokenMonthView } from '@/lib/account/read-token-months';
import type { Formats } from '../formats';
import { Badge } from '../ui/badge';
import { Cell, Head, RowHead, Table } from '../ui/table';
import { formatName, STATE_WORDS, stateOf } from './token-state';
import { TokenUse } from './token-use';

interface RowProps {
  readonly token: TokenView;
  readonly month: TokenMonthView | undefined;
  readonly formats: Formats;
  readonly nowMs: number;
}

export const tokenHref = (id: string): string => `/tokens/${encodeURIComponent(id)}`;

/** What it is narrowed to, in a line each. */
export function scopesOf({ scope_models: models, scope_formats: formats }: TokenView): string[] {
  return [
    ...(models === null ? [] : [models.join(', ')]),
    ...(formats === null ? [] : [formats.map(formatName).join(', ')]),
  ];
}

function Name({ token }: { readonly token: TokenView }) {
  const parts = [token.agent, token.campaign].filter((part) => part !== null);
  return (
    <>
      <Link
        href={tokenHref(token.id)}
        prefetch={false}
        title={token.name}
        className="block max-w-44 truncate sm:max-w-64 py-0.5 text-accent hover:underline"
      >
        {token.name}
      </Link>
      <span className="block font-mono text-xs font-normal text-quiet">{token.hint}</span>
      {parts.length > 0 && (
        <span
          className="block max-w-44 truncate sm:max-w-64 text-xs font-normal text-quiet"
          title={parts.join(' · ')}
        >
          {parts.join(' · ')}
        </span>
      )}
    </>
  );
}

function Row({ token, month, formats, nowMs }: RowProps) {
  const [tone, name] = STATE_WORDS[stateOf(token, nowMs)];
  const scopes = scopesOf(token);
  const { last_used_at: used, revoked_at: revoked, expires_at: expires } = token;
  return (
    <tr>
      <RowHead>
        <Name token={token} />
      </RowHead>
      <Cell>
        <Badge tone={tone}>{name}</Badge>
        <span className="mt-0.5 block text-xs whitespace-nowrap text-quiet">
          {revoked !== null
            ? formats.date(revoked)
            : expires === null
              ? ''
              : `until ${formats.instant(expires)}`}
        </span>
      </Cell>
      <Cell>
        {scopes.length === 0 ? (
          <span className="whitespace-nowrap text-quiet">All of your plan</span>
        ) : (
          scopes.map((scope) => (
            <span key={scope} className="block max-w-52 truncate" title={scope}>
              {scope}
            </span>
          ))
        )}
      </Cell>
      <Cell>
        <TokenUse token={token} month={month} formats={formats} />
      </Cell>
      <Cell className="whitespace-nowrap">
        {used === null ? 'never' : formats.instant(used)}
        <span className="block text-xs text-quiet">created {formats.date(token.created_at)}</span>
      </Cell>
    </tr>
  );
}

interface TokenTableProps {
  readonly caption: string;
  readonly tokens: readonly TokenView[];
  readonly months: ReadonlyMap<string, TokenMonthView>;
  readonly formats: Formats;
  readonly nowMs: number;
}

export function TokenTable({ caption, tokens, months, ...rest }: TokenTableProps) {
  return (
    <Table caption={caption}>
      <thead>
        <tr>
          <Head>Token</Head>
          <Head>State</Head>
          <Head>May use</Head>
          <Head>This month</Head>
          <Head>Last used</Head>
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <Row key={token.id} token={token} month={months.get(token.id)} {...rest} />
        ))}
      </tbody>
    </Table>
  );
}
