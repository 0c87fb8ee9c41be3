// How severities and alerts are ordered, and which alerts still ask for somebody.
import type { Alert, Severity } from "../wire";
import { SEVERITIES } from "../wire";

export const LETTERS: Record<Severity, string> = { critical: "C", major: "M", minor: "m", info: "i" };

export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function isSnoozed(alert: Alert, now: number): boolean {
  return alert.snoozed_until !== null && Date.parse(alert.snoozed_until) > now;
}

export function isWholeNetwork(alert: Alert): boolean {
  return alert.cell === null;
}

/** Newest change first; what nobody has taken comes before what is in hand. */
export function byAttention(now: number): (one: Alert, other: Alert) => number {
  return (one, other) =>
    Number(isSnoozed(one, now)) - Number(isSnoozed(other, now)) ||
    Number(one.acknowledged_by !== null) - Number(other.acknowledged_by !== null) ||
    rank(one.severity) - rank(other.severity) ||
    Date.parse(other.opened_at) - Date.parse(one.opened_at);
}

export function countBySeverity(alerts: readonly Alert[]): Record<Severity, number> {
  const counts: Record<Severity, number> = { critical: 0, major: 0, minor: 0, info: 0 };
  for (const alert of alerts) counts[alert.severity] += 1;
  return counts;
}
