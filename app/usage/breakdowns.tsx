/** Who and what used it: models, agents, campaigns and tokens, each with its share. */
import type { ReportFigures, ReportView } from '@/lib/account/report-views';
import type { Formats } from '../formats';
import { Card } from '../ui/card';
import { type Line, Lines } from './lines';

/** Lines that are seen at once; more unfold. */
const SHOWN = 8;

type Naming = Pick<Line, 'name' | 'named' | 'note' | 'badge'>;

const naming = (text: string | null, none: string, note: string | null = null): Naming => ({
  name: text ?? none,
  named: text !== null,
  note,
  badge: null,
});

function tokenNaming({ name, hint, state }: ReportView['tokens']['lines'][number]): Naming {
  const none = state === null ? 'Signed tokens (JWT)' : 'A token of before';
  const badge = state === 'revoked' || state === 'expired' ? state : null;
  return { ...naming(name, none, hint), badge };
}

export function Breakdowns({ report, formats }: { readonly report: ReportView; readonly formats: Formats }) {
  const { models, agents, campaigns, tokens, totals } = report;
  const rest = { totals, formats };
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-5">
        <Breakdown
          {...rest}
          id="models"
          title="Models"
          column="Model"
          of={models}
          nameOf={({ model, provider }) => naming(model, 'Refused before a model was known', provider)}
        />
        <Breakdown
          {...rest}
          id="campaigns"
          title="Campaigns"
          column="Campaign"
          of={campaigns}
          nameOf={({ campaign }) => naming(campaign, 'No campaign named')}
        />
      </div>
      <div className="flex min-w-0 flex-col gap-5">
        <Breakdown
          {...rest}
          id="by-token"
          title="Gateway tokens"
          column="Token"
          of={tokens}
          nameOf={tokenNaming}
        />
        <Breakdown
          {...rest}
          id="agents"
          title="Agents"
          column="Agent"
          of={agents}
          nameOf={({ agent }) => naming(agent, 'No agent named')}
        />
      </div>
    </div>
  );
}

interface BreakdownProps<L extends ReportFigures> {
  readonly id: string;
  readonly title: string;
  readonly column: string;
  readonly of: { readonly lines: readonly L[]; readonly rest: (ReportFigures & { lines: number }) | null };
  readonly totals: ReportFigures;
  readonly formats: Formats;
  readonly nameOf: (line: L) => Naming;
}

function Breakdown<L extends ReportFigures>(props: BreakdownProps<L>) {
  const { of, id, title, column, totals, formats, nameOf } = props;
  // Where nothing has a price, tokens tell the shares.
  const figure = totals.cost_nano_usd > 0 ? 'cost_nano_usd' : 'counted_tokens';
  const lineOf = (names: Naming, line: ReportFigures): Line => {
    const share = totals[figure] === 0 ? 0 : line[figure] / totals[figure];
    return {
      ...names,
      share,
      shareText: formats.percent(share),
      cost: formats.usdBrief(line.cost_nano_usd),
      tokens: formats.compact(line.counted_tokens),
      requests: formats.count(line.requests),
    };
  };
  const lines = of.lines.map((line) => lineOf(nameOf(line), line));
  const rest =
    of.rest === null
      ? []
      : [lineOf(naming(null, `${formats.count(of.rest.lines)} others together`), of.rest)];
  const further = [...lines.slice(SHOWN), ...rest];
  const count = lines.length - SHOWN + (of.rest?.lines ?? 0);
  return (
    <Card id={id} title={title} flush>
      <Lines
        column={column}
        caption={`Cost, tokens and requests by ${column.toLowerCase()}`}
        lines={lines.slice(0, SHOWN)}
      />
      {further.length > 0 && (
        <details>
          <summary className="px-5 py-2.5 text-sm font-medium text-accent">
            {formats.count(count)} more
          </summary>
          <Lines column={column} caption={`The same of further ${title.toLowerCase()}`} lines={further} />
        </details>
      )}
    </Card>
  );
}
