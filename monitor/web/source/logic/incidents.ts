// Gathers alerts that are one trouble, so that a list of many reads as few: the same cause in one place, or everywhere.
import type { Alert } from "../wire";

export interface Incident {
  /** the one that stands for all: the network's own alert where there is one */
  lead: Alert;
  others: Alert[];
}

/** In the order given; a cause that troubles the network as a whole takes in its alerts of single areas. */
export function gather(alerts: readonly Alert[]): Incident[] {
  const wide = new Set(alerts.filter((alert) => alert.cell === null && alert.state !== "cleared").map((alert) => alert.cause));
  const groups = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const isPart = wide.has(alert.cause) && alert.state !== "cleared";
    const key = `${alert.cause}/${isPart ? "*" : (alert.cell ?? `alone-${alert.id}`)}/${alert.state === "cleared"}`;
    groups.set(key, [...(groups.get(key) ?? []), alert]);
  }
  return [...groups.values()].flatMap((group) => {
    const lead = group.find((alert) => alert.cell === null) ?? group[0];
    return lead === undefined ? [] : [{ lead, others: group.filter((alert) => alert !== lead) }];
  });
}
