/** How much of a cap is used and held: a bar drawn in SVG, since a strict policy lets no server-made style through. */
import type { ReactNode } from 'react';

interface MeterProps {
  readonly label: string;
  /** What a screen reader says in place of the bare percentage. */
  readonly text: string;
  /** Shares of the whole, 0 to 1; together at most 1. */
  readonly used: number;
  readonly held: number;
  readonly level: 'none' | 'near' | 'close' | 'reached';
  /** Whether the thresholds are marked on the bar. */
  readonly marked?: boolean;
  readonly children?: ReactNode;
}

const FILLS = { none: 'fill-accent', near: 'fill-warn', close: 'fill-bad', reached: 'fill-bad' } as const;

/** Where the thresholds are marked on the bar, per cent. */
const MARKS = [80, 95];

const percent = (share: number): number => Math.round(Math.min(1, Math.max(0, share)) * 10_000) / 100;

export function Meter({ label, text, used, held, level, marked = true, children }: MeterProps) {
  const [usedPercent, heldPercent] = [percent(used), percent(Math.min(held, 1 - Math.min(1, used)))];
  return (
    <div>
      <svg
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={usedPercent}
        aria-valuetext={text}
        className="h-2.5 w-full rounded-full bg-sunken"
        preserveAspectRatio="none"
      >
        <rect width={`${usedPercent}%`} height="100%" className={FILLS[level]} />
        <rect
          x={`${usedPercent}%`}
          width={`${heldPercent}%`}
          height="100%"
          className={FILLS[level]}
          opacity="0.35"
        />
        {(marked ? MARKS : []).map((mark) => (
          <rect key={mark} x={`${mark}%`} width="1" height="100%" className="fill-ground" opacity="0.8" />
        ))}
      </svg>
      {children}
    </div>
  );
}
