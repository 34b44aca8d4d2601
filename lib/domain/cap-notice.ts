/** What a customer is written when a cap comes near or stops a call: plain text, ready to be sent as an e-mail. */
import { type CapName, REACHED_PERCENT } from './cap-state';
import { formatUsd } from './plan';

export interface CapNotice {
  readonly kind: 'threshold' | 'blocked';
  /** What to call the customer; `null`: no name is known. */
  readonly name: string | null;
  readonly plan: string;
  readonly cap: CapName;
  readonly limit: number;
  readonly used: number;
  /** Whole per cent used. */
  readonly percent: number;
  /** When the cap is reached at the present pace; `null`: not before the reset. */
  readonly reachesAtMs: number | null;
  readonly resetsAtMs: number;
  readonly upgradeUrl: string | null;
}

/** `1,234,567 tokens`, `$12.34`. */
export function formatAmount(cap: CapName, amount: number): string {
  return cap === 'tokens' ? `${amount.toLocaleString('en')} tokens` : formatUsd(amount);
}

/** `1 December 2026, 00:00 UTC`. */
function formatInstant(atMs: number): string {
  const date = new Date(atMs).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
  return `${date}, ${new Date(atMs).toISOString().slice(11, 16)} UTC`;
}

function subjectOf({ kind, cap, percent }: CapNotice): string {
  const what = cap === 'tokens' ? 'tokens' : 'budget';
  if (kind === 'blocked') return `Calls are being refused: too little is left of this month's ${what}`;
  if (percent >= REACHED_PERCENT) return `This month's ${what} ${cap === 'tokens' ? 'are' : 'is'} used up`;
  return `${percent} % of this month's ${what} ${cap === 'tokens' ? 'are' : 'is'} used`;
}

/** What will happen, and when. */
function outlookOf({ kind, percent, reachesAtMs, resetsAtMs }: CapNotice): string {
  const reset = formatInstant(resetsAtMs);
  if (kind === 'blocked') return `Calls that may need more than what is left are refused until ${reset}.`;
  if (percent >= REACHED_PERCENT) return `Calls are refused until ${reset}.`;
  return reachesAtMs === null
    ? `At the present pace the rest lasts until it starts afresh on ${reset}.`
    : `At the present pace the rest is used up on ${formatInstant(reachesAtMs)}. From then on calls are refused until ${reset}.`;
}

export function writeNotice(notice: CapNotice): { readonly subject: string; readonly text: string } {
  const { name, plan, cap, limit, used, percent, upgradeUrl } = notice;
  const paragraphs = [
    name === null ? 'Hello,' : `Hello ${name},`,
    `${formatAmount(cap, used)} of the ${formatAmount(cap, limit)} that the plan "${plan}" has for this month are used (${percent} %).`,
    outlookOf(notice),
    ...(upgradeUrl === null ? [] : [`To have more, change the plan: ${upgradeUrl}`]),
  ];
  return { subject: subjectOf(notice), text: `${paragraphs.join('\n\n')}\n` };
}
