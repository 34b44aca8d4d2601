/** At a reached cap: what this month would have been on each other plan, in a line each. */
import type { CapView, ComparedPlanView, ComparisonView } from '@/lib/account/cap-views';
import type { Formats } from '../formats';

interface PlanHintsProps {
  readonly cap: CapView['cap'];
  readonly comparison: ComparisonView;
  readonly formats: Formats;
}

export function PlanHints({ cap, comparison, formats }: PlanHintsProps) {
  const larger = comparison.plans.filter((plan) => !plan.current && (plan[cap].percent ?? 0) < 100);
  if (larger.length === 0) return null;
  return (
    <ul className="mt-2 flex flex-col gap-1">
      {larger.map((plan) => (
        <li key={plan.plan} className="figures">
          <strong className="font-semibold">{plan.plan}</strong>
          {plan.price_cents !== null &&
            plan.price_cents > 0 &&
            `, ${formats.cents(plan.price_cents)} a month`}
          : {hintOf(plan, cap, formats)}
        </li>
      ))}
    </ul>
  );
}

function hintOf(plan: ComparedPlanView, cap: CapView['cap'], formats: Formats): string {
  const { limit, percent, projected_percent } = plan[cap];
  if (limit === null) return `no cap on ${cap === 'tokens' ? 'tokens' : 'cost'}.`;
  const figure = cap === 'tokens' ? `${formats.count(limit)} tokens` : formats.usd(limit);
  const share = (value: number) => formats.percent(value / 100);
  const ahead = projected_percent === null ? '' : `, ${share(projected_percent)} at your pace`;
  return `${figure}. You would have used ${share(percent ?? 0)} of it${ahead}.`;
}
