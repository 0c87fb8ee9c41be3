// Every diagnosis that this page knows, kept fresh by the person's own channel; a replayed event changes nothing.
import { signal } from "@preact/signals";
import { get } from "../../http";
import { codeOf } from "../../logic/problems";
import { channels } from "../../stream/channels";
import { link } from "../../stream/link";
import type { LiveEvent } from "../../wire";
import type { Diagnosis, Examined, Media, Progress, Unfit } from "../wire";
import { changeFile, files } from "./cases";
import { route } from "./route";

const CONFIRM_AFTER_MS = 300;
const SEEN = "roadpulse.seen";
const SEEN_KEPT = 50;

export const diagnoses = signal<ReadonlyMap<number, Diagnosis>>(new Map());
/** Rises with each conclusion, for lists that must be read again. */
export const conclusions = signal(0);
/** One that ended while another page was shown. */
export const arrival = signal<Diagnosis | null>(null);

/** Keeps what is newer than what is known. */
export function learn(diagnosis: Diagnosis): void {
  const known = diagnoses.peek().get(diagnosis.id);
  if (known !== undefined && known.version > diagnosis.version) return;
  diagnoses.value = new Map(diagnoses.peek()).set(diagnosis.id, diagnosis);
}

export function forget(id: number): void {
  const rest = new Map(diagnoses.peek());
  rest.delete(id);
  diagnoses.value = rest;
  if (arrival.peek()?.id === id) arrival.value = null;
}

export function forgetDiagnoses(): void {
  diagnoses.value = new Map();
  arrival.value = null;
}

export async function fetchDiagnosis(id: number): Promise<void> {
  learn(await get<Diagnosis>(`/v1/diagnoses/${id}`));
}

/** Asks for the word on each file whose examination may have been told while nobody listened, or long ago. */
export async function askForQualities(): Promise<void> {
  for (const file of files.peek().filter((one) => one.isStored && one.quality === null && one.media !== null)) {
    const { quality } = await get<Media>(`/v1/media/${file.media}`).catch(() => ({ quality: null }));
    if (quality !== null) changeFile(file.id, { quality });
  }
}

/** Follows the person's channel; the answer ends it. */
export function followMe(): () => void {
  return channels.add({
    channel: "me",
    // Every answer says again what was not confirmed, so there is no offset to go on from.
    kind: "latest",
    replace: (rows) => rows.forEach((row) => hear(row as unknown as LiveEvent)),
    follow: hear,
  });
}

function hear(event: LiveEvent): void {
  const data = event.data as unknown;
  switch (event.event) {
    case "media.examined":
      examined(data as Examined);
      break;
    case "media.failed":
      unfit(data as Unfit);
      break;
    case "diagnosis.progress":
      progressed(data as Progress);
      break;
    case "diagnosis.concluded":
    case "diagnosis.failed":
      ended(data as Diagnosis);
      break;
    default:
      return; // not for these pages: left unconfirmed for whoever it is for
  }
  if (event.id != null) confirmWhenSeen(Number(event.id));
}

function examined({ media, quality }: Examined): void {
  for (const file of files.peek()) if (file.media === media) changeFile(file.id, { quality });
  changeMedia(media, { quality });
}

/** In every diagnosis that this page knows. */
function changeMedia(media: string, what: Partial<Media>): void {
  const all = [...diagnoses.peek().values()].filter((one) => one.media.some((each) => each.id === media));
  for (const one of all) replace({ ...one, media: one.media.map((each) => (each.id === media ? { ...each, ...what } : each)) });
}

function unfit({ media, error }: Unfit): void {
  const refusal = codeOf(error);
  for (const file of files.peek()) if (file.media === media) changeFile(file.id, { isStored: false, refusal });
  changeMedia(media, { state: "failed", refusal });
}

function progressed(progress: Progress): void {
  const known = diagnoses.peek().get(progress.id);
  if (known === undefined || known.version >= progress.version) return;
  const qualities = progress.media ?? {};
  const media = known.media.map((one) => ({ ...one, quality: qualities[one.id]?.quality ?? one.quality }));
  replace({ ...known, version: progress.version, state: progress.state, stage: progress.stage, media });
}

function ended(diagnosis: Diagnosis): void {
  const known = diagnoses.peek().get(diagnosis.id);
  const isNews = known === undefined || known.version < diagnosis.version;
  learn(diagnosis);
  if (!isNews) return;
  conclusions.value += 1;
  const { page, id } = route.peek();
  if ((page !== "diagnosis" || id !== diagnosis.id) && !seenBefore().includes(diagnosis.id)) arrival.value = diagnosis;
}

/** A result that stood on this page needs no telling, though its event may be said again after a reload. */
export function noteSeen(id: number): void {
  if (arrival.peek()?.id === id) arrival.value = null;
  sessionStorage.setItem(SEEN, JSON.stringify([id, ...seenBefore().filter((one) => one !== id)].slice(0, SEEN_KEPT)));
}

function seenBefore(): number[] {
  return JSON.parse(sessionStorage.getItem(SEEN) ?? "[]") as number[];
}

function replace(diagnosis: Diagnosis): void {
  diagnoses.value = new Map(diagnoses.peek()).set(diagnosis.id, diagnosis);
}

let shown: number[] = [];
let timer = 0;

/** Not before it stands on a page that somebody can see: what is unconfirmed is said again. */
function confirmWhenSeen(id: number): void {
  shown.push(id);
  if (timer === 0) timer = window.setTimeout(confirmShown, CONFIRM_AFTER_MS);
}

function confirmShown(): void {
  timer = 0;
  if (document.hidden) return;
  const events = shown;
  shown = [];
  if (events.length > 0) link.call("confirm", { events }).catch(() => undefined);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && shown.length > 0) confirmShown();
});
