// Own pictures and sounds as addresses that a page can show: fetched with the token, once each, and kept while the page lives.
import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { file } from "../../http";
import { channels } from "../../stream/channels";
import type { CaseFile } from "./cases";

export type Fetched = { url: string } | "loading" | "failed";

const NOTHING = signal<Fetched>("loading");
const fetched = new Map<string, Signal<Fetched>>();
const local = new Map<string, string>();

function fetchOnce(path: string): ReadonlySignal<Fetched> {
  const known = fetched.get(path);
  if (known !== undefined && known.peek() !== "failed") return known;
  const state = known ?? signal<Fetched>("loading");
  state.value = "loading";
  fetched.set(path, state);
  file(path).then(
    (blob) => (state.value = { url: URL.createObjectURL(blob) }),
    () => (state.value = "failed"),
  );
  return state;
}

function useFile(path: string | null): Fetched {
  // A picture that did not come is asked for again with each new connection.
  const reloads = channels.reloads.value;
  const state = useMemo(() => (path === null ? NOTHING : fetchOnce(path)), [path, reloads]);
  return state.value;
}

export function usePicture(media: string | null, longest: number): Fetched {
  return useFile(media === null ? null : `/v1/media/${media}/picture?longest=${longest}`);
}

export function useSound(media: string | null): Fetched {
  return useFile(media === null ? null : `/v1/media/${media}/sound`);
}

/** A file of this phone; null once it has gone to the server and the page was loaded anew. */
export function localUrl(of: CaseFile): string | null {
  const known = local.get(of.id);
  if (known !== undefined) return known;
  if (of.blob === null) return null;
  const made = URL.createObjectURL(of.blob);
  local.set(of.id, made);
  return made;
}
