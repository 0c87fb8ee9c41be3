// The state of the network in one sentence's worth of facts, from what is really known.
import type { Alert } from "../wire";
import { isSnoozed, rank } from "./severities";

/** Without a measurement for this long the page must not say that all is well. */
export const STALE_AFTER_MS = 3 * 60_000;

export type Verdict =
  | { kind: "loading" }
  | { kind: "waiting" }
  | { kind: "cut"; since: number }
  | { kind: "stale"; since: number }
  | { kind: "normal"; lastAlertAt: number | null; rules: number; areas: number }
  | { kind: "recovering"; alerts: number; worst: Alert }
  | { kind: "degraded"; areas: number; ofAreas: number; wide: boolean; worst: Alert; unhandled: number };

export interface Known {
  now: number;
  alerts: readonly Alert[] | null;
  rules: number;
  areas: number;
  lastAlertAt: number | null;
  /** the newest measurement that the page knows of, null if none ever */
  lastDataAt: number | null;
  isDataKnown: boolean;
  /** since when the live link is away, null while it is whole */
  cutSince: number | null;
}

/** A short break in the link is the pill's business; from here on the sentence says it too. */
const CUT_AFTER_MS = 15_000;

export function judge(known: Known): Verdict {
  const { now, alerts } = known;
  if (known.cutSince !== null && now - known.cutSince > CUT_AFTER_MS) return { kind: "cut", since: known.cutSince };
  if (alerts === null || !known.isDataKnown) return { kind: "loading" };
  const awake = alerts.filter((alert) => alert.state !== "cleared" && !isSnoozed(alert, now) && alert.severity !== "info");
  const firing = awake.filter((alert) => alert.state === "firing");
  const worst = [...firing].sort(byWeight)[0];
  if (worst !== undefined) {
    const cells = new Set(firing.flatMap((alert) => (alert.cell === null ? alert.cells : [alert.cell])));
    const unhandled = firing.filter((alert) => alert.acknowledged_by === null).length;
    return {
      kind: "degraded",
      areas: cells.size,
      ofAreas: Math.max(known.areas, cells.size),
      wide: firing.some((alert) => alert.cell === null && alert.cells.length === 0),
      worst,
      unhandled,
    };
  }
  if (known.lastDataAt === null) return { kind: "waiting" };
  if (now - known.lastDataAt > STALE_AFTER_MS) return { kind: "stale", since: known.lastDataAt };
  const fading = [...awake].sort(byWeight)[0];
  if (fading !== undefined) return { kind: "recovering", alerts: awake.length, worst: fading };
  return { kind: "normal", lastAlertAt: known.lastAlertAt, rules: known.rules, areas: known.areas };
}

function byWeight(one: Alert, other: Alert): number {
  return rank(one.severity) - rank(other.severity) || Date.parse(one.opened_at) - Date.parse(other.opened_at);
}
