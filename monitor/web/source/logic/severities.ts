// How severities and alerts are ordered, and which alerts still ask for somebody.
import type { Alert, Severity } from "../wire";
import { SEVERITIES } from "../wire";

export const LETTERS: Record<Severity, string> = { critical: "C", major: "M", minor: "m", info: "i" };
/** Where the letter stands on a square of 20, and the outline around it as an SVG path. */
export const LETTER_Y: Record<Severity, number> = { critical: 15.6, major: 13.8, minor: 13.6, info: 13.8 };
export const SHAPES: Record<Severity, string> = {
  critical: "M10 1.8l8.7 15.6a.8.8 0 0 1-.7 1.2H2a.8.8 0 0 1-.7-1.2z",
  major: "M10 .9l9.1 9.1-9.1 9.1L.9 10z",
  minor: "M10 1.4a8.6 8.6 0 1 1 0 17.2 8.6 8.6 0 1 1 0-17.2z",
  info: "M10 2.2a7.8 7.8 0 1 1 0 15.6 7.8 7.8 0 1 1 0-15.6z",
};

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
