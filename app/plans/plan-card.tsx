/** One plan: what it costs and allows, and how this customer's own month would look on it. */
import { ArrowUpRight } from 'lucide-react';
import type { ComparedPlanView, ComparisonView } from '@/lib/account/cap-views';
import type { Formats } from '../formats';
import { Badge, type Tone } from '../ui/badge';
import { Button } from '../ui/button';
import { classes } from '../ui/classes';
import { Meter } from '../ui/meter';

interface PlanCardProps {
  readonly plan: ComparedPlanView;
  readonly comparison: ComparisonView;
  readonly formats: Formats;
  readonly mayChange: boolean;
}

export function PlanCard({ plan, comparison, formats, mayChange }: PlanCardProps) {
  const { current } = plan;
  return (
    <article
      aria-labelledby={`plan-${plan.plan}`}
      className={classes(
        'flex w-full min-w-0 flex-col rounded-lg border bg-panel p-5',
        current ? 'border-2 border-accent' : 'border-line',
      )}
    >
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 id={`plan-${plan.plan}`} className="text-lg font-semibold break-words">
          {plan.plan}
        </h2>
        {current ? <Badge tone="good">Your plan</Badge> : <Fit fits={plan.fits} />}
      </div>
      <p className="mt-1">
        <span className="figures text-3xl font-semibold tracking-tight">{priceOf(plan, formats)}</span>
        {plan.price_cents !== null && plan.price_cents > 0 && (
          <span className="text-sm text-quiet"> a month</span>
        )}
      </p>
      <p className="mt-1 min-h-5 text-sm text-quiet">{plan.description}</p>
      <div className="mt-4 flex flex-col gap-4">
        <CapLine name="Tokens a month" cap={plan.tokens} figure={formats.count} formats={formats} />
        <CapLine name="Budget a month" cap={plan.cost} figure={formats.usd} formats={formats} />
      </div>
      <dl className="mt-4 mb-5 grid grid-cols-[1fr_auto] gap-x-4 gap-y-1.5 border-t border-line pt-4 text-sm">
        <Fact name="Requests a minute" value={formats.count(plan.requests_per_minute)} />
        <Fact name="Tokens a minute" value={formats.count(plan.tokens_per_minute)} />
        <Fact
          name="Models"
          value={plan.models === null ? 'All' : formats.count(plan.models.length)}
          title={plan.models?.join(', ')}
        />
        <Fact name="Cache reads" value={plan.count_cache_reads ? 'Count' : 'Don’t count'} />
      </dl>
      <div className="mt-auto">
        <Way plan={plan} comparison={comparison} mayChange={mayChange} />
      </div>
    </article>
  );
}

function priceOf({ price_cents, current }: ComparedPlanView, formats: Formats): string {
  if (price_cents === null) return current ? 'Your plan' : 'Price on request';
  return price_cents === 0 ? 'Free' : formats.cents(price_cents);
}

const FITS: Readonly<Record<ComparedPlanView['fits'], readonly [Tone, string]>> = {
  yes: ['good', 'Fits your use'],
  no: ['warn', 'Too small for your use'],
  unknown: ['plain', 'No use to compare yet'],
};

function Fit({ fits }: { readonly fits: ComparedPlanView['fits'] }) {
  const [tone, text] = FITS[fits];
  return <Badge tone={tone}>{text}</Badge>;
}

interface CapLineProps {
  readonly name: string;
  readonly cap: ComparedPlanView['tokens'];
  readonly figure: (value: number) => string;
  readonly formats: Formats;
}

/** The thresholds of the usage page's meters. */
function levelOf(percent: number): 'none' | 'near' | 'close' | 'reached' {
  if (percent >= 100) return 'reached';
  if (percent >= 95) return 'close';
  return percent >= 80 ? 'near' : 'none';
}

function CapLine({ name, cap, figure, formats }: CapLineProps) {
  const { limit, used, projected, percent, projected_percent } = cap;
  const shown = (value: number) => formats.percent(value / 100);
  const soFar =
    percent === null
      ? `You have used ${figure(used)} this month.`
      : `You have used ${figure(used)} this month: ${shown(percent)}.`;
  const ahead =
    projected === null
      ? ''
      : projected_percent === null
        ? ` At your pace: ${figure(projected)}.`
        : ` At your pace the month would take ${shown(projected_percent)}.`;
  const usedShare = limit === null || limit === 0 ? 0 : used / limit;
  const aheadShare = limit === null || limit === 0 || projected === null ? 0 : (projected - used) / limit;
  return (
    <div>
      <p className="flex justify-between gap-3 text-sm">
        <span className="text-quiet">{name}</span>
        <span className="figures font-semibold">{limit === null ? 'No cap' : figure(limit)}</span>
      </p>
      {limit !== null && (
        <div className="mt-1.5">
          <Meter
            label={`${name}: your use`}
            text={`${soFar}${ahead}`}
            used={limit === 0 ? 1 : usedShare}
            held={aheadShare}
            level={levelOf(projected_percent ?? percent ?? 0)}
          />
        </div>
      )}
      <p className="mt-1.5 text-xs text-quiet">
        {soFar}
        {ahead}
      </p>
    </div>
  );
}

function Fact({
  name,
  value,
  title,
}: {
  readonly name: string;
  readonly value: string;
  readonly title?: string | undefined;
}) {
  return (
    <>
      <dt className="text-quiet">{name}</dt>
      <dd className="figures text-right font-medium" title={title}>
        {value}
      </dd>
    </>
  );
}

interface WayProps {
  readonly plan: ComparedPlanView;
  readonly comparison: ComparisonView;
  readonly mayChange: boolean;
}

/** A plain link, since the address it leads to is another site's: forms may not lead there. */
function Way({ plan, comparison: { plans, subscribed }, mayChange }: WayProps) {
  // Who is well served has nothing to be urged to.
  const tooSmall = plans.some((one) => one.current && one.fits === 'no');
  const { current, can_checkout, upgrade_url } = plan;
  const href = `/plans/upgrade?plan=${encodeURIComponent(plan.plan)}`;
  if (current && !subscribed) return <p className="text-sm text-quiet">You are on this plan.</p>;
  if (!mayChange)
    return <p className="text-sm text-quiet">You are signed in for reading only; plans can’t be changed.</p>;
  if (!current && !can_checkout && upgrade_url === null)
    return <p className="text-sm text-quiet">Ask whoever runs this gateway for this plan.</p>;
  return (
    <Button asChild look={tooSmall && plan.fits === 'yes' && !current ? 'main' : 'plain'} className="w-full">
      <a href={href}>
        {current ? 'Manage your subscription' : `Change to ${plan.plan}`}
        <ArrowUpRight aria-hidden />
      </a>
    </Button>
  );
}
