// The network as it was measured, its alerts and their rules.
import type { Id } from "./basics";

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
