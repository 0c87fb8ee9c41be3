// Sends files over the socket one after another, goes on where a broken link left off, and says how far it is.
import { effect, signal, untracked } from "@preact/signals";
import { link, SocketRefused } from "../../stream/link";
import type { LiveEvent, ProblemBody } from "../../wire";
import { codeOf } from "../../logic/problems";
import { sha256 } from "../logic/sha256";
import { cases, changeFile, files, type CaseFile } from "./cases";
import { askForQualities } from "./diagnoses";
import { rememberSent } from "./pictures";

/** Small, so that a slow link still shows progress and lets other messages through between two of them. */
const CHUNK_BYTES = 16_384;
const CROWDED_BYTES = 4 * CHUNK_BYTES;
const LOOK_AGAIN_MS = 40;
const WINDOW_BYTES = 65_536;
const PAUSE_MS = 3_000;

type End = "stored" | "lost" | "again" | { refused: string };

interface Sending {
  file: CaseFile;
  blob: Blob;
  upload: number;
  sent: number;
  credited: number;
  isPumping: boolean;
  end(how: End): void;
}

class Uploads {
  /** bytes of each file that the server has */
  readonly arrived = signal<ReadonlyMap<string, number>>(new Map());
  /** the file that is being sent now */
  readonly current = signal<string | null>(null);
  private sending: Sending | null = null;
  private isRunning = false;

  begin(): void {
    link.onControl = (event) => this.hear(event);
    effect(() => {
      const isLive = link.state.value.kind === "live";
      const isWaiting = next(files.value) !== undefined;
      if (!isLive) untracked(() => this.sending?.end("lost"));
      else if (isWaiting) untracked(() => void this.run());
    });
  }

  private async run(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    for (let file = next(files.peek()); file !== undefined && link.state.peek().kind === "live"; file = next(files.peek())) {
      this.current.value = file.id;
      await this.send(file);
    }
    this.current.value = null;
    this.isRunning = false;
  }

  private async send(file: CaseFile): Promise<void> {
    try {
      const end = await this.attempt(file);
      if (end === "stored") this.stored(file.id);
      else if (end === "again") await pause();
      else if (end !== "lost") changeFile(file.id, { refusal: end.refused });
    } catch (error) {
      if (error instanceof SocketRefused && error.problem.retry !== true) changeFile(file.id, { refusal: codeOf(error.problem) });
      else if (error instanceof DOMException) changeFile(file.id, { refusal: "unreadable_here" });
      else await pause();
    }
  }

  private stored(id: string): void {
    const file = files.peek().find((one) => one.id === id);
    if (file !== undefined) rememberSent(file);
    changeFile(id, { isStored: true, blob: null });
    const rest = new Map(this.arrived.peek());
    rest.delete(id);
    this.arrived.value = rest;
    // A file that was there already was examined long ago, and is not told of again.
    void askForQualities();
  }

  private async attempt(file: CaseFile): Promise<End> {
    const blob = file.blob;
    if (blob === null) return { refused: "unreadable_here" };
    const hash = file.sha256 ?? (await sha256(blob));
    changeFile(file.id, { sha256: hash });
    const { kind, content_type, bytes, captured_at } = file;
    const { media } = await link.call("media", { kind, content_type, bytes, sha256: hash, captured_at });
    if (media === undefined) return "again";
    changeFile(file.id, { media: media.media });
    if (media.complete === true) return "stored";
    const offset = media.offset ?? 0;
    return new Promise((resolve) => {
      const end = (how: End): void => {
        this.sending = null;
        resolve(how);
      };
      this.sending = { file, blob, upload: media.upload ?? 0, sent: offset, credited: offset, isPumping: false, end };
      this.tell(file.id, offset);
      void this.pump(this.sending);
    });
  }

  private async pump(one: Sending): Promise<void> {
    if (one.isPumping) return;
    one.isPumping = true;
    const window = link.limits?.media_window ?? WINDOW_BYTES;
    try {
      while (this.sending === one && one.sent < one.blob.size && one.sent < one.credited + window) {
        if (link.buffered > CROWDED_BYTES) {
          await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
          continue;
        }
        const from = one.sent;
        const until = Math.min(from + CHUNK_BYTES, one.blob.size, one.credited + window);
        const frame = framed(one.upload, from, await one.blob.slice(from, until).arrayBuffer());
        if (!files.peek().some((file) => file.id === one.file.id)) return one.end("lost");
        // While the bytes were read the server may have asked to go back.
        if (this.sending !== one || one.sent !== from) continue;
        if (!link.sendBytes(frame)) break;
        one.sent = until;
        // A credit is for a whole piece, which takes half a minute on a slow link.
        this.tell(one.file.id, Math.max(one.credited, until - link.buffered));
      }
    } catch {
      one.end({ refused: "unreadable_here" });
    }
    one.isPumping = false;
  }

  private hear(event: LiveEvent): void {
    const said = event.data as unknown as { upload?: number; offset?: number; error?: ProblemBody };
    const one = this.sending;
    if (one === null || said?.upload !== one.upload) return;
    if (event.event === "media.stored") one.end("stored");
    else if (event.event === "media.failed") one.end(said.error?.retry === true ? "again" : { refused: codeOf(said.error) });
    else if (event.event === "media.offset" && typeof said.offset === "number") this.credit(one, said.offset);
  }

  private credit(one: Sending, offset: number): void {
    // The same credit twice: something was missed, and the server waits for it.
    if (offset <= one.credited && one.sent > offset) one.sent = offset;
    one.credited = offset;
    this.tell(one.file.id, offset);
    void this.pump(one);
  }

  private tell(id: string, bytes: number): void {
    this.arrived.value = new Map(this.arrived.peek()).set(id, bytes);
  }
}

/** What was sent off comes before what is still being gathered. */
function next(all: readonly CaseFile[]): CaseFile | undefined {
  const waiting = all.filter((file) => !file.isStored && file.refusal === null);
  const sent = new Set(cases.peek().filter((one) => one.isSent).map((one) => one.id));
  return waiting.find((file) => sent.has(file.case)) ?? waiting[0];
}

function framed(upload: number, offset: number, data: ArrayBuffer): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(12 + data.byteLength);
  const head = new DataView(frame.buffer);
  head.setUint32(0, upload);
  head.setBigUint64(4, BigInt(offset));
  frame.set(new Uint8Array(data), 12);
  return frame;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

export const uploads = new Uploads();
