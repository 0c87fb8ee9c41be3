// One KPI over time with everything around it: what it says in words, the value under the crosshair, table and files.
import { useMemo, useRef, useState } from "preact/hooks";
import type { JSX } from "preact";
import { useSignal } from "@preact/signals";
import { pointsAsCsv } from "../logic/csv";
import { findGaps, type Gap, type Point } from "../logic/points";
import { summaryOf } from "../logic/summary";
import { isWholeNetwork } from "../logic/severities";
import type { Reading } from "../http";
import { present, presentMinute } from "../state/clock";
import { go, place, span } from "../state/place";
import { provider } from "../state/providers";
import { useAlertsWithin } from "../state/histories";
import { readingOf } from "../state/series";
import { useSeries, type Drawn } from "../state/using";
import { words } from "../words";
import type { Alert } from "../wire";
import type { ChartProps } from "./chart";
import { Bone } from "./bone";
import { keysOf, Readout } from "./chart_readout";
import { ChartTable } from "./chart_table";
import { Choice } from "./choice";
import { framed } from "./framed";
import { Icon, type IconName } from "./icons";
import { KpiChoice } from "./kpi_choice";
import { lazily } from "./lazily";
import { PanelMenu } from "./panel_menu";

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
  const box = useRef<HTMLElement>(null);
  const { kpi, generation } = place.value;
  const read = useReadings(cell);
  const title = say.chart.over(say.kpis[kpi], generation === null ? where : `${where}, ${generation}`);
  const summary = read.status === "loading" ? say.common.loading : read.status === "failed" ? say.common.failed : summaryOf(kpi, read.points, read.gaps, present.value);
  const isDrawn = view === "chart" && read.status === "ready";
  return (
    <section ref={box} class={isBare ? "chart-panel bare" : "panel chart-panel"} aria-label={title}>
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
        <div class="panel-tools">
          <ViewChoice view={view} onView={setView} />
          <PanelMenu
            title={title}
            reading={read.reading}
            table={read.points.length === 0 ? null : () => pointsAsCsv(read.points)}
            picture={isDrawn ? async () => pictureOf(box.current, title, summary, read.points) : null}
          />
        </div>
      </header>
      <p class="chart-summary">{summary}</p>
      <Body read={read} view={view} title={title} summary={summary} height={height} />
    </section>
  );
}

type View = "chart" | "table";

interface Readings extends Drawn {
  reading: Reading;
  gaps: Gap[];
  marks: Alert[];
}

/** What the chosen KPI was here over the chosen span, what is missing of it, and which alerts belong to it. */
function useReadings(cell: string | null): Readings {
  const { kpi, generation, from: fixedFrom } = place.value;
  const { from, to, step } = span.value;
  const fixed = fixedFrom === null ? null : `${from}-${to}`;
  const key = { provider: provider.value ?? "", kpi, cell: cell ?? "*", generation: generation ?? "*", step, fixed };
  const drawn = useSeries(key, from, to);
  const all = useAlertsWithin(from, to);
  const marks = useMemo(() => all.filter((alert) => alert.kpi === kpi && (cell === null || alert.cell === cell || isWholeNetwork(alert))), [all, kpi, cell]);
  const gaps = useMemo(
    () => findGaps(drawn.points, from, to, step * 1_000, presentMinute.value),
    [drawn.points, from, to, step, presentMinute.value],
  );
  return { ...drawn, reading: readingOf(key, from, to), gaps, marks };
}

interface BodyProps {
  read: Readings;
  view: View;
  title: string;
  summary: string;
  height: number;
}

function Body({ read, view, title, summary, height }: BodyProps): JSX.Element {
  const cursor = useSignal<Point | null>(null);
  const { points, gaps, marks, status, again } = read;
  const { kpi } = place.value;
  const { from, to, step } = span.value;
  if (status === "failed") {
    return (
      <div class="empty">
        <button type="button" onClick={again}>
          {words.value.common.retry}
        </button>
      </div>
    );
  }
  if (view === "table") return <ChartTable kpi={kpi} points={points} gaps={gaps} caption={title} />;
  if (status === "loading") return <Bone height={height} />;
  const drawing = { kpi, points, gaps, alerts: marks, from, to, stepMs: step * 1_000, height, label: `${title}. ${summary}` };
  return (
    <>
      <Readout kpi={kpi} points={points} cursor={cursor} />
      <Chart {...drawing} onZoom={(start, end) => go({ from: start, to: end })} onCursor={(point) => (cursor.value = point)} />
    </>
  );
}

function ViewChoice({ view, onView }: { view: View; onView(view: View): void }): JSX.Element {
  const say = words.value;
  return (
    <>
      {place.value.from !== null && (
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
    </>
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

function pictureOf(panel: HTMLElement | null, title: string, text: string, points: readonly Point[]): HTMLCanvasElement {
  const drawn = panel?.querySelector("canvas");
  if (!(drawn instanceof HTMLCanvasElement)) throw new Error("the chart is not drawn");
  return framed(drawn, { title, text, keys: keysOf(points), source: null });
}
