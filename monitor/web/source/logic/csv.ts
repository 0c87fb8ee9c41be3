// Tables as files that spreadsheets open: points, areas and alerts.
import { KPIS, type Alert, type Area } from "../wire";
import type { Point } from "./points";

type Cell = string | number | boolean | null | undefined;

const POINT_COLUMNS = ["samples", "mean", "min", "max", "p50", "p95"] as const;
const ALERT_COLUMNS = [
  "id", "opened_at", "cleared_at", "severity", "state", "cause", "kpi", "statistic", "value", "threshold", "area", "cell",
  "generation", "samples", "devices", "rule_name", "acknowledged_by", "snoozed_until",
] as const;

export function pointsAsCsv(points: readonly Point[]): string {
  const rows = points.map((point) => [new Date(point.at).toISOString(), ...POINT_COLUMNS.map((column) => point[column])]);
  return table(["at", ...POINT_COLUMNS], rows);
}

export function areasAsCsv(areas: readonly Area[]): string {
  const rows = areas.map(({ cell, name, center, devices, samples, kpis }) => [cell, name, center[1], center[0], devices, samples, ...KPIS.map((kpi) => kpis[kpi]?.mean)]);
  return table(["cell", "name", "latitude", "longitude", "devices", "samples", ...KPIS], rows);
}

export function alertsAsCsv(alerts: readonly Alert[]): string {
  return table(ALERT_COLUMNS, alerts.map((alert) => ALERT_COLUMNS.map((column) => alert[column])));
}

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [head, ...rows].map((row) => `${row.map(text).join(",")}\r\n`).join("");
}

function text(cell: Cell): string {
  if (typeof cell !== "string") return String(cell ?? "");
  // A name that somebody gave must not become a formula in whoever's spreadsheet opens it.
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
