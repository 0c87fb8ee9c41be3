// The small line beside an alert: its own KPI at its own place over the last half hour, with the limit that it passed.
import type { JSX } from "preact";
import { isKpi, measures } from "../logic/measures";
import { middle } from "../logic/points";
import { MINUTE_MS, presentMinute } from "../state/clock";
import { useSeries } from "../state/using";
import { words } from "../words";
import type { Alert, Kpi } from "../wire";
import { Sparkline } from "./sparkline";

const MINUTES = 30;

export function AlertLine({ alert }: { alert: Alert }): JSX.Element | null {
  if (!isKpi(alert.kpi) || alert.state === "cleared") return null;
  return <Line alert={alert} kpi={alert.kpi} />;
}

function Line({ alert, kpi }: { alert: Alert; kpi: Kpi }): JSX.Element {
  const until = presentMinute.value + MINUTE_MS;
  const from = until - MINUTES * MINUTE_MS;
  const cell = alert.cell ?? "*";
  const { points } = useSeries({ provider: alert.provider, kpi, cell, generation: alert.generation ?? "*", step: 60, fixed: null }, from, until);
  const values: (number | null)[] = Array.from({ length: MINUTES }, () => null);
  for (const point of points) values[Math.round((point.at - from) / MINUTE_MS)] = middle(point);
  const threshold = alert.statistic === "count" ? null : alert.threshold;
  return <Sparkline values={values} threshold={threshold} floats={measures[kpi].floats} label={words.value.tiles.trend(words.value.kpis[kpi])} />;
}
