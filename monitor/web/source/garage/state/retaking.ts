// Begins another case with everything of an earlier one, to add to it or to take a poor photo or recording anew.
import { signal } from "@preact/signals";
import { makeId } from "../../logic/ids";
import type { Diagnosis, Media } from "../wire";
import { beginLike, type CaseFile } from "./cases";
import { visit } from "./route";

/** What the page of gathering should open at once: the camera or the recorder. */
export const wanted = signal<"dashboard" | "sound" | null>(null);

export function tryAgain(diagnosis: Diagnosis): void {
  begin(diagnosis, null);
  visit("diagnose");
}

/** The running diagnosis goes on with what it has; this one begins beside it. */
export function takeAgain(diagnosis: Diagnosis, poor: Media): void {
  begin(diagnosis, poor);
  wanted.value = poor.kind === "sound" ? "sound" : "dashboard";
  visit("diagnose");
}

function begin(diagnosis: Diagnosis, without: Media | null): void {
  const { vehicle, symptoms, description, codes } = diagnosis;
  const kept = diagnosis.media.filter((one) => one.id !== without?.id && one.kind !== "attachment" && one.state === "stored");
  beginLike({ vehicle: vehicle?.id ?? null, symptoms, description, codes }, kept.map(fileOf));
}

/** A file that the server has already, as part of a new case: nothing is sent twice. */
function fileOf(media: Media): CaseFile {
  return {
    id: makeId(),
    case: "",
    kind: media.kind === "sound" ? "sound" : "dashboard",
    name: "",
    content_type: media.content_type,
    bytes: media.bytes,
    captured_at: media.captured_at ?? media.created_at,
    seconds: null,
    warnings: [],
    blob: null,
    sha256: null,
    media: media.id,
    isStored: true,
    refusal: null,
    quality: media.quality,
    added_at: Date.now(),
  };
}
