// Where a person is in the console and what they look at, kept in the address so that a link shows the same.
import { computed, signal } from "@preact/signals";
import { GENERATIONS, KPIS, SEVERITIES, type Generation, type Kpi, type Severity } from "../wire";
import { DAY_MS, HOUR_MS, MINUTE_MS, presentMinute } from "./clock";

export const TABS = ["overview", "map", "alerts", "rules", "devices", "quality", "models", "servers"] as const;
export type Tab = (typeof TABS)[number];
export const PAGES = [...TABS, "you"] as const;
export type Page = (typeof PAGES)[number];
export const RANGES = { "15m": 15 * MINUTE_MS, "1h": HOUR_MS, "6h": 6 * HOUR_MS, "24h": DAY_MS, "7d": 7 * DAY_MS } as const;
export type RangeName = keyof typeof RANGES;

export interface MapView {
  longitude: number;
  latitude: number;
  zoom: number;
}

export interface Place {
  page: Page;
  provider: string | null;
  range: RangeName;
  /** a fixed span in place of the moving one */
  from: number | null;
  to: number | null;
  kpi: Kpi;
  generation: Generation | null;
  /** the area whose drawer is open */
  cell: string | null;
  view: MapView | null;
  /** which alerts the page of alerts lists */
  alerts: "open" | "cleared";
  severity: Severity | null;
}

const ORDINARY: Omit<Place, "page"> = {
  provider: null,
  range: "1h",
  from: null,
  to: null,
  kpi: "latency_ms",
  generation: null,
  cell: null,
  view: null,
  alerts: "open",
  severity: null,
};

export const place = signal<Place>(read());
addEventListener("popstate", () => (place.value = read()));

/** Changes what is shown. A new page is a step that the back button undoes; everything else is not. */
export function go(change: Partial<Place>): void {
  const before = place.peek();
  const after = { ...before, ...change };
  if (change.range !== undefined) Object.assign(after, { from: null, to: null }, change);
  place.value = after;
  const address = write(after);
  if (after.page !== before.page || (after.cell !== null && before.cell === null)) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

export function pathOf(page: Page): string {
  return page === "overview" ? "/" : `/${page}`;
}

export function addressOf(page: Page): string {
  return write({ ...place.value, page, cell: null });
}

export interface Span {
  from: number;
  to: number;
  /** seconds of one step */
  step: 60 | 3600 | 86400;
  isMoving: boolean;
}

/** The span of time that charts and the map show now. */
export const span = computed<Span>(() => {
  const { range, from, to } = place.value;
  if (from !== null && to !== null) return { from, to, step: stepOf(to - from), isMoving: false };
  const until = presentMinute.value + MINUTE_MS;
  const length = RANGES[range];
  const step = stepOf(length);
  const start = Math.floor((until - length) / (step * 1_000)) * step * 1_000;
  return { from: start, to: until, step, isMoving: true };
});

function stepOf(length: number): Span["step"] {
  if (length <= DAY_MS) return 60;
  return length <= 60 * DAY_MS ? 3600 : 86400;
}

/** Moves the span by its own length, as the arrow keys do; forward ends at the present. */
export function shift(direction: -1 | 1): void {
  const { from, to } = span.peek();
  const length = to - from;
  const until = to + direction * length;
  if (until >= presentMinute.peek() + MINUTE_MS) go({ from: null, to: null });
  else go({ from: until - length, to: until });
}

function read(): Place {
  const query = new URLSearchParams(location.search);
  const name = location.pathname.replaceAll("/", "");
  const page = PAGES.find((one) => one === name) ?? "overview";
  const range = query.get("range") ?? "";
  const kpi = KPIS.find((one) => one === query.get("kpi")) ?? ORDINARY.kpi;
  const from = Date.parse(query.get("from") ?? "");
  const to = Date.parse(query.get("to") ?? "");
  const isFixed = from < to;
  return {
    page,
    provider: query.get("provider"),
    range: range in RANGES ? (range as RangeName) : ORDINARY.range,
    from: isFixed ? from : null,
    to: isFixed ? to : null,
    kpi,
    generation: GENERATIONS.find((one) => one === query.get("generation")) ?? null,
    cell: query.get("cell"),
    view: readView(query.get("view")),
    alerts: query.get("alerts") === "cleared" ? "cleared" : "open",
    severity: SEVERITIES.find((one) => one === query.get("severity")) ?? null,
  };
}

function readView(text: string | null): MapView | null {
  const [longitude, latitude, zoom] = (text ?? "").split(",").map(Number);
  if (longitude === undefined || latitude === undefined || zoom === undefined) return null;
  return [longitude, latitude, zoom].every(Number.isFinite) ? { longitude, latitude, zoom } : null;
}

function write(now: Place): string {
  const query = new URLSearchParams();
  if (now.provider !== null) query.set("provider", now.provider);
  if (now.from !== null && now.to !== null) {
    query.set("from", new Date(now.from).toISOString());
    query.set("to", new Date(now.to).toISOString());
  } else if (now.range !== ORDINARY.range) query.set("range", now.range);
  if (now.kpi !== ORDINARY.kpi) query.set("kpi", now.kpi);
  if (now.generation !== null) query.set("generation", now.generation);
  if (now.cell !== null) query.set("cell", now.cell);
  if (now.view !== null) {
    const { longitude, latitude, zoom } = now.view;
    query.set("view", `${longitude.toFixed(3)},${latitude.toFixed(3)},${zoom.toFixed(2)}`);
  }
  if (now.alerts !== ORDINARY.alerts) query.set("alerts", now.alerts);
  if (now.severity !== null) query.set("severity", now.severity);
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  const path = pathOf(now.page);
  return text === "" ? path : `${path}?${text}`;
}
