// A KPI's steps in time: merging what comes late, finding what never came, and taking one number from many.
import type { KpiLive, KpiRow } from "../wire";

export interface Point {
  at: number;
  samples: number;
  mean: number | null;
  min: number | null;
  max: number | null;
  p50: number | null;
  p95: number | null;
}

export interface Gap {
  from: number;
  to: number;
}

export function pointOfRow(row: KpiRow): Point {
  const { samples, mean, min, max, p50, p95 } = row;
  return { at: Date.parse(row.at), samples, mean, min, max, p50, p95 };
}

/** A live update knows less than a row: what it does not say stays as it was. */
export function mergeLive(before: Point | undefined, live: KpiLive): Point {
  const { samples, mean, p50, p95 } = live;
  const rest = { min: before?.min ?? null, max: before?.max ?? null };
  return { at: Date.parse(live.from), samples, mean, p50, p95, ...rest };
}

/** Steps without any data, joined; the step that runs now is not missing yet. */
export function findGaps(points: readonly Point[], from: number, to: number, stepMs: number, now: number): Gap[] {
  const end = Math.min(to, Math.floor(now / stepMs) * stepMs);
  const have = new Set(points.filter((point) => point.samples > 0).map((point) => point.at));
  const gaps: Gap[] = [];
  for (let at = Math.ceil(from / stepMs) * stepMs; at < end; at += stepMs) {
    if (have.has(at)) continue;
    const last = gaps.at(-1);
    if (last !== undefined && last.to === at) last.to = at + stepMs;
    else gaps.push({ from: at, to: at + stepMs });
  }
  return gaps;
}

type Column = "mean" | "min" | "max" | "p50" | "p95";

/** One number for many steps, each weighted by its samples; null where nothing was measured. */
export function weighted(points: readonly Point[], column: Column): { value: number | null; samples: number } {
  let sum = 0;
  let samples = 0;
  for (const point of points) {
    const value = point[column];
    if (value === null) continue;
    sum += value * point.samples;
    samples += point.samples;
  }
  return { value: samples === 0 ? null : sum / samples, samples };
}

/** The middle of a step: its median where the server has one, else its mean. */
export function middle(point: Point): number | null {
  return point.p50 ?? point.mean;
}

export function hasMedian(points: readonly Point[]): boolean {
  return points.some((point) => point.p50 !== null);
}
