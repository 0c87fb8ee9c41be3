// What an alert is called, where it is, and how bad it is, in the words of the chosen language.
import { figure, number, quantity } from "../format";
import { areaNames } from "../state/areas";
import type { Alert, AlertHistory } from "../wire";
import { words } from "../words";
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
  return alert.value === null ? null : amount(alert, alert.value, true);
}

/** A number of the alert's own kind: a count of measurements, or its KPI's value. */
export function amount(alert: Alert, value: number, withUnit: boolean): string {
  if (alert.statistic === "count" || !isKpi(alert.kpi)) return number(value);
  return withUnit ? quantity(alert.kpi, value) : figure(alert.kpi, value);
}

/** The rule's limit, or how far things usually go where the adaptive detector found it. */
export function limitOf(alert: Alert): string | null {
  if (alert.threshold === null) return null;
  const say = words.value.alerts;
  const text = amount(alert, alert.threshold, false);
  if (alert.rule !== null) return say.limit(text);
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
  return amount(alert, liesAbove(alert) ? Math.max(...values) : Math.min(...values), true);
}

/** The part of an e-mail address that people say. */
export function shortName(by: string): string {
  return by.split("@")[0] ?? by;
}
