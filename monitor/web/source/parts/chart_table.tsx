// The same points as a chart shows, as a table that can be read, searched and copied.
import type { JSX } from "preact";
import { between, figure, fullMoment, number, unit } from "../format";
import type { Gap, Point } from "../logic/points";
import { present } from "../state/clock";
import { words } from "../words";
import type { Kpi } from "../wire";

const MOST_ROWS = 300;
const COLUMNS = ["p50", "p95", "mean", "min", "max"] as const;

interface ChartTableProps {
  kpi: Kpi;
  points: Point[];
  gaps: Gap[];
  caption: string;
}

type Row = { at: number; point: Point } | { at: number; gap: Gap };

export function ChartTable({ kpi, points, gaps, caption }: ChartTableProps): JSX.Element {
  const say = words.value;
  const rows: Row[] = [...points.map((point) => ({ at: point.at, point })), ...gaps.map((gap) => ({ at: gap.from, gap }))];
  rows.sort((one, other) => other.at - one.at);
  const names = { p50: say.common.median, p95: say.common.p95, mean: say.common.mean, min: say.chart.min, max: say.chart.max };
  return (
    <div class="table-scroll" tabIndex={0} role="group" aria-label={caption}>
      <table class="table numbers">
        <caption class="unseen">{`${caption} (${unit(kpi)})`}</caption>
        <thead>
          <tr>
            <th scope="col">{say.chart.time}</th>
            {COLUMNS.map((column) => (
              <th key={column} scope="col">{`${names[column]} (${unit(kpi)})`}</th>
            ))}
            <th scope="col">{say.chart.samples}</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST_ROWS).map((row) =>
            "gap" in row ? (
              <tr key={row.at} class="gap-row">
                <td colSpan={7}>{say.chart.gap(between(row.gap.from, row.gap.to, present.value))}</td>
              </tr>
            ) : (
              <tr key={row.at}>
                <th scope="row">{fullMoment(row.at)}</th>
                {COLUMNS.map((column) => (
                  <td key={column}>{row.point[column] === null ? "–" : figure(kpi, row.point[column])}</td>
                ))}
                <td>{number(row.point.samples)}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
      {rows.length > MOST_ROWS && <p class="hint">{say.chart.newest(number(MOST_ROWS))}</p>}
    </div>
  );
}
