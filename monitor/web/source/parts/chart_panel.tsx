// One KPI over time with everything around it: what it says in words, the value under the crosshair, table and file.
import { useMemo, useState } from "preact/hooks";
import type { JSX } from "preact";
import { useSignal, type Signal } from "@preact/signals";
import { moment, number, quantity } from "../format";
import { pointsAsCsv } from "../logic/csv";
import { offerFile } from "../logic/files";
import { findGaps, hasMedian, middle, weighted, type Point } from "../logic/points";
import { summaryOf } from "../logic/summary";
import { isWholeNetwork } from "../logic/severities";
import { present, presentMinute } from "../state/clock";
import { go, place, span } from "../state/place";
import { provider } from "../state/providers";
import { useAlertsWithin } from "../state/histories";
import { useSeries } from "../state/using";
import { words } from "../words";
import type { Kpi } from "../wire";
import type { ChartProps } from "./chart";
import { Bone } from "./bone";
import { ChartTable } from "./chart_table";
import { Choice } from "./choice";
import { Icon, type IconName } from "./icons";
import { KpiChoice } from "./kpi_choice";
import { lazily } from "./lazily";

const Chart = lazily<ChartProps>(() => import("./chart").then((module) => module.Chart), "260px");

interface ChartPanelProps {
  /** the area's cell, null for the whole network */
  cell: string | null;
  where: string;
  height?: number;
  isBare?: boolean;
}

export function ChartPanel({ cell, where, height = 260, isBare = false }: ChartPanelProps): JSX.Element {
  const say = words.value;
  const [view, setView] = useState<View>("chart");
  const cursor = useSignal<Point | null>(null);
  const { kpi, generation, from: fixedFrom } = place.value;
  const { from, to, step } = span.value;
  const fixed = fixedFrom === null ? null : `${from}-${to}`;
  const key = { provider: provider.value ?? "", kpi, cell: cell ?? "*", generation: generation ?? "*", step, fixed };
  const { points, status, again } = useSeries(key, from, to);
  const all = useAlertsWithin(from, to);
  const marks = useMemo(() => all.filter((alert) => alert.kpi === kpi && (cell === null || alert.cell === cell || isWholeNetwork(alert))), [all, kpi, cell]);
  const gaps = useMemo(() => findGaps(points, from, to, step * 1_000, presentMinute.value), [points, from, to, step, presentMinute.value]);
  const title = say.chart.over(say.kpis[kpi], generation === null ? where : `${where}, ${generation}`);
  const summary = status === "loading" ? say.common.loading : status === "failed" ? say.common.failed : summaryOf(kpi, points, gaps, present.value);
  const drawing = { kpi, points, gaps, alerts: marks, from, to, stepMs: step * 1_000, height, label: `${title}. ${summary}` };
  return (
    <section class={isBare ? "chart-panel bare" : "panel chart-panel"} aria-label={title}>
      <header class="panel-head">
        {isBare ? (
          <h3>{say.area.overTime}</h3>
        ) : (
          <>
            <h2 class="unseen">{title}</h2>
            <KpiChoice />
            <span class="panel-where">{generation === null ? where : `${where} · ${generation}`}</span>
          </>
        )}
        <Tools view={view} onView={setView} isZoomed={fixed !== null} onSave={points.length === 0 ? null : () => save(title, points)} />
      </header>
      <p class="chart-summary">{summary}</p>
      {status === "failed" ? (
        <div class="empty">
          <button type="button" onClick={again}>
            {say.common.retry}
          </button>
        </div>
      ) : view === "table" ? (
        <ChartTable kpi={kpi} points={points} gaps={gaps} caption={title} />
      ) : status === "loading" ? (
        <Bone height={height} />
      ) : (
        <>
          <Readout kpi={kpi} points={points} cursor={cursor} />
          <Chart {...drawing} onZoom={(start, end) => go({ from: start, to: end })} onCursor={(point) => (cursor.value = point)} />
        </>
      )}
    </section>
  );
}

type View = "chart" | "table";

interface ToolsProps {
  view: View;
  onView(view: View): void;
  isZoomed: boolean;
  /** null while there is nothing to save */
  onSave: (() => void) | null;
}

function Tools({ view, onView, isZoomed, onSave }: ToolsProps): JSX.Element {
  const say = words.value;
  return (
    <div class="panel-tools">
      {isZoomed && (
        <button type="button" class="quiet small" onClick={() => go({ from: null, to: null })}>
          {say.chart.zoomOut}
        </button>
      )}
      <Choice<View>
        small
        label={say.chart.view}
        options={[
          { value: "chart", label: <ViewName icon="chart" name={say.common.chart} />, title: say.common.chart },
          { value: "table", label: <ViewName icon="table" name={say.common.table} />, title: say.common.table },
        ]}
        chosen={view}
        onChoose={onView}
      />
      <button type="button" class="quiet small" title={say.chart.download} onClick={() => onSave?.()} disabled={onSave === null}>
        <Icon name="file" size={16} />
        {say.chart.csv}
      </button>
    </div>
  );
}

function ViewName({ icon, name }: { icon: IconName; name: string }): JSX.Element {
  return (
    <>
      <Icon name={icon} size={16} />
      <span class="unseen">{name}</span>
    </>
  );
}

interface ReadoutProps {
  kpi: Kpi;
  points: Point[];
  cursor: Signal<Point | null>;
}

/** What the lines are and what they are worth: under the crosshair, else over the whole span. */
function Readout({ kpi, points, cursor }: ReadoutProps): JSX.Element {
  const say = words.value;
  const at = cursor.value;
  const whole = [weighted(points, "p50").value ?? weighted(points, "mean").value, weighted(points, "p95").value] as const;
  const [central, slow] = at === null ? whole : ([middle(at), at.p95] as const);
  const samples = at === null ? points.reduce((sum, point) => sum + point.samples, 0) : at.samples;
  return (
    <p class="readout">
      <span class="key central">{hasMedian(points) ? say.common.median : say.common.mean}</span>
      <b>{central === null ? "–" : quantity(kpi, central)}</b>
      {points.some((point) => point.p95 !== null) && (
        <>
          <span class="key slow">{say.common.p95}</span>
          <b>{slow === null ? "–" : quantity(kpi, slow)}</b>
        </>
      )}
      <span class="key bars">{say.common.samples}</span>
      <b>{number(samples)}</b>
      <span class="readout-at">{at === null ? say.chart.zoomHint : moment(at.at, present.peek())}</span>
    </p>
  );
}

function save(title: string, points: Point[]): void {
  const name = `${title} ${new Date().toISOString().slice(0, 16)}`.replace(/[^\p{L}\p{N}]+/gu, "-");
  offerFile(`${name}.csv`, pointsAsCsv(points), "text/csv");
}
