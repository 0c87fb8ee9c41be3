// Own pictures and sounds as addresses that a page can show: fetched with the token, once each, and kept while the page lives.
import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { file } from "../../http";
import { channels } from "../../stream/channels";
import type { CaseFile } from "./cases";

export type Fetched = { url: string } | "loading" | "failed";

/** HEIC and 3GP are read by the server and by few browsers. */
const SHOWN = /^image\/(jpeg|png|webp)$|^audio\/(webm|wav|mpeg|mp4|ogg)$/;
const NOTHING = signal<Fetched>("loading");
const fetched = new Map<string, Signal<Fetched>>();
const local = new Map<string, string>();
/** what this phone sent itself, by the server's name: it need not come back over the link to be seen */
const sent = new Map<string, string>();

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

function useFile(media: string | null, form: string): Fetched {
  // A picture that did not come is asked for again with each new connection.
  const reloads = channels.reloads.value;
  const own = media === null ? undefined : sent.get(media);
  const path = media === null || own !== undefined ? null : `/v1/media/${media}/${form}`;
  const state = useMemo(() => (path === null ? NOTHING : fetchOnce(path)), [path, reloads]);
  return own === undefined ? state.value : { url: own };
}

export function usePicture(media: string | null, longest: number): Fetched {
  return useFile(media, `picture?longest=${longest}`);
}

export function useSound(media: string | null): Fetched {
  return useFile(media, "sound");
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

/** From now on the server's name stands for this file, if it is of a kind that browsers show. */
export function rememberSent(of: CaseFile): void {
  const url = localUrl(of);
  if (of.media !== null && url !== null && SHOWN.test(of.content_type)) sent.set(of.media, url);
}

/** Lets go of everything: another person may sign in at this phone. */
export function forgetPictures(): void {
  const urls = [...local.values(), ...[...fetched.values()].flatMap((one) => (typeof one.peek() === "object" ? [(one.peek() as { url: string }).url] : []))];
  for (const url of urls) URL.revokeObjectURL(url);
  for (const map of [fetched, local, sent]) map.clear();
}
