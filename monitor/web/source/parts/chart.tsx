// Draws one KPI over time: the middle and the slow end as lines, missing data as hatched gaps, alerts as marks.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { measures } from "../logic/measures";
import { middle, type Gap, type Point } from "../logic/points";
import { isDark, language } from "../state/preferences";
import type { Alert, Kpi } from "../wire";
import { drawGaps, drawMarks } from "./chart_drawing";
import { timeTicks, valueTicks } from "./chart_ticks";
import { color } from "./colors";

export interface ChartProps {
  kpi: Kpi;
  points: Point[];
  gaps: Gap[];
  alerts: Alert[];
  from: number;
  to: number;
  stepMs: number;
  height: number;
  label: string;
  onZoom(from: number, to: number): void;
  /** the point under the crosshair, null when there is none */
  onCursor(point: Point | null): void;
}

const FONT = '12px "Inter Variable", system-ui, sans-serif';
/** Bars of sample counts keep to the lowest part of the picture. */
const BARS_SHARE = 7;
const SMALLEST_ZOOM_PX = 8;

export function Chart(props: ChartProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const { kpi, height, label } = props;
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const drawn = new uPlot(options(latest, element.clientWidth, height), columns(latest.current), element);
    plot.current = drawn;
    const observer = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
      plot.current = null;
    };
  }, [kpi, height, isDark(), language.value]);
  useEffect(() => {
    plot.current?.setData(columns(latest.current));
  }, [props.points, props.from, props.to, props.stepMs, props.alerts]);
  return <div class="chart" ref={box} role="img" aria-label={label} style={{ height: `${height}px` }} />;
}

/** Every step of the span has its place; one without data is null, which breaks the line. */
function columns({ points, from, to, stepMs }: ChartProps): uPlot.AlignedData {
  const byStep = new Map(points.map((point) => [point.at, point]));
  const [times, middles, slow, counts]: [number[], (number | null)[], (number | null)[], (number | null)[]] = [[], [], [], []];
  for (let at = Math.ceil(from / stepMs) * stepMs; at < to; at += stepMs) {
    const point = byStep.get(at);
    // In the middle of its step, so that a gap lies exactly where nothing was measured.
    times.push((at + stepMs / 2) / 1_000);
    middles.push(point === undefined ? null : middle(point));
    slow.push(point?.p95 ?? null);
    counts.push(point?.samples ?? null);
  }
  return [times, middles, slow, counts];
}

function options(latest: { current: ChartProps }, width: number, height: number): uPlot.Options {
  const { kpi } = latest.current;
  const { floats } = measures[kpi];
  const grid = { stroke: color("line"), width: 1 };
  const axis = { stroke: color("ink-3"), font: FONT, grid, ticks: { ...grid, size: 4 } };
  return {
    width,
    height,
    padding: [14, 20, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: "roadpulse" },
      drag: { x: true, y: false, setScale: false },
      points: { size: 9, width: 2, fill: color("panel") },
    },
    scales: {
      x: { time: true, range: () => [latest.current.from / 1_000, latest.current.to / 1_000] },
      y: { range: (_, low, high) => reach(low, high, floats) },
      n: { range: (_, __, high) => [0, Math.max(1, high ?? 1) * BARS_SHARE] },
    },
    axes: [
      { ...axis, size: 34, space: 72, values: (_, splits) => timeTicks(splits, latest.current.to - latest.current.from) },
      { ...axis, size: 60, values: (drawn, splits) => (isBlank(drawn) ? splits.map(() => "") : valueTicks(kpi, splits)) },
    ],
    series: [
      {},
      { stroke: color("accent"), width: 2, points: alone(color("accent")) },
      { stroke: color("slow"), width: 1.5, dash: [5, 4], points: alone(color("slow")) },
      { scale: "n", fill: color("bars"), width: 0, paths: bars(), points: { show: false } },
    ],
    bands: [{ series: [2, 1], fill: color("band") }],
    hooks: {
      drawAxes: [(drawn) => drawGaps(drawn, latest.current.gaps)],
      draw: [(drawn) => drawMarks(drawn, latest.current.alerts)],
      setCursor: [(drawn) => latest.current.onCursor(pointAt(latest.current, drawn.cursor.idx ?? null))],
      setSelect: [(drawn) => zoom(drawn, latest.current)],
    },
  };
}

function reach(low: number | null, high: number | null, floats: boolean): [number, number] {
  if (low === null || high === null) return [0, 1];
  if (!floats) return [0, high * 1.12 || 1];
  const room = (high - low || Math.abs(high) * 0.1 || 1) * 0.12;
  return [low - room, high + room];
}

/** Without any value the scale is made up, and its figures would say what is not so. */
function isBlank(drawn: uPlot): boolean {
  return Array.from(drawn.data[1] ?? []).every((value) => value === null || value === undefined);
}

/** A line needs two neighbours; a lone step between gaps is shown as a dot instead. */
function alone(stroke: string): uPlot.Series.Points {
  return {
    show: true,
    size: 5,
    fill: stroke,
    filter: (drawn, index) => {
      const values = drawn.data[index] ?? [];
      const isKnown = (place: number): boolean => values[place] !== null && values[place] !== undefined;
      return Array.from(values.keys()).filter((place) => isKnown(place) && !isKnown(place - 1) && !isKnown(place + 1));
    },
  };
}

function bars(): uPlot.Series.PathBuilder {
  const make = uPlot.paths.bars;
  if (make === undefined) throw new Error("this build of uPlot has no bars");
  return make({ size: [0.7, 24], align: 0 });
}

function pointAt({ points, from, stepMs }: ChartProps, index: number | null): Point | null {
  if (index === null) return null;
  const at = Math.ceil(from / stepMs) * stepMs + index * stepMs;
  return points.find((point) => point.at === at) ?? null;
}

function zoom(drawn: uPlot, props: ChartProps): void {
  const { left, width } = drawn.select;
  if (width < SMALLEST_ZOOM_PX) return;
  const round = (px: number): number => Math.round((drawn.posToVal(px, "x") * 1_000) / props.stepMs) * props.stepMs;
  const [from, to] = [round(left), round(left + width)];
  drawn.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  if (to > from) props.onZoom(from, to);
}
