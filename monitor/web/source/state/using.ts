// Lets a component use a series or something that is asked for again and again, and lets go of it when it goes.
import { useEffect, useMemo } from "preact/hooks";
import { signal, type ReadonlySignal } from "@preact/signals";
import { channels } from "../stream/channels";
import type { Point } from "../logic/points";
import { presentMinute } from "./clock";
import { registry, type Series, type SeriesKey } from "./series";

export interface Drawn {
  points: Point[];
  status: Series["status"]["value"];
  again(): void;
}

/** The points of a series within a span; nothing is read while `key.provider` is empty. */
export function useSeries(key: SeriesKey, from: number, to: number): Drawn {
  const { provider, kpi, cell, generation, step, fixed } = key;
  const series = useMemo(() => registry.take(key), [provider, kpi, cell, generation, step, fixed]);
  useEffect(() => () => registry.leave(key), [series]);
  useEffect(() => {
    if (provider !== "") void series.need(from, to);
  }, [series, from, to, provider]);
  const minute = presentMinute.value;
  // What failed to be read at first is tried again at each occasion.
  const again = (): void => void series.need(from, to);
  useEffect(() => {
    if (provider !== "") void series.readTail().then(again);
  }, [series, minute]);
  const reloads = channels.reloads.value;
  useEffect(() => {
    if (reloads > 0) void series.readAgain().then(again);
  }, [series, reloads]);
  const revision = series.revision.value;
  const status = series.status.value;
  const points = useMemo(() => series.within(from, to), [series, revision, from, to]);
  return { points, status, again };
}

export interface Polled<Value> {
  value: Value | null;
  error: unknown;
}

/** Asks again every `everyMs` while the tab is seen, after each reconnection, and when `what` changes. */
export function usePolled<Value>(load: () => Promise<Value>, everyMs: number, what: readonly unknown[]): Polled<Value> & { again(): void } {
  const state = useMemo(() => signal<Polled<Value>>({ value: null, error: null }), what);
  const reloads = channels.reloads.value;
  const ask = useMemo(
    () => async (): Promise<void> => {
      try {
        state.value = { value: await load(), error: null };
      } catch (error) {
        state.value = { value: state.peek().value, error };
      }
    },
    what,
  );
  useEffect(() => {
    void ask();
    const timer = everyMs > 0 ? setInterval(() => document.hidden || void ask(), everyMs) : 0;
    return () => clearInterval(timer);
  }, [ask, reloads]);
  return { ...(state as ReadonlySignal<Polled<Value>>).value, again: () => void ask() };
}
