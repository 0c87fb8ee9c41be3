// The shapes of everything that the server says and hears: one place to change when the wire changes.

export type Role = "subscriber" | "mechanic" | "operator" | "analyst" | "administrator";
export type Severity = "critical" | "major" | "minor" | "info";
export type AlertState = "firing" | "clearing" | "cleared";
export type Generation = "2G" | "3G" | "4G" | "5G";
export type Kpi =
  | "latency_ms"
  | "download_mbps"
  | "upload_mbps"
  | "jitter_ms"
  | "packet_loss_pct"
  | "signal_dbm"
  | "connected";
export type Statistic = "mean" | "p50" | "p95" | "count" | "share_connected";
/** Rows are numbered by the database; older or other servers may say it as text. */
export type Id = number | string;

export const SEVERITIES: readonly Severity[] = ["critical", "major", "minor", "info"];
export const GENERATIONS: readonly Generation[] = ["2G", "3G", "4G", "5G"];
export const KPIS: readonly Kpi[] = [
  "latency_ms",
  "download_mbps",
  "upload_mbps",
  "jitter_ms",
  "packet_loss_pct",
  "signal_dbm",
  "connected",
];
export const STATISTICS: readonly Statistic[] = ["p50", "p95", "mean", "count", "share_connected"];

export interface Listing<Item> {
  items: Item[];
  next: string | null;
}

export interface Credentials {
  access_token: string;
  expires_at: string;
  role: Role;
  /** slug of the operator's own provider */
  provider: string | null;
}

export interface Provider {
  slug: string;
  name: string;
  color: string | null;
}

export interface Overview {
  at: string;
  demo: boolean;
  /** what devices and good_share are of; null: all */
  generation: Generation | null;
  devices: { reporting: number; late_share: number | null };
  good_share: { value: number | null; samples: number };
  rules: number;
  areas: number;
  last_alert_at: string | null;
}

/** One time step of one KPI; a step without data is not listed. */
export interface KpiRow {
  at: string;
  kpi: Kpi;
  cell: string;
  generation: string;
  samples: number;
  mean: number | null;
  min: number | null;
  max: number | null;
  p50: number | null;
  p95: number | null;
}

export interface AreaKpi {
  mean: number | null;
  samples: number;
}

export interface Area {
  /** 15 hexadecimal digits */
  cell: string;
  name: string;
  outline: [number, number][];
  center: [number, number];
  samples: number;
  devices: number;
  kpis: Partial<Record<Kpi, AreaKpi>>;
}

export interface PhoneKind {
  device_info: string | null;
  app_version: string | null;
  /** all kinds of too few devices together */
  others: boolean;
  samples: number;
  devices: number;
  kpis: Partial<Record<Kpi, { mean: number; samples: number; min: number; max: number }>>;
}

export type GapKind = "unconnected" | "weak" | "silent";

/** An area where the network was missing in the last seven days. */
export interface Gap {
  cell: string;
  name: string;
  outline: [number, number][];
  center: [number, number];
  kinds: GapKind[];
  samples: number;
  connected: number | null;
  signal_dbm: number | null;
  last_day: string;
}

export interface AlertHistory {
  at: string;
  /** opened, changed, cleared, acknowledged, unacknowledged, snoozed, unsnoozed */
  action: string;
  /** the colleague; null for the judge */
  by: string | null;
  detail: { reason?: string | null; value?: number | null; samples?: number | null; until?: string | null };
}

export interface Alert {
  id: Id;
  version: number;
  state: AlertState;
  severity: Severity;
  provider: string;
  /** null when the adaptive detector found it */
  rule: Id | null;
  rule_name: string | null;
  cause: string;
  kpi: string;
  statistic: string;
  value: number | null;
  /** the rule's limit, or the edge of what is usual there */
  threshold: number | null;
  samples: number;
  devices: number;
  /** null for the provider as a whole */
  cell: string | null;
  area: string | null;
  /** where it is seen, when the provider as a whole is the place */
  cells: string[];
  generation: string | null;
  certainty: "learning" | "fair" | "sure" | null;
  flapping: boolean;
  reason: string;
  opened_at: string;
  changed_at: string;
  cleared_at: string | null;
  acknowledged_by: string | null;
  snoozed_until: string | null;
  history?: AlertHistory[];
}

export interface RuleScope {
  cell?: string | null;
  generation?: string | null;
}

export interface RuleDraft {
  provider: string;
  name?: string | null;
  kpi: Kpi;
  statistic: Statistic;
  comparison: "above" | "below";
  threshold: number;
  scope: RuleScope;
  window_s: number;
  for_s: number;
  keep_firing_for_s: number;
  min_samples: number;
  severity: Severity;
  enabled: boolean;
}

export interface Rule extends RuleDraft {
  id: Id;
}

export interface Device {
  id: Id;
  name: string;
  created_at: string;
  /** to five minutes */
  last_seen_at: string | null;
  revoked_at: string | null;
}

/** One operator's measurements of one day. */
export interface DayQuality {
  at: string;
  provider: string | null;
  rows: number;
  suspects: number;
}

/** Why items were set aside. */
export interface Rejection {
  /** the member at fault; empty for the item as a whole */
  path: string;
  reason: string;
  items: number;
  last_at: string;
}

export interface DataQuality {
  days: DayQuality[];
  quarantined: Rejection[];
  /** null for all but administrators */
  inactive_accounts: number | null;
}

export interface SetAside {
  id: Id;
  received_at: string;
  path: string;
  reason: string;
  /** base 64 */
  raw: string;
}

export interface Claim {
  code: string;
  expires_at: string;
  /** the same code as a picture: SVG text, or an address that holds one */
  qr: string;
}

/** RFC 9457, and the error member of a socket's answer. */
export interface ProblemBody {
  type?: string;
  title?: string;
  detail?: string;
  status?: number;
  retry?: boolean;
  errors?: { path: string; reason: string }[];
}

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
