// What comes over the socket.
import type { Id, ProblemBody, Role } from "./basics";

/** A row that a live channel carries; more members depend on the channel. */
export interface LiveRow {
  id: Id;
  version: number;
}

export interface KpiLive extends LiveRow {
  from: string;
  to: string;
  samples: number;
  mean: number | null;
  p50: number | null;
  p95: number | null;
}

export interface MeasurementLive extends LiveRow {
  measured_at?: string;
  cell?: string | null;
}

/** What there is to do of one kind, in the fleet as a whole. */
export interface JobsState {
  kind: "examine" | "diagnose";
  waiting: number;
  running: number;
  /** given up */
  parked: number;
  age_s: number;
}

/** What one server process did in the last five minutes. */
export interface Traffic {
  /** how far back the counts reach: 300, less just after a start */
  over_s: number;
  stored_last_minute: number;
  stored: number;
  quarantined: number;
  duplicates: number;
  succeeded: number;
  refused: number;
  failed: number;
  messages_refused: number;
}

/** One server process, as it says itself. */
export interface ServerState extends LiveRow {
  release: string;
  started_at: string;
  is_leaving: boolean;
  sockets: number;
  devices: number;
  ingest_is_full: boolean;
  rows_waiting: number;
  live: boolean;
  /** null: the database does not answer this process */
  merger_age_s: number | null;
  queue_age_s: number | null;
  jobs: JobsState[];
  traffic: Traffic;
}

export interface LiveEvent {
  id?: Id | null;
  offset?: number | null;
  event: string;
  data: LiveRow;
}

export interface Subscribed {
  channel?: string;
  offset?: number;
  epoch?: string;
  recovered?: boolean;
  events?: LiveEvent[];
  snapshot?: { rows: LiveRow[] };
}

export interface Connected {
  session: string;
  time: string;
  ping_s: number;
  role: Role;
  limits: Limits;
}

export interface Limits {
  /** largest file */
  media_bytes?: number;
  /** bytes of an upload that may be under way beyond the last credit */
  media_window?: number;
}

/** One frame from the server; exactly one verb, or none for a ping. */
export interface ServerFrame {
  id?: number | null;
  connect?: Connected;
  refresh?: { expires_at: string };
  subscribe?: Subscribed;
  unsubscribe?: { channel: string };
  /** `upload` and `offset`, or `complete` for a file that is there already */
  media?: { media: string; upload?: number; offset?: number; complete?: boolean };
  error?: ProblemBody;
  push?: { channel: string; events: LiveEvent[] };
}
