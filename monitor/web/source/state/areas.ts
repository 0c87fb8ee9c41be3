// The areas of the shown provider over the chosen time, asked for again and again while somebody looks.
import { computed, effect, signal, untracked } from "@preact/signals";
import { list, type Reading } from "../http";
import { painter } from "../stream/painter";
import { channels } from "../stream/channels";
import type { Area, Kpi } from "../wire";
import { windsOf } from "../logic/distinguish";
import { meanOf, worsening } from "../logic/measures";
import { place, span } from "./place";
import { provider } from "./providers";
import { words } from "../words";

const EVERY_MS = 15_000;

/** null until first read, and again when the provider changes */
export const areas = signal<Area[] | null>(null);
export const areasFailed = signal(false);
/** By cell, each area's name; with its direction where several areas lie by one place. */
export const areaNames = computed(() => {
  const all = areas.value ?? [];
  const winds = windsOf(all);
  const names = words.value.map.winds;
  return new Map(all.map((area) => [area.cell, nameOf(area.name, names[winds.get(area.cell) ?? -1])]));
});

/** An area that was not there before is shown this soon; many new ones come together. */
const NEW_AREA_MS = 1_500;

let asked = 0;
let noticing = 0;

/** A measurement came from this cell: if it is new here, the areas are read again soon. */
export function noticeCell(cell: string): void {
  if (noticing !== 0 || areas.peek() === null || areaNames.peek().has(cell) || !span.peek().isMoving) return;
  noticing = window.setTimeout(() => {
    noticing = 0;
    void loadAreas();
  }, NEW_AREA_MS);
}

export async function loadAreas(): Promise<void> {
  if (provider.peek() === null) return;
  const mine = (asked += 1);
  const { path, query } = areasReading();
  try {
    const read = await list<Area>(path, query);
    if (mine !== asked) return;
    painter.ask(() => {
      areas.value = read;
      areasFailed.value = false;
    }, 0);
  } catch {
    if (mine === asked) areasFailed.value = true;
  }
}

export function areasReading(): Reading {
  const { from, to } = span.peek();
  const { generation } = place.peek();
  return { path: "/v1/areas", query: { provider: provider.peek(), from: new Date(from).toISOString(), to: new Date(to).toISOString(), generation } };
}

/** The areas from worst to best by one KPI; those without a value, or with too few devices, come last. */
export function fromWorst(all: readonly Area[], kpi: Kpi): Area[] {
  return [...all].sort((one, other) => {
    const [first, second] = [meanOf(one, kpi), meanOf(other, kpi)];
    if (first === null || second === null) return Number(first === null) - Number(second === null);
    return worsening(kpi, second, first);
  });
}

function nameOf(name: string, wind: string | undefined): string {
  return wind === undefined ? name : `${name} (${wind})`;
}

export function beginAreas(): void {
  effect(() => {
    provider.value;
    untracked(() => (areas.value = null));
  });
  const spanKey = computed(() => {
    const { generation, range, from, to } = place.value;
    return [provider.value, generation, range, from, to, channels.reloads.value].join();
  });
  effect(() => {
    spanKey.value;
    untracked(() => void loadAreas());
  });
  setInterval(() => document.hidden || painter.paused.peek() || void loadAreas(), EVERY_MS);
}
