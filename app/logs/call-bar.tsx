/** How long a call took beside the longest one shown: until the first byte, and until the last. */
import type { RequestLineView } from '@/lib/account/present';
import type { Formats } from '../formats';

const HEIGHT = 8;
const WIDTH = 100;
/** A call of no time at all is still there to see. */
const THINNEST = 0.6;

interface BarProps {
  readonly call: Pick<RequestLineView, 'first_byte_ms' | 'duration_ms' | 'ending'>;
  readonly longestMs: number;
  readonly formats: Formats;
}

export const longestOf = (calls: readonly BarProps['call'][]): number =>
  Math.max(1, ...calls.map(({ duration_ms: duration }) => duration ?? 0));

function timingText(
  { first_byte_ms: first, duration_ms: whole, ending }: BarProps['call'],
  formats: Formats,
): string {
  if (whole === null) return ending === null ? 'still running' : 'time unknown';
  const all = formats.duration(whole);
  return first === null ? `${all}, no first byte` : `${formats.duration(first)} to first byte, ${all} in all`;
}

/** Drawn in SVG, whose attributes a strict policy lets through; the words below it say the same. */
export function CallBar({ call, longestMs, formats }: BarProps) {
  const part = (ms: number) => Math.round((ms / longestMs) * WIDTH * 100) / 100;
  const whole = call.duration_ms ?? 0;
  const waited = part(Math.min(call.first_byte_ms ?? whole, whole));
  const all = whole === 0 ? 0 : Math.max(THINNEST, part(whole));
  return (
    <div className="min-w-0">
      <svg
        aria-hidden
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="my-1.5 h-2 w-full rounded-sm bg-sunken"
      >
        <rect width={all} height={HEIGHT} className="fill-accent" />
        <rect width={Math.min(waited, all)} height={HEIGHT} className="fill-edge" />
      </svg>
      <span className="text-xs text-quiet">{timingText(call, formats)}</span>
    </div>
  );
}
