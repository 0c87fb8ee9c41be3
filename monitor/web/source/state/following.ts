// Ties the session, the link and the live channels together: who is signed in decides what is followed.
import { computed, effect, signal, untracked } from "@preact/signals";
import { get } from "../http";
import { channels } from "../stream/channels";
import { link } from "../stream/link";
import { painter } from "../stream/painter";
import type { KpiLive, LiveRow, MeasurementLive, Overview } from "../wire";
import { alerts } from "./alerts";
import { noticeCell } from "./areas";
import { place } from "./place";
import { loadProviders, mayDiagnose, mayWatch, provider, providers } from "./providers";
import { registry } from "./series";

const OVERVIEW_EVERY_MS = 15_000;
const FIRST_DATA_MS = 1_500;

export const overview = signal<Overview | null>(null);
/** When the newest measurement that the live channels know of was made; 0 if there is none, null until they are read. */
export const lastDataAt = signal<number | null>(null);

async function loadOverview(): Promise<void> {
  const slug = provider.peek();
  if (slug === null) return;
  const { generation } = place.peek();
  const answer = await get<Overview>("/v1/overview", { provider: slug, generation });
  if (provider.peek() === slug && place.peek().generation === generation) overview.value = answer;
}

function quietly(work: Promise<void>): void {
  // The pill already says when the server is away; the next round asks again.
  work.catch(() => undefined);
}

function hearKpi(slug: string, live: KpiLive): void {
  registry.hear(slug, live);
  if (live.samples > 0) heardOf(Math.min(Date.parse(live.to), Date.now()));
}

function hearMeasurement(row: LiveRow): void {
  const { measured_at: at, cell } = row as MeasurementLive;
  if (cell != null) noticeCell(cell);
  if (at !== undefined) heardOf(Math.min(Date.parse(at), Date.now()));
}

let newestAt = 0;

function heardOf(at: number): void {
  newestAt = Math.max(newestAt, at);
  painter.ask(paintNewest, 0);
}

function paintNewest(): void {
  // The first measurement of a network changes more than its time: who reports, how good it is.
  if (lastDataAt.peek() === 0 && newestAt > 0) setTimeout(() => quietly(loadOverview()), FIRST_DATA_MS);
  lastDataAt.value = newestAt;
}

function follow(slug: string): () => void {
  alerts.reset();
  overview.value = null;
  newestAt = 0;
  lastDataAt.value = null;
  quietly(loadOverview());
  const leave = [
    channels.add({
      channel: `alerts:${slug}`,
      kind: "stream",
      replace: (rows) => alerts.replace(rows),
      follow: (event) => alerts.follow(event),
    }),
    channels.add({
      channel: `kpis:${slug}`,
      kind: "latest",
      replace: (rows) => {
        for (const row of rows) hearKpi(slug, row as KpiLive);
        heardOf(0);
      },
      follow: (event) => hearKpi(slug, event.data as KpiLive),
    }),
    channels.add({
      channel: `measurements:${slug}`,
      kind: "latest",
      replace: (rows) => rows.forEach(hearMeasurement),
      follow: (event) => hearMeasurement(event.data),
    }),
  ];
  return () => leave.forEach((stop) => stop());
}

/** What was read over HTTP, or could not be, while the link was away. */
function readAgain(): void {
  quietly(loadOverview());
  if (mayWatch.peek() && providers.peek().length === 0) quietly(loadProviders());
}

/** Begins to follow whoever signs in; called once. */
export function begin(): void {
  let isLinked = false;
  effect(() => {
    const mayFollow = mayWatch.value || mayDiagnose.value;
    if (mayFollow === isLinked) return;
    isLinked = mayFollow;
    if (mayFollow) {
      untracked(() => link.start());
      if (mayWatch.peek()) quietly(loadProviders());
    } else link.stop();
  });
  effect(() => {
    const slug = provider.value;
    if (slug !== null) return untracked(() => follow(slug));
    return undefined;
  });
  const generation = computed(() => place.value.generation);
  effect(() => {
    generation.value;
    quietly(untracked(loadOverview));
  });
  effect(() => {
    if (channels.reloads.value > 0) untracked(readAgain);
  });
  setInterval(() => document.hidden || quietly(loadOverview()), OVERVIEW_EVERY_MS);
}
