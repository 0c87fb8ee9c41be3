// What a driver has gathered and not yet sent, and what is on its way: kept on the phone until the server has it.
import { batch, computed, signal } from "@preact/signals";
import { makeId } from "../../logic/ids";
import { language, type Language } from "../../state/preferences";
import { person } from "../../state/providers";
import { link } from "../../stream/link";
import type { Warning } from "../logic/pictures";
import type { MediaKind, Quality } from "../wire";
import { drop, everything, keep } from "./keep";

export interface Case {
  id: string;
  /** whose it is: another person at the same phone does not see it */
  person: string;
  vehicle: number | null;
  symptoms: string[];
  description: string;
  /** as typed */
  codes: string;
  language: Language;
  isSent: boolean;
  /** why the server would not take it: the member at fault, or the code */
  refusal: string | null;
  created_at: number;
}

export interface CaseFile {
  id: string;
  case: string;
  kind: Exclude<MediaKind, "attachment">;
  name: string;
  content_type: string;
  bytes: number;
  captured_at: string;
  seconds: number | null;
  /** what the phone itself found wrong with it */
  warnings: Warning[];
  /** null once the server has it */
  blob: Blob | null;
  sha256: string | null;
  /** the server's name for it, known from the first try on */
  media: string | null;
  isStored: boolean;
  refusal: string | null;
  /** the server's word on it */
  quality: Quality | null;
  added_at: number;
}

export const cases = signal<Case[]>([]);
export const files = signal<CaseFile[]>([]);
/** False where the browser keeps nothing, as some private windows do: then this page must stay open. */
export const isKept = signal(true);
export const isLoaded = signal(false);

const owner = computed(() => person.value?.email ?? "");

export const draft = computed<Case>(() => cases.value.findLast((one) => !one.isSent) ?? blank());
export const outbox = computed(() => cases.value.filter((one) => one.isSent).sort((a, b) => a.created_at - b.created_at));

export function filesOf(id: string): CaseFile[] {
  return files.value.filter((file) => file.case === id);
}

export async function load(): Promise<void> {
  const who = owner.peek();
  try {
    const [keptCases, keptFiles] = await Promise.all([everything<Case>("cases"), everything<CaseFile>("files")]);
    const own = keptCases.filter((one) => one.person === who).sort((a, b) => a.created_at - b.created_at);
    const ids = new Set(own.map((one) => one.id));
    // Together: a case whose files are not here yet would look like one that is ready to go.
    batch(() => {
      cases.value = own;
      files.value = keptFiles.filter((file) => ids.has(file.case)).sort((a, b) => a.added_at - b.added_at);
    });
  } catch {
    isKept.value = false;
  }
  isLoaded.value = true;
}

export function unload(): void {
  batch(() => {
    isLoaded.value = false;
    cases.value = [];
    files.value = [];
  });
}

function blank(): Case {
  return {
    id: makeId(),
    person: owner.value,
    vehicle: null,
    symptoms: [],
    description: "",
    codes: "",
    language: language.value,
    isSent: false,
    refusal: null,
    created_at: Date.now(),
  };
}

/** Changes a case; the blank one becomes a kept one with its first change. */
export function change(id: string, part: Partial<Case>): void {
  const known = cases.peek().find((one) => one.id === id) ?? draft.peek();
  const next = { ...known, ...part };
  cases.value = [...cases.peek().filter((one) => one.id !== next.id), next];
  void quietly(keep("cases", next));
}

export function addFile(file: Omit<CaseFile, "id" | "case" | "sha256" | "media" | "isStored" | "refusal" | "quality" | "added_at">): void {
  const to = draft.peek();
  change(to.id, {});
  const made: CaseFile = {
    ...file, id: makeId(), case: to.id, sha256: null, media: null, isStored: false, refusal: refusalOf(file.bytes), quality: null, added_at: Date.now(),
  };
  files.value = [...files.peek(), made];
  void quietly(keep("files", made));
}

/** What the server would refuse anyway need not be sent to it. */
function refusalOf(bytes: number): string | null {
  if (bytes === 0) return "media_empty";
  return bytes > (link.limits?.media_bytes ?? Infinity) ? "media_too_large" : null;
}

export function changeFile(id: string, part: Partial<CaseFile>): void {
  const known = files.peek().find((file) => file.id === id);
  if (known === undefined) return;
  const next = { ...known, ...part };
  files.value = files.peek().map((file) => (file.id === id ? next : file));
  void quietly(keep("files", next));
}

export function removeFile(id: string): void {
  files.value = files.peek().filter((file) => file.id !== id);
  void quietly(drop("files", id));
}

export function removeCase(id: string): void {
  cases.value = cases.peek().filter((one) => one.id !== id);
  void quietly(drop("cases", id));
  for (const file of files.peek().filter((one) => one.case === id)) removeFile(file.id);
}

/** Another try at the same trouble: everything of an earlier case but the file that was not good enough. */
export function beginLike(earlier: { vehicle: number | null; symptoms: string[]; description: string; codes: string[] }, kept: readonly CaseFile[]): void {
  const made = { ...blank(), ...earlier, codes: earlier.codes.join(" ") };
  const copies = kept.map((file) => ({ ...file, id: makeId(), case: made.id }));
  batch(() => {
    cases.value = [...cases.peek(), made];
    files.value = [...files.peek(), ...copies];
  });
  void quietly(keep("cases", made));
  for (const copy of copies) void quietly(keep("files", copy));
}

async function quietly(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch {
    isKept.value = false;
  }
}
