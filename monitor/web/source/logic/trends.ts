// What a line does over its span, for the sentence that stands beside each chart.
import { middle, type Point } from "./points";

export type Trend =
  | { kind: "empty" }
  | { kind: "moved"; direction: "rose" | "fell"; from: number; to: number; start: number; end: number }
  | { kind: "level"; value: number; low: Extreme; high: Extreme };

export interface Extreme {
  at: number;
  value: number;
}

/** Less than this, and the line is called level. */
const MOVED_SHARE = 0.15;

export function describe(points: readonly Point[]): Trend {
  const known = points.flatMap((point) => {
    const value = middle(point);
    return value === null ? [] : [{ at: point.at, value }];
  });
  const first = known[0];
  const last = known.at(-1);
  if (first === undefined || last === undefined) return { kind: "empty" };
  const width = Math.max(1, Math.floor(known.length / 6));
  const start = average(known.slice(0, width));
  const end = average(known.slice(-width));
  const low = known.reduce((lowest, one) => (one.value < lowest.value ? one : lowest));
  const high = known.reduce((highest, one) => (one.value > highest.value ? one : highest));
  const moved = Math.abs(end - start) > MOVED_SHARE * Math.max(Math.abs(start), 1e-9);
  if (!moved || known.length < 4) return { kind: "level", value: average(known), low, high };
  return { kind: "moved", direction: end > start ? "rose" : "fell", from: first.at, to: last.at, start, end };
}

function average(values: readonly Extreme[]): number {
  return values.reduce((sum, one) => sum + one.value, 0) / values.length;
}
