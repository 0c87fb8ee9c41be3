// What an alert is called, where it is, and how bad it is, in the words of the chosen language.
import { figure, number, quantity } from "../format";
import { areaNames } from "../state/areas";
import type { Alert, Kpi } from "../wire";
import { words } from "../words";
import { isKpi } from "./measures";
import { isWholeNetwork } from "./severities";

/** An operator's own name for the rule, or what the trouble is. */
export function headline(alert: Alert): string {
  const own = alert.rule_name ?? null;
  if (own !== null && own !== "") return own;
  return words.value.causes[alert.cause] ?? (isKpi(alert.kpi) ? words.value.kpis[alert.kpi] : alert.cause);
}

export function whereOf(alert: Alert): string {
  if (isWholeNetwork(alert)) return words.value.common.wholeNetwork;
  return alert.area ?? areaNames.value.get(alert.cell ?? "") ?? alert.cell ?? "";
}

export function valueOf(alert: Alert): string | null {
  if (alert.value === null) return null;
  if (alert.cause === "outage") return number(alert.value);
  return isKpi(alert.kpi) ? quantity(alert.kpi, alert.value) : number(alert.value, 1);
}

/** The limit that was passed; the adaptive detector's alerts have none of their own. */
export function limitOf(alert: Alert): string | null {
  if (alert.threshold === null) return null;
  const text = isKpi(alert.kpi) && alert.cause !== "outage" ? figure(alert.kpi as Kpi, alert.threshold) : number(alert.threshold);
  return words.value.alerts.limit(text);
}

/** The part of an e-mail address that people say. */
export function shortName(by: string): string {
  return by.split("@")[0] ?? by;
}
