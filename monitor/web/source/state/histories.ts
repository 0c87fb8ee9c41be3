// Alerts of a past span, cleared ones included, read over HTTP and again whenever one changes.
import { useEffect, useState } from "preact/hooks";
import { list, type Reading } from "../http";
import { channels } from "../stream/channels";
import type { Alert, AlertState } from "../wire";
import { alerts } from "./alerts";
import { provider } from "./providers";

/** Many alerts change together when something breaks: one reading serves them all. */
const SETTLE_MS = 1_000;

export interface Read {
  items: Alert[];
  isLoading: boolean;
  isFailed: boolean;
}

export function useAlertHistory(from: number, to: number, state: AlertState | null): Read {
  const [read, setRead] = useState<Read>({ items: [], isLoading: true, isFailed: false });
  const slug = provider.value;
  const changes = alerts.changes.value;
  const reloads = channels.reloads.value;
  useEffect(() => {
    if (slug === null) return undefined;
    let isWanted = true;
    const ask = async (): Promise<void> => {
      const { path, query } = alertsReading(slug, from, to, state);
      try {
        const items = await list<Alert>(path, query);
        if (isWanted) setRead({ items, isLoading: false, isFailed: false });
      } catch {
        if (isWanted) setRead((before) => ({ ...before, isLoading: false, isFailed: true }));
      }
    };
    const timer = window.setTimeout(() => void ask(), read.isLoading ? 0 : SETTLE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [slug, from, to, state, changes, reloads]);
  return read;
}

/** What is open now, as the live channel also begins. */
export function openReading(slug: string | null): Reading {
  return { path: "/v1/alerts", query: { provider: slug, state: "open" } };
}

export function alertsReading(slug: string | null, from: number, to: number, state: AlertState | null): Reading {
  return { path: "/v1/alerts", query: { provider: slug, state, from: new Date(from).toISOString(), to: new Date(to).toISOString() } };
}

export function useAlertsWithin(from: number, to: number): Alert[] {
  return useAlertHistory(from, to, null).items;
}
