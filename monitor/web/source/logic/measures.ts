// What is known of each KPI: its unit, which way trouble lies, and where its map colours change.
import type { Area, Kpi } from "../wire";

export interface Measure {
  unit: string;
  /** from the wire's number to the shown one: a share 0..1 is shown in per cent */
  scale: number;
  digits: number;
  worse: "above" | "below";
  /** four values between five map colours, from best to worst, in the wire's unit */
  cuts: readonly [number, number, number, number];
  /** a chart of it may begin above zero */
  floats: boolean;
}

export const measures: Record<Kpi, Measure> = {
  latency_ms: { unit: "ms", scale: 1, digits: 0, worse: "above", cuts: [50, 100, 200, 400], floats: false },
  download_mbps: { unit: "Mbit/s", scale: 1, digits: 1, worse: "below", cuts: [20, 10, 5, 2], floats: false },
  upload_mbps: { unit: "Mbit/s", scale: 1, digits: 1, worse: "below", cuts: [8, 4, 2, 1], floats: false },
  jitter_ms: { unit: "ms", scale: 1, digits: 0, worse: "above", cuts: [10, 20, 50, 100], floats: false },
  packet_loss_pct: { unit: "%", scale: 1, digits: 1, worse: "above", cuts: [0.5, 1, 2, 5], floats: false },
  signal_dbm: { unit: "dBm", scale: 1, digits: 0, worse: "below", cuts: [-85, -95, -105, -115], floats: true },
  connected: { unit: "%", scale: 100, digits: 1, worse: "below", cuts: [0.99, 0.97, 0.95, 0.9], floats: true },
};

/** Fewer samples than this make a number that misleads. */
export const TOO_FEW = 20;

/** An area is small, and its least is smaller than a network's. */
const AREA_LEAST = 5;

/** The map colour of a value: 0 is the best class, 4 the worst. */
export function classOf(kpi: Kpi, value: number): number {
  const { cuts, worse } = measures[kpi];
  const passed = cuts.findIndex((cut) => (worse === "above" ? value <= cut : value >= cut));
  return passed === -1 ? cuts.length : passed;
}

/** Positive when `value` is worse than `other`. */
export function worsening(kpi: Kpi, value: number, other: number): number {
  return measures[kpi].worse === "above" ? value - other : other - value;
}

export function isKpi(name: string): name is Kpi {
  return name in measures;
}

/** What an area adds up to, null where too little was measured to say. */
export function meanOf(area: Area, kpi: Kpi): number | null {
  const known = area.kpis[kpi];
  return known === undefined || known.samples < AREA_LEAST ? null : known.mean;
}
