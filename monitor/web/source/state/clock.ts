// The time that the page speaks of: it ticks each second while somebody can see it, and stands still while paused.
import { computed, signal } from "@preact/signals";
import { painter } from "../stream/painter";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The real time, for what must never stand still, such as the connection. */
export const clock = signal(Date.now());

setInterval(() => {
  if (!document.hidden) clock.value = Date.now();
}, 1_000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) clock.value = Date.now();
});

/** The page's present: the pause's moment while paused. */
export const present = computed(() => (painter.paused.value ? painter.pausedAt.value : clock.value));

/** Changes once a minute, for what is drawn by the minute. */
export const presentMinute = computed(() => Math.floor(present.value / MINUTE_MS) * MINUTE_MS);
