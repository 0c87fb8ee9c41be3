// The trade's own words in English: KPIs, severities, causes and the like.
import type { Page } from "../../state/place";
import type { ClosedBecause } from "../../stream/closing";
import type { AlertState, Kpi, Role, Severity, Statistic } from "../../wire";

const kpis: Record<Kpi, string> = {
  latency_ms: "Latency",
  download_mbps: "Download",
  upload_mbps: "Upload",
  jitter_ms: "Jitter",
  packet_loss_pct: "Packet loss",
  signal_dbm: "Signal",
  connected: "Connected",
};
const severities: Record<Severity, string> = { critical: "Critical", major: "Major", minor: "Minor", info: "Info" };
const states: Record<AlertState, string> = { firing: "Firing", clearing: "Clearing", cleared: "Cleared" };
const statistics: Record<Statistic, string> = {
  mean: "mean",
  p50: "median",
  p95: "95th percentile",
  count: "number of measurements",
  share_connected: "share connected",
};
const roles: Record<Role, string> = {
  subscriber: "Subscriber",
  mechanic: "Mechanic",
  operator: "Operator",
  analyst: "Analyst",
  administrator: "Administrator",
};
const causes: Record<string, string> = {
  outage: "No measurements",
  slow_download: "Slow download",
  slow_upload: "Slow upload",
  latency: "High latency",
  loss: "Packet loss",
  jitter: "High jitter",
  weak_signal: "Weak signal",
  connection: "Connections fail",
  unusual: "Unusual",
};
const closings: Record<ClosedBecause, string> = {
  lost: "the connection broke off",
  silent: "nothing was heard from the server",
  unreachable: "the server does not answer",
  draining: "the server is restarting",
  token_expired: "the sign-in had to be renewed",
  too_slow: "this connection was too slow to keep up",
  lost_position: "the server lost its place",
  no_pong: "this page did not answer the server in time",
  busy: "the server is too busy",
  bad_token: "the sign-in is no longer valid",
  bad_request: "the server did not understand this page",
  no_connect: "signing in to the live link took too long",
  flood: "this page sent too many faulty messages",
  too_many: "this account has too many open connections",
  not_allowed: "this account may not follow this",
  revoked: "the account was suspended",
  frame_too_big: "a message was too large",
  unknown: "the server closed it without a known reason",
};
const pages: Record<Page, string> = {
  overview: "Overview",
  map: "Map",
  alerts: "Alerts",
  rules: "Rules",
  devices: "Devices",
  quality: "Quality",
  models: "Models",
  servers: "Servers",
  you: "You",
};

export const terms = { kpis, severities, states, statistics, roles, causes, closings, pages };
