/** What a customer near a cap is told: calmly from 80 %, clearly from 95 %, and at the cap what is refused until when. */
import { ArrowUpRight } from 'lucide-react';
import Link from 'next/link';
import type { CapsView, CapView, ComparisonView } from '@/lib/account/cap-views';
import type { Formats } from '../formats';
import { Alert } from '../ui/alert';
import { Button } from '../ui/button';
import { SubmitButton } from '../ui/submit-button';
import { putAway } from './actions';
import { PlanHints } from './plan-hints';

interface PromptsProps {
  readonly caps: CapsView;
  readonly formats: Formats;
  /** Whether prompts can be put away from here. */
  readonly mayChange: boolean;
  /** What other plans would give; read where a cap is reached. */
  readonly comparison: ComparisonView | null;
}

const WHAT = { tokens: 'tokens', cost: 'budget' } as const;
const TONES = { 80: 'plain', 95: 'warn', 100: 'bad' } as const;

/** The more pressing cap first. */
export function Prompts({ caps, ...rest }: PromptsProps) {
  const near = [caps.tokens, caps.cost]
    .filter((cap) => cap.threshold !== null)
    .toSorted((a, b) => (b.threshold ?? 0) - (a.threshold ?? 0));
  return near.map((cap) => <Prompt key={cap.cap} cap={cap} caps={caps} {...rest} />);
}

function Prompt({ cap, caps, formats, mayChange, comparison }: PromptsProps & { readonly cap: CapView }) {
  const { threshold, prompt } = cap;
  if (threshold === null) return null;
  if (prompt === null) return threshold === 100 ? <Collapsed cap={cap} formats={formats} /> : null;
  return (
    <Alert
      tone={TONES[threshold]}
      title={titleOf(cap, formats)}
      actions={
        <>
          <Button asChild look="main" size="small">
            <Link href="/plans" prefetch={false}>
              {threshold === 100 ? 'See larger plans' : 'Compare plans'}
              <ArrowUpRight aria-hidden />
            </Link>
          </Button>
          {mayChange && (
            <form action={putAway}>
              <input type="hidden" name="cap" value={cap.cap} />
              <input type="hidden" name="threshold" value={threshold} />
              <SubmitButton look="quiet" size="small">
                {threshold === 100 ? 'Make it small' : 'Dismiss'}
                <span className="sr-only"> the note about this month’s {WHAT[cap.cap]}</span>
              </SubmitButton>
            </form>
          )}
        </>
      }
    >
      <p>{bodyOf(cap, caps, formats)}</p>
      {threshold === 100 && comparison !== null && (
        <PlanHints cap={cap.cap} comparison={comparison} formats={formats} />
      )}
    </Alert>
  );
}

/** Put away, but calls are refused: that stays to be seen. */
function Collapsed({ cap, formats }: { readonly cap: CapView; readonly formats: Formats }) {
  const until = cap.blocked_until === null ? '' : ` until ${formats.instant(cap.blocked_until)}`;
  return (
    <p className="rounded-lg border border-bad/40 bg-bad-soft px-4 py-2 text-sm">
      <strong className="font-semibold text-bad">{titleOf(cap, formats)}</strong> Calls are refused{until}.{' '}
      <Link href="/plans" prefetch={false} className="font-medium underline underline-offset-3">
        See larger plans
      </Link>
    </p>
  );
}

function titleOf({ cap, percent, threshold }: CapView, formats: Formats): string {
  const what = `this month’s ${WHAT[cap]}`;
  const is = cap === 'tokens' ? 'are' : 'is';
  if (threshold !== 100) return `${formats.percent((percent ?? 0) / 100)} of ${what} ${is} used.`;
  return (percent ?? 0) >= 100
    ? `All of ${what} ${is} used.`
    : `Too little of ${what} is left for calls that were made.`;
}

function bodyOf(cap: CapView, { resets_at }: CapsView, formats: Formats): string {
  const figure = cap.unit === 'nano_usd' ? formats.usd : formats.count;
  const reset = formats.instant(resets_at);
  const unit = cap.unit === 'tokens' ? ' tokens' : '';
  if (cap.threshold === 100)
    return (
      `Calls that cost anything are refused until ${formats.instant(cap.blocked_until ?? resets_at)}, when a new month begins in UTC. ` +
      'What you keep: counting tokens, listing models, these pages and your data. A larger plan takes effect with the next call.'
    );
  const left = `${figure(cap.remaining ?? 0)}${unit} ${cap.held > 0 ? 'are neither used nor held' : 'are left'}.`;
  const ahead =
    cap.reaches_at === null
      ? `At the pace of the last 7 days that is enough until the month starts afresh, ${reset}.`
      : `At the pace of the last 7 days the cap is reached ${formats.instant(cap.reaches_at)}; from then on calls are refused until ${reset}.`;
  const close = cap.threshold === 95 ? ' Calls that could need more than is left are refused already.' : '';
  return `${left} ${ahead}${close}`;
}
