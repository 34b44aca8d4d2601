'use client';

/** Bars over time, stacked. Drawn in the browser alone; the table that goes with it holds the same figures. */
import { useSyncExternalStore } from 'react';
import {
  Bar,
  BarChart as Bars,
  CartesianGrid,
  Legend,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { formatsFor } from '../formats';

export interface BarRow {
  readonly label: string;
  /** By the series' names. */
  readonly values: Readonly<Record<string, number>>;
}

interface BarChartProps {
  /** What it shows, for who can't see it. */
  readonly label: string;
  readonly rows: readonly BarRow[];
  readonly series: readonly string[];
  readonly unit: 'count' | 'usd';
  readonly locale: string;
  readonly small?: boolean;
  /** Numbers of the theme's series colours, where the usual order would mislead. */
  readonly colours?: readonly number[];
}

/** Colours of the theme; a ninth series would begin again. */
const COLOURS = 8;
const colour = (index: number, own: readonly number[] = []): string =>
  `var(--series-${own[index] ?? (index % COLOURS) + 1})`;
const NEVER = () => () => undefined;

export function BarChart({ label, rows, series, unit, locale, small = false, colours }: BarChartProps) {
  const inBrowser = useSyncExternalStore(
    NEVER,
    () => true,
    () => false,
  );
  const formats = formatsFor(locale, 'UTC');
  const text = (value: number) => (unit === 'usd' ? formats.usd(value) : formats.count(value));
  const short = (value: number) => (unit === 'usd' ? formats.usd(value) : formats.compact(value));
  const data = rows.map(({ label: name, values }) => ({ name, ...values }));
  return (
    <div role="img" aria-label={label} className={`needs-script ${small ? 'h-28' : 'h-56'} w-full text-xs`}>
      {inBrowser && (
        <ResponsiveContainer width="100%" height="100%">
          <Bars data={data} margin={{ top: 4, right: 4, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis
              dataKey="name"
              tick={{ fill: 'var(--quiet)' }}
              tickLine={false}
              axisLine={{ stroke: 'var(--line)' }}
              minTickGap={24}
            />
            <YAxis
              tick={{ fill: 'var(--quiet)' }}
              tickLine={false}
              axisLine={false}
              width="auto"
              allowDecimals={unit === 'usd'}
              tickFormatter={short}
              tickCount={small ? 3 : 5}
            />
            <Tooltip
              cursor={{ fill: 'var(--sunken)' }}
              contentStyle={{
                background: 'var(--panel)',
                border: '1px solid var(--line)',
                borderRadius: 6,
                color: 'var(--ink)',
              }}
              formatter={(value) => text(Number(value))}
              isAnimationActive={false}
            />
            {series.length > 1 && <Legend itemSorter={null} />}
            {series.map((name, index) => (
              <Bar
                key={name}
                dataKey={name}
                stackId="all"
                fill={colour(index, colours)}
                isAnimationActive={false}
              />
            ))}
          </Bars>
        </ResponsiveContainer>
      )}
    </div>
  );
}
