// What a screen reader is told of live changes: merged to one announcement in ten seconds, at once only if critical.
import { signal } from "@preact/signals";
import type { Alert } from "../wire";

const MERGE_MS = 10_000;

export interface Announcement {
  alerts: Alert[];
  isUrgent: boolean;
}

export const announcement = signal<Announcement>({ alerts: [], isUrgent: false });

let gathered: Alert[] = [];
let timer = 0;
let toldAt = 0;

export function announceAlert(alert: Alert): void {
  gathered.push(alert);
  if (timer !== 0) return;
  timer = window.setTimeout(tell, Math.max(500, toldAt + MERGE_MS - Date.now()));
}

function tell(): void {
  timer = 0;
  toldAt = Date.now();
  announcement.value = { alerts: gathered, isUrgent: gathered.some((alert) => alert.severity === "critical") };
  gathered = [];
}
