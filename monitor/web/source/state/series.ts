// One KPI over time for one area and technology: read once over HTTP, then kept up by live updates.
import { signal } from "@preact/signals";
import { list, type Reading } from "../http";
import { mergeLive, pointOfRow, type Point } from "../logic/points";
import { painter } from "../stream/painter";
import type { Kpi, KpiLive, KpiRow } from "../wire";
import { MINUTE_MS } from "./clock";

export interface SeriesKey {
  provider: string;
  kpi: Kpi;
  /** 15 digits, or * for the whole network */
  cell: string;
  /** 2G … 5G, or * for all */
  generation: string;
  step: 60 | 3600 | 86400;
  /** a fixed past span, which is read once; null for one that moves with the present */
  fixed: string | null;
}

/** Steps read again at each minute, since late measurements still change them. */
const TAIL_STEPS = 4;
/** More than any moving span shows, a day of minutes or sixty of hours, and fewer than the server gives at once. */
const MOST_STEPS = 2_000;

export class Series {
  readonly status = signal<"loading" | "ready" | "failed">("loading");
  /** Rises with each repaint that has something new. */
  readonly revision = signal(0);
  private points = new Map<number, Point>();
  private loadedFrom = Infinity;
  private inFlight: Promise<void> | null = null;

  constructor(readonly key: SeriesKey) {}

  within(from: number, to: number): Point[] {
    return [...this.points.values()].filter((point) => point.at >= from && point.at < to).sort((one, other) => one.at - other.at);
  }

  /** Makes sure that everything from `from` on is here. */
  async need(from: number, to: number): Promise<void> {
    if (from >= this.loadedFrom) return;
    if (this.inFlight !== null) await this.inFlight;
    if (from >= this.loadedFrom) return;
    const end = Math.min(this.loadedFrom, to);
    this.inFlight = this.read(from, end).finally(() => (this.inFlight = null));
    await this.inFlight;
    if (this.status.peek() === "ready") this.loadedFrom = from;
  }

  async readTail(): Promise<void> {
    if (this.key.fixed !== null || this.loadedFrom === Infinity) return;
    const stepMs = this.key.step * 1_000;
    const from = Math.floor(Date.now() / stepMs) * stepMs - TAIL_STEPS * stepMs;
    await this.read(Math.max(from, this.loadedFrom), Date.now() + MINUTE_MS);
  }

  async readAgain(): Promise<void> {
    if (this.key.fixed !== null || this.loadedFrom === Infinity) return;
    const oldest = Date.now() - MOST_STEPS * this.key.step * 1_000;
    await this.read(Math.max(oldest, this.loadedFrom), Date.now() + MINUTE_MS);
  }

  hear(live: KpiLive): void {
    const at = Date.parse(live.from);
    if (at < this.loadedFrom) return;
    this.points.set(at, mergeLive(this.points.get(at), live));
    painter.ask(this.paint, 0);
  }

  private async read(from: number, to: number): Promise<void> {
    const { path, query } = readingOf(this.key, from, to);
    try {
      for (const row of await list<KpiRow>(path, query)) this.points.set(Date.parse(row.at), pointOfRow(row));
      this.status.value = "ready";
    } catch {
      if (this.status.peek() === "loading") this.status.value = "failed";
    }
    this.revision.value += 1;
  }

  private paint = (): void => {
    this.revision.value += 1;
  };
}

export function readingOf({ provider, kpi, cell, generation, step }: SeriesKey, from: number, to: number): Reading {
  const scope = { cell: cell === "*" ? null : cell, generation: generation === "*" ? null : generation };
  return { path: "/v1/kpis", query: { provider, kpi, ...scope, step, from: new Date(from).toISOString(), to: new Date(to).toISOString() } };
}

class Registry {
  private held = new Map<string, { series: Series; users: number }>();

  take(key: SeriesKey): Series {
    const name = nameOf(key);
    const entry = this.held.get(name) ?? { series: new Series(key), users: 0 };
    entry.users += 1;
    this.held.set(name, entry);
    return entry.series;
  }

  leave(key: SeriesKey): void {
    const name = nameOf(key);
    const entry = this.held.get(name);
    if (entry === undefined) return;
    entry.users -= 1;
    if (entry.users === 0) this.held.delete(name);
  }

  /** Gives a live update, keyed `<kpi>/<cell>/<generation>`, to whoever draws it. */
  hear(provider: string, live: KpiLive): void {
    const [kpi, cell, generation] = String(live.id).split("/");
    const key = { provider, kpi, cell, generation, step: 60, fixed: null } as SeriesKey;
    this.held.get(nameOf(key))?.series.hear(live);
  }

  all(): Series[] {
    return [...this.held.values()].map((entry) => entry.series);
  }
}

function nameOf(key: SeriesKey): string {
  return [key.provider, key.kpi, key.cell, key.generation, key.step, key.fixed ?? ""].join("/");
}

export const registry = new Registry();
