// Ties the session, the link and the live channels together: who is signed in decides what is followed.
import { effect, signal, untracked } from "@preact/signals";
import { get } from "../http";
import { session } from "../session";
import { channels } from "../stream/channels";
import { link } from "../stream/link";
import type { KpiLive, LiveEvent, Overview } from "../wire";
import { alerts } from "./alerts";
import { loadProviders, provider } from "./providers";
import { registry } from "./series";

const OVERVIEW_EVERY_MS = 15_000;

export const overview = signal<Overview | null>(null);
/** When the newest measurement of each cell was heard of, since this page was opened. */
export const heardCells = new Map<string, number>();
/** The newest minute for which the live channel has data; 0 before any. */
export const lastDataAt = signal(0);

export async function loadOverview(): Promise<void> {
  const slug = provider.peek();
  if (slug === null) return;
  const answer = await get<Overview>("/v1/overview", { provider: slug });
  if (provider.peek() === slug) overview.value = answer;
}

function quietly(work: Promise<void>): void {
  // The pill already says when the server is away; the next round asks again.
  work.catch(() => undefined);
}

function hearKpi(slug: string, live: KpiLive): void {
  registry.hear(slug, live);
  if (live.samples > 0) lastDataAt.value = Math.max(lastDataAt.peek(), Math.min(Date.parse(live.to), Date.now()));
}

function follow(slug: string): () => void {
  alerts.reset();
  heardCells.clear();
  overview.value = null;
  lastDataAt.value = 0;
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
      replace: (rows) => rows.forEach((row) => hearKpi(slug, row as KpiLive)),
      follow: (event) => hearKpi(slug, event.data as KpiLive),
    }),
    channels.add({
      channel: `measurements:${slug}`,
      kind: "latest",
      replace: () => undefined,
      follow: (event: LiveEvent) => {
        heardCells.set(String(event.data.id).split("/")[0] ?? "", Date.now());
        lastDataAt.value = Date.now();
      },
    }),
  ];
  return () => leave.forEach((stop) => stop());
}

/** Begins to follow whoever signs in; called once. */
export function begin(): void {
  let isLinked = false;
  effect(() => {
    const isPresent = session.state.value.kind === "present";
    if (isPresent === isLinked) return;
    isLinked = isPresent;
    if (isPresent) {
      untracked(() => link.start());
      quietly(loadProviders());
    } else link.stop();
  });
  effect(() => {
    const slug = provider.value;
    if (slug !== null) return untracked(() => follow(slug));
    return undefined;
  });
  effect(() => {
    if (channels.reloads.value > 0) quietly(untracked(loadOverview));
  });
  setInterval(() => document.hidden || quietly(loadOverview()), OVERVIEW_EVERY_MS);
}
