// What the lines of a chart are, and what they are worth under the crosshair or over the whole span.
import type { JSX } from "preact";
import type { Signal } from "@preact/signals";
import { moment, number, quantity } from "../format";
import { hasMedian, middle, weighted, type Point } from "../logic/points";
import { present } from "../state/clock";
import { words } from "../words";
import type { Kpi } from "../wire";
import { color } from "./colors";
import type { Key } from "./framed";

interface ReadoutProps {
  kpi: Kpi;
  points: Point[];
  cursor: Signal<Point | null>;
}

export function Readout({ kpi, points, cursor }: ReadoutProps): JSX.Element {
  const say = words.value;
  const at = cursor.value;
  const whole = [weighted(points, "p50").value ?? weighted(points, "mean").value, weighted(points, "p95").value] as const;
  const [central, slow] = at === null ? whole : ([middle(at), at.p95] as const);
  const samples = at === null ? points.reduce((sum, point) => sum + point.samples, 0) : at.samples;
  return (
    <p class="readout">
      <span class="key central">{hasMedian(points) ? say.common.median : say.common.mean}</span>
      <b>{central === null ? "–" : quantity(kpi, central)}</b>
      {hasSlow(points) && (
        <>
          <span class="key slow">{say.common.p95}</span>
          <b>{slow === null ? "–" : quantity(kpi, slow)}</b>
        </>
      )}
      <span class="key bars">{say.common.samples}</span>
      <b>{number(samples)}</b>
      <span class={at === null ? "readout-at zoom-hint" : "readout-at"}>{at === null ? say.chart.zoomHint : moment(at.at, present.peek())}</span>
    </p>
  );
}

/** The same for a picture that is saved. */
export function keysOf(points: readonly Point[]): Key[] {
  const { median, mean, p95, samples } = words.peek().common;
  const slow = hasSlow(points) ? [{ color: color("slow"), name: p95 }] : [];
  return [{ color: color("accent"), name: hasMedian(points) ? median : mean }, ...slow, { color: color("bars"), name: samples }];
}

function hasSlow(points: readonly Point[]): boolean {
  return points.some((point) => point.p95 !== null);
}
