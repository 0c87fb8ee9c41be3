// Follows channels over a link that comes and goes: recovers what was missed, or says truthfully what was lost.
import { signal } from "@preact/signals";
import type { LiveEvent, LiveRow, Subscribed } from "../wire";
import { link, SocketRefused } from "./link";

/** Events applied in one go while catching up: small enough that the page stays answerable. */
const CATCH_UP_CHUNK = 40;
const SHOW_CATCH_UP_FROM = 10;
const TELL_FOR_MS = 6_000;
const TELL_LOSS_FOR_MS = 20_000;
/** A hole in the offsets is read again, but not for ever. */
const GAP_RETRY_MS = 10_000;

export interface Follower {
  channel: string;
  /** A stream loses nothing and is recovered from an offset; a latest channel has the newest per key and is read anew. */
  kind: "stream" | "latest";
  replace(rows: LiveRow[]): void;
  follow(event: LiveEvent): void;
}

export type Recovery =
  | { kind: "none" }
  | { kind: "catching_up"; done: number; total: number }
  | { kind: "caught_up"; total: number }
  | { kind: "lost"; from: number; to: number };

class Followed {
  offset: number | null = null;
  epoch: string | null = null;
  queue: LiveEvent[] = [];
  /** While a subscribe is unanswered or events are being caught up, pushes wait in the queue. */
  busy = false;
  gapAt = 0;
  attempt = 0;
  constructor(readonly follower: Follower) {}
}

class Channels {
  readonly recovery = signal<Recovery>({ kind: "none" });
  /** Rises when what was read over HTTP may have missed something and must be read again. */
  readonly reloads = signal(0);
  /** When the last event of any channel came. */
  eventAt = 0;
  private followed = new Map<string, Followed>();
  private tellTimer = 0;

  constructor() {
    link.onOpen = () => {
      for (const one of this.followed.values()) void this.subscribe(one);
      if (link.wholeUntil > 0) this.reloads.value += 1;
    };
    link.onPush = (push) => {
      const one = this.followed.get(push.channel);
      if (one === undefined) return;
      this.eventAt = Date.now();
      one.queue.push(...push.events);
      if (!one.busy) this.drain(one);
    };
  }

  /** Begins to follow; the answer ends it. */
  add(follower: Follower): () => void {
    const one = new Followed(follower);
    this.followed.set(follower.channel, one);
    if (link.state.peek().kind === "live") void this.subscribe(one);
    return () => {
      if (this.followed.get(follower.channel) !== one) return;
      this.followed.delete(follower.channel);
      if (link.state.peek().kind === "live") {
        link.call("unsubscribe", { channel: follower.channel }).catch(() => undefined);
      }
    };
  }

  tell(recovery: Recovery, forMs: number | null): void {
    clearTimeout(this.tellTimer);
    this.recovery.value = recovery;
    if (forMs !== null) this.tellTimer = window.setTimeout(() => (this.recovery.value = { kind: "none" }), forMs);
  }

  private async subscribe(one: Followed): Promise<void> {
    const { channel, kind } = one.follower;
    one.busy = true;
    one.queue = [];
    const known = kind === "stream" && one.offset !== null;
    try {
      const position = known ? { offset: one.offset, epoch: one.epoch ?? undefined } : {};
      const answer = (await link.call("subscribe", { channel, ...position })).subscribe;
      if (answer === undefined || this.followed.get(channel) !== one) return;
      one.attempt = 0;
      this.eventAt = Date.now();
      await this.take(one, answer, known);
    } catch (error) {
      if (error instanceof SocketRefused && error.problem.retry === true) this.later(one);
    }
  }

  /** Reads a hole in the offsets again from where it began. */
  private async again(one: Followed): Promise<void> {
    one.busy = true;
    await link.call("unsubscribe", { channel: one.follower.channel }).catch(() => undefined);
    if (this.followed.get(one.follower.channel) === one) await this.subscribe(one);
  }

  private later(one: Followed): void {
    one.attempt += 1;
    window.setTimeout(() => {
      if (this.followed.get(one.follower.channel) === one && link.state.peek().kind === "live") void this.subscribe(one);
    }, Math.min(30_000, 1_000 * 2 ** one.attempt));
  }

  private async take(one: Followed, answer: Subscribed, known: boolean): Promise<void> {
    const before = one.offset ?? 0;
    one.epoch = answer.epoch ?? null;
    if (answer.snapshot !== undefined && !(known && answer.recovered === true)) {
      one.follower.replace(answer.snapshot.rows);
      one.offset = answer.offset ?? null;
      if (known) this.tell({ kind: "lost", from: link.wholeUntil, to: Date.now() }, TELL_LOSS_FOR_MS);
    } else {
      one.offset = before;
      await this.catchUp(one, answer.events ?? []);
      one.offset = Math.max(before, answer.offset ?? before);
    }
    one.busy = false;
    this.drain(one);
  }

  private async catchUp(one: Followed, events: LiveEvent[]): Promise<void> {
    const total = events.length;
    for (let done = 0; done < total; done += CATCH_UP_CHUNK) {
      if (total >= SHOW_CATCH_UP_FROM) this.tell({ kind: "catching_up", done, total }, null);
      for (const event of events.slice(done, done + CATCH_UP_CHUNK)) one.follower.follow(event);
      await new Promise((resolve) => setTimeout(resolve, 16));
    }
    if (link.wholeUntil > 0) this.tell({ kind: "caught_up", total }, TELL_FOR_MS);
  }

  private drain(one: Followed): void {
    const events = one.queue;
    one.queue = [];
    for (const event of events) {
      if (one.follower.kind === "stream" && typeof event.offset === "number" && one.offset !== null) {
        if (event.offset <= one.offset) continue;
        if (event.offset > one.offset + 1 && Date.now() - one.gapAt > GAP_RETRY_MS) {
          one.gapAt = Date.now();
          void this.again(one);
          return;
        }
        one.offset = event.offset;
      }
      one.follower.follow(event);
    }
  }
}

export const channels = new Channels();
