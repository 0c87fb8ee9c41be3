// What an alert is called, where it is, and how bad it is, in the words of the chosen language.
import { duration, given, number, quantity } from "../format";
import { areaNames } from "../state/areas";
import { DAY_MS } from "../state/clock";
import type { Alert, AlertHistory, Kpi } from "../wire";
import { words } from "../words";
import { faultOf } from "./faults";
import { isKpi, measures } from "./measures";
import { isWholeNetwork } from "./severities";

/** What the trouble is, in the trade's words. */
export function headline(alert: Alert): string {
  return words.value.causes[alert.cause] ?? (isKpi(alert.kpi) ? words.value.kpis[alert.kpi] : alert.cause);
}

export function whereOf(alert: Alert): string {
  const say = words.value;
  const seenIn = alert.cells.length;
  if (isWholeNetwork(alert)) return seenIn > 0 ? say.alerts.areas(seenIn, number(seenIn)) : say.common.wholeNetwork;
  return areaNames.value.get(alert.cell ?? "") ?? alert.area ?? alert.cell ?? "";
}

export function valueOf(alert: Alert): string | null {
  return alert.value === null ? null : amount(alert, alert.value);
}

type Measured = Pick<Alert, "kpi" | "statistic">;

/** The KPI in whose unit an alert or a rule measures; null for a count of measurements. */
function kpiOf({ kpi, statistic }: Measured): Kpi | null {
  if (statistic === "count") return null;
  if (statistic === "share_connected") return "connected";
  return isKpi(kpi) ? kpi : null;
}

/** A number of the alert's own kind. */
export function amount(alert: Measured, value: number): string {
  const kpi = kpiOf(alert);
  return kpi === null ? number(value) : quantity(kpi, value);
}

/** A rule's limit, as it was given. */
export function limitGiven(rule: Measured, threshold: number): string {
  const kpi = kpiOf(rule);
  return kpi === null ? number(threshold) : given(kpi, threshold);
}

/** The rule's limit, or how far things usually go where the adaptive detector found it. */
export function limitOf(alert: Alert): string | null {
  if (alert.threshold === null) return null;
  const say = words.value.alerts;
  if (alert.rule !== null) {
    const text = limitGiven(alert, alert.threshold);
    return say.limit(kpiOf(alert) === null ? say.measurements(alert.threshold, text) : text);
  }
  const text = amount(alert, alert.threshold);
  return liesAbove(alert) ? say.usuallyBelow(text) : say.usuallyAbove(text);
}

/** On which side of its limit the trouble lies. */
function liesAbove(alert: Alert): boolean {
  if (alert.statistic === "count" || !isKpi(alert.kpi)) return false;
  return (measures[alert.kpi].worse === "above") !== (alert.cause === "unusual");
}

/** How bad it was while it lasted: an alert that is over holds the value with which it recovered. */
export function worstOf(alert: Alert, history: readonly AlertHistory[]): string | null {
  const values = history.flatMap(({ detail }) => (detail.value == null ? [] : [detail.value]));
  if (values.length === 0) return null;
  return amount(alert, liesAbove(alert) ? Math.max(...values) : Math.min(...values));
}

/** What a member of a measurement is called; "" is the measurement itself. */
export function memberName(path: string): string {
  return isKpi(path) ? words.value.kpis[path] : (words.value.members[path] ?? path);
}

/** What is wrong with it; of a sentence that these pages do not know, the server's own. */
export function faultSaid(reason: string): string {
  const fault = faultOf(reason);
  if (fault === null) return reason;
  const { name, value } = fault;
  const text = name === "ahead" ? duration(value * 1_000) : name === "old" ? duration(value * DAY_MS) : number(value);
  return words.value.faults[name](text);
}

/** The part of an e-mail address that people say. */
export function shortName(by: string): string {
  return by.split("@")[0] ?? by;
}
