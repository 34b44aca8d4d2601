/** A chart's figures as a table, for everybody who wants or needs them. */
import type { Formats } from '../formats';
import { Cell, Head, RowHead, Table } from '../ui/table';
import { BarChart, type BarRow } from './bar-chart';

interface FigureChartProps {
  readonly caption: string;
  /** What a row is, such as "Day". */
  readonly rowName: string;
  readonly rows: readonly BarRow[];
  readonly series: readonly string[];
  readonly unit: 'count' | 'usd';
  readonly formats: Formats;
  readonly small?: boolean;
  readonly colours?: readonly number[];
}

export function FigureChart({ caption, rowName, rows, series, unit, formats, ...looks }: FigureChartProps) {
  const text = unit === 'usd' ? formats.usd : formats.count;
  return (
    <div className="flex flex-col gap-2">
      <BarChart label={caption} rows={rows} series={series} unit={unit} locale={formats.locale} {...looks} />
      <details>
        <summary className="w-fit py-1 text-sm text-quiet">The same as a table</summary>
        <Table caption={caption}>
          <thead>
            <tr>
              <Head>{rowName}</Head>
              {series.map((name) => (
                <Head key={name} figure>
                  {name}
                </Head>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ label, values }) => (
              <tr key={label}>
                <RowHead>{label}</RowHead>
                {series.map((name) => (
                  <Cell key={name} figure>
                    {text(values[name] ?? 0)}
                  </Cell>
                ))}
              </tr>
            ))}
          </tbody>
        </Table>
      </details>
    </div>
  );
}
