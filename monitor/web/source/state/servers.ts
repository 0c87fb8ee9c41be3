// Follows what the server processes say of themselves, as long as somebody looks.
import { computed, effect, signal, untracked } from "@preact/signals";
import { conditionOf, fleetOf, FORGOTTEN_AFTER_MS, judgeServers, type Heard } from "../logic/servers";
import { channels } from "../stream/channels";
import { link } from "../stream/link";
import { painter } from "../stream/painter";
import type { LiveRow, ServerState } from "../wire";
import { clock, present } from "./clock";

const SAMPLE_EVERY_MS = 2_000;
/** Five minutes of small lines. */
const SAMPLES = 150;

/** What all processes together were at one moment; null where nobody said. */
interface Sample {
  mergerAgeS: number | null;
  stored: number | null;
  rowsWaiting: number | null;
}

const heard = new Map<string, Heard>();
let taken: Sample[] = [];
let sampledAt = 0;

const shown = signal<readonly Heard[]>([]);
export const samples = signal<readonly Sample[]>([]);
const liveSince = signal<number | null>(null);

/** The pause's moment while the link is whole; a cut is told at once all the same. */
const now = computed(() => (liveSince.value === null ? clock.value : present.value));

/** Every process that was heard of and is not forgotten, by name. */
export const servers = computed(() =>
  shown.value
    .filter((one) => now.value - one.at < FORGOTTEN_AFTER_MS)
    .map((one) => ({ ...one, condition: conditionOf(one, now.value, liveSince.value) })),
);
export const fleet = computed(() => fleetOf(servers.value.filter((one) => isPresent(one.condition)).map((one) => one.state)));
export const serversVerdict = computed(() => judgeServers(servers.value, now.value, liveSince.value, link.wholeUntil || null));

function isPresent(condition: string): boolean {
  return condition !== "silent" && condition !== "left";
}

function hear(row: LiveRow): void {
  const state = row as ServerState;
  const before = heard.get(String(state.id));
  if (before !== undefined && before.state.version >= state.version) return;
  const ageS = state.merger_age_s ?? Infinity;
  heard.set(String(state.id), { state, at: Date.now(), lastingAgeS: Math.min(ageS, before?.state.merger_age_s ?? ageS) });
  painter.ask(paint);
}

function paint(): void {
  shown.value = [...heard.values()].sort((one, other) => String(one.state.id).localeCompare(String(other.state.id), "en", { numeric: true }));
  samples.value = [...taken];
}

function sample(): void {
  const at = Date.now();
  const since = liveSince.peek();
  const states = [...heard.values()].filter((one) => isPresent(conditionOf(one, at, since)) && since !== null).map((one) => one.state);
  // A tab that slept has a hole, not a jump.
  const missed = sampledAt === 0 ? 0 : Math.min(SAMPLES, Math.round((at - sampledAt) / SAMPLE_EVERY_MS) - 1);
  const unknown: Sample = { mergerAgeS: null, stored: null, rowsWaiting: null };
  for (let index = 0; index < missed; index += 1) taken.push(unknown);
  const { mergerAgeS, traffic, rowsWaiting } = fleetOf(states);
  taken.push(states.length === 0 ? unknown : { mergerAgeS, stored: traffic.stored_last_minute, rowsWaiting });
  taken = taken.slice(-SAMPLES);
  sampledAt = at;
  for (const [id, one] of heard) if (at - one.at > FORGOTTEN_AFTER_MS) heard.delete(id);
  painter.ask(paint, 0);
}

/** Begins to follow; the answer ends it and forgets, since nobody listens then to who falls silent. */
export function followServers(): () => void {
  const stop = [
    effect(() => {
      const isLive = link.state.value.kind === "live";
      untracked(() => (liveSince.value = isLive ? Date.now() : null));
    }),
    channels.add({ channel: "ops", kind: "latest", replace: (rows) => rows.forEach(hear), follow: (event) => hear(event.data) }),
  ];
  const timer = setInterval(sample, SAMPLE_EVERY_MS);
  return () => {
    clearInterval(timer);
    stop.forEach((end) => end());
    heard.clear();
    taken = [];
    sampledAt = 0;
    paint();
  };
}
