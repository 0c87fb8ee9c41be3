// Judges how the servers do, from what each said last and when: the page's verdict, and the limits behind it.
import type { JobsState, ServerState, Traffic } from "../wire";

/** Each process reports every two seconds; four reports missed are no accident of the network. */
export const SILENT_AFTER_MS = 8_000;
/** A process that said nothing for so long is not spoken of any more. */
export const FORGOTTEN_AFTER_MS = 5 * 60_000;
export const LIMITS = {
  /** the promise: a measurement is in the roll-ups within a second */
  mergerAge: 1,
  /** an alert is told within a second; the publisher's poll alone takes half of that */
  queueAge: 2,
  /** a job waits for a free reader only; without a worker it waits for ever */
  jobsAge: 30,
} as const;

export interface Heard {
  state: ServerState;
  /** by this machine's clock */
  at: number;
  /** the lower age of the roll-ups of its last two reports: one late step is no trouble */
  lastingAgeS: number;
}

export type Condition = "well" | "full" | "no_database" | "silent" | "left" | "unknown";

/** How one process does; while our own link is away, or only just back, nobody knows. */
export function conditionOf(heard: Heard, now: number, liveSince: number | null): Condition {
  if (heard.state.is_leaving) return "left";
  if (liveSince === null) return "unknown";
  if (now - Math.max(heard.at, liveSince) > SILENT_AFTER_MS) return "silent";
  if (heard.state.merger_age_s === null) return "no_database";
  return heard.state.ingest_is_full ? "full" : "well";
}

export type Trouble =
  | { kind: "silent"; count: number; since: number }
  | { kind: "database"; count: number }
  | { kind: "full"; count: number }
  | { kind: "merger" | "queue" | "jobs"; ageS: number }
  | { kind: "failed"; count: number; of: number };

export type ServersVerdict =
  | { kind: "waiting" }
  | { kind: "cut"; since: number | null }
  | { kind: "mute"; since: number }
  | { kind: "well"; count: number }
  | { kind: "troubled"; troubles: Trouble[] };

/** `liveSince`: when our link was opened, null while it is away; `cutSince`: when it was last known to be whole. */
export function judgeServers(known: readonly Heard[], now: number, liveSince: number | null, cutSince: number | null): ServersVerdict {
  if (liveSince === null) return { kind: "cut", since: cutSince };
  const running = known.filter((one) => !one.state.is_leaving);
  const silent = running.filter((one) => conditionOf(one, now, liveSince) === "silent");
  const present = running.filter((one) => !silent.includes(one));
  if (present.length === 0) {
    const newest = Math.max(liveSince, ...known.map((one) => one.at));
    return now - newest > SILENT_AFTER_MS ? { kind: "mute", since: newest } : { kind: "waiting" };
  }
  const troubles = troublesOf(present);
  if (silent.length > 0) troubles.unshift({ kind: "silent", count: silent.length, since: Math.min(...silent.map((one) => one.at)) });
  return troubles.length > 0 ? { kind: "troubled", troubles } : { kind: "well", count: present.length };
}

function troublesOf(present: readonly Heard[]): Trouble[] {
  const states = present.map((one) => one.state);
  const troubles: Trouble[] = [];
  const without = states.filter((state) => state.merger_age_s === null).length;
  if (without > 0) troubles.push({ kind: "database", count: without });
  const full = states.filter((state) => state.ingest_is_full).length;
  if (full > 0) troubles.push({ kind: "full", count: full });
  const fleet = fleetOf(states);
  const mergerAge = Math.min(...present.map((one) => one.lastingAgeS));
  if (mergerAge > LIMITS.mergerAge) troubles.push({ kind: "merger", ageS: mergerAge });
  if ((fleet.queueAgeS ?? 0) > LIMITS.queueAge) troubles.push({ kind: "queue", ageS: fleet.queueAgeS ?? 0 });
  const jobsAge = Math.max(0, ...fleet.jobs.map((one) => one.age_s));
  if (jobsAge > LIMITS.jobsAge) troubles.push({ kind: "jobs", ageS: jobsAge });
  const { failed, succeeded, refused } = fleet.traffic;
  if (failed > 0) troubles.push({ kind: "failed", count: failed, of: failed + succeeded + refused });
  return troubles;
}

export interface Fleet {
  mergerAgeS: number | null;
  queueAgeS: number | null;
  rowsWaiting: number;
  devices: number;
  people: number;
  jobs: JobsState[];
  traffic: Traffic;
}

/** All processes together. Backlogs are the same whoever tells them: the newest word counts. */
export function fleetOf(states: readonly ServerState[]): Fleet {
  const told = states.filter((state) => state.merger_age_s !== null).sort((one, other) => other.version - one.version)[0];
  const sum = (value: (state: ServerState) => number): number => states.reduce((total, state) => total + value(state), 0);
  return {
    mergerAgeS: told?.merger_age_s ?? null,
    queueAgeS: told?.queue_age_s ?? null,
    rowsWaiting: sum((state) => state.rows_waiting),
    devices: sum((state) => state.devices),
    people: sum((state) => state.sockets - state.devices),
    jobs: told?.jobs ?? [],
    traffic: {
      over_s: Math.max(0, ...states.map((state) => state.traffic.over_s)),
      stored_last_minute: sum((state) => state.traffic.stored_last_minute),
      stored: sum((state) => state.traffic.stored),
      quarantined: sum((state) => state.traffic.quarantined),
      duplicates: sum((state) => state.traffic.duplicates),
      succeeded: sum((state) => state.traffic.succeeded),
      refused: sum((state) => state.traffic.refused),
      failed: sum((state) => state.traffic.failed),
      messages_refused: sum((state) => state.traffic.messages_refused),
    },
  };
}
