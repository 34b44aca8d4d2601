'use client';

/**
 * A chart's figures in words and numbers. In the browser's part although nothing here is alive: so the page carries the figures once,
 * and not every cell of the table twice.
 */
import type { ChartData } from './series';

/** A sample of a series' colour. */
export function Swatch({ colour }: { readonly colour: number }) {
  return (
    <svg aria-hidden viewBox="0 0 10 10" className="size-2.5 shrink-0">
      <rect width="10" height="10" rx="2" fill={`var(--series-${colour})`} />
    </svg>
  );
}

export function Legend({ data }: { readonly data: ChartData }) {
  if (data.series.length === 0) return <p className="text-sm text-quiet">No calls in these days.</p>;
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
      {data.series.map(({ key, name, colour }, at) => (
        <li key={key} className="flex min-w-0 items-center gap-1.5">
          <Swatch colour={colour} />
          <span className="truncate">{name}</span>
          <span className="figures text-quiet">{data.totalTexts[at]}</span>
        </li>
      ))}
    </ul>
  );
}

interface FiguresProps {
  readonly data: ChartData;
  readonly caption: string;
  readonly per: 'day' | 'hour';
}

/** Cells are styled from the table: there are hundreds of them. */
export function Figures({ data, caption, per }: FiguresProps) {
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={caption}>
      <table className="figure-table">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{per === 'day' ? 'Day' : 'Hour'}</th>
            {data.series.map(({ key, name }) => (
              <th key={key} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">Together</th>
          </tr>
        </thead>
        <tbody>
          {data.bars.map(({ label, title, texts, totalText }) => (
            <tr key={title}>
              <th scope="row">{per === 'day' ? label : title}</th>
              {data.series.map(({ key }, at) => (
                <td key={key}>{texts[at]}</td>
              ))}
              <td>{totalText}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Together</th>
            {data.series.map(({ key }, at) => (
              <td key={key}>{data.totalTexts[at]}</td>
            ))}
            <td>{data.totalText}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}
