// The open alerts of the shown provider, kept true by the live channel, and what people do to them.
import { computed, signal } from "@preact/signals";
import { ask } from "../http";
import { isSnoozed, rank } from "../logic/severities";
import { painter } from "../stream/painter";
import { isKpi } from "../logic/measures";
import type { Alert, Id, LiveEvent, LiveRow, Severity } from "../wire";
import { announceAlert } from "./announcements";

/** A cleared alert stays in the list this long, so that its end is seen and not just its absence. */
const LINGER_MS = 90_000;

class Alerts {
  /** null until the first snapshot */
  readonly shown = signal<Alert[] | null>(null);
  /** Rises with each event, for what reads the history again. */
  readonly changes = signal(0);
  private held = new Map<string, Alert>();
  /** Versions of cleared alerts, so that a late event does not bring one back. */
  private ended = new Map<string, number>();
  private known = false;

  reset(): void {
    this.held.clear();
    this.ended.clear();
    this.known = false;
    this.shown.value = null;
  }

  replace(rows: LiveRow[]): void {
    this.held = new Map((rows as Alert[]).map((alert) => [String(alert.id), alert]));
    this.known = true;
    painter.ask(this.paint, 0);
  }

  follow(event: LiveEvent): void {
    const alert = event.data as Alert;
    const isNew = !this.held.has(String(alert.id));
    if (!this.hold(alert)) return;
    if (isNew && alert.state === "firing" && !isSnoozed(alert, Date.now())) announceAlert(alert);
    painter.ask(this.paint);
  }

  /** Takes what the server answered to somebody's own click, which shows at once even while paused. */
  take(alert: Alert): void {
    this.hold(alert);
    this.paint();
  }

  private hold(alert: Alert): boolean {
    const key = String(alert.id);
    const version = this.held.get(key)?.version ?? this.ended.get(key) ?? -1;
    if (alert.version <= version) return false;
    const before = this.held.get(key);
    // Live events carry the row alone; the names that only a listing knows stay.
    this.held.set(key, { ...before, ...alert });
    if (alert.state === "cleared") {
      this.ended.set(key, alert.version);
      setTimeout(() => this.release(key), LINGER_MS);
    }
    return true;
  }

  private release(key: string): void {
    if (this.held.get(key)?.state !== "cleared") return;
    this.held.delete(key);
    painter.ask(this.paint, 0);
  }

  private paint = (): void => {
    if (!this.known) return;
    this.shown.value = [...this.held.values()];
    this.changes.value += 1;
  };
}

export const alerts = new Alerts();

/** The worst that is open in each area, as one text: it stays the same while alerts change in what nobody sees of it. */
const worst = computed(() => {
  const found = new Map<string, Severity>();
  for (const { cell, state, kpi, severity } of alerts.shown.value ?? []) {
    if (cell === null || state === "cleared" || !isKpi(kpi)) continue;
    const known = found.get(cell);
    if (known === undefined || rank(severity) < rank(known)) found.set(cell, severity);
  }
  return JSON.stringify([...found].sort());
});

/** By cell, the severity of the worst alert that is open there. */
export const worstByCell = computed(() => new Map(JSON.parse(worst.value) as [string, Severity][]));

export type Deed = "acknowledge" | "unacknowledge" | "snooze" | "unsnooze";

export async function act(id: Id, deed: Deed, until: number | null = null): Promise<Alert> {
  const body = until === null ? {} : { until: new Date(until).toISOString() };
  const alert = await ask<Alert>("POST", `/v1/alerts/${encodeURIComponent(String(id))}/${deed}`, body);
  alerts.take(alert);
  return alert;
}
