'use client';

/** Stacked bars per day or hour; drawn in the browser alone, where styles may be set by script. */
import { useSyncExternalStore } from 'react';
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatsFor } from '../formats';
import { Swatch } from './chart-figures';
import type { ChartData } from './series';

const never = () => () => undefined;
const useIsAlive = () =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );

interface StackedBarsProps {
  readonly data: ChartData;
  readonly label: string;
  readonly locale: string;
  readonly timeZone: string;
}

interface DetailsProps {
  readonly data: ChartData;
  /** What the chart adds when it shows them. */
  readonly active?: boolean;
  readonly payload?: readonly { readonly payload?: unknown }[];
}

const HEIGHT = 288;
/** Room between two names on the axis. */
const GAP = 16;

export function StackedBars({ data, label, locale, timeZone }: StackedBarsProps) {
  const alive = useIsAlive();
  if (!alive) return <div className="h-72" />;
  const formats = formatsFor(locale, timeZone);
  const axis = data.unit === 'nano_usd' ? formats.compactUsd : formats.compact;
  const rows = data.bars.map((bar) => ({ ...bar }));
  return (
    <div role="img" aria-label={label} className="h-72">
      <ResponsiveContainer width="100%" height={HEIGHT}>
        <BarChart
          data={rows}
          margin={{ top: 8, right: 4, bottom: 0, left: 0 }}
          barCategoryGap="18%"
          accessibilityLayer={false}
        >
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="label"
            tickLine={false}
            axisLine={{ stroke: 'var(--line)' }}
            tick={{ fill: 'var(--quiet)', fontSize: 12 }}
            minTickGap={GAP}
          />
          <YAxis
            width="auto"
            tickLine={false}
            axisLine={false}
            tick={{ fill: 'var(--quiet)', fontSize: 12 }}
            tickFormatter={(value: number) => axis(value)}
            allowDecimals={data.unit === 'nano_usd'}
          />
          <Tooltip
            isAnimationActive={false}
            cursor={{ fill: 'var(--sunken)' }}
            content={<Details data={data} />}
          />
          {data.series.map(({ key, name, colour }, at) => (
            <Bar
              key={key}
              name={name}
              dataKey={(row: { values: readonly number[] }) => row.values[at] ?? 0}
              stackId="all"
              fill={`var(--series-${colour})`}
              isAnimationActive={false}
              maxBarSize={48}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}

function Details({ data, active, payload }: DetailsProps) {
  const bar = payload?.[0]?.payload as ChartData['bars'][number] | undefined;
  if (active !== true || bar === undefined) return null;
  const shown = data.series
    .map((series, at) => ({ ...series, value: bar.values[at] ?? 0, text: bar.texts[at] }))
    .filter(({ value }) => value > 0)
    .toReversed();
  return (
    <div className="rounded-md border border-line bg-panel px-3 py-2 text-xs shadow-lg">
      <p className="mb-1 font-semibold">{bar.title}</p>
      <table className="figures">
        <tbody>
          {shown.map(({ key, name, colour, text }) => (
            <tr key={key}>
              <td className="pr-2">
                <Swatch colour={colour} />
              </td>
              <td className="max-w-56 truncate pr-4">{name}</td>
              <td className="text-right">{text}</td>
            </tr>
          ))}
          <tr className="font-semibold">
            <td />
            <td className="pr-4">{shown.length === 0 ? 'Nothing' : 'Together'}</td>
            <td className="text-right">{bar.totalText}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
