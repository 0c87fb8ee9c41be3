// One socket to the server that is always either open, coming back, or closed for a reason that it can name.
import { signal } from "@preact/signals";
import { Unreachable } from "../http";
import { session } from "../session";
import type { Connected, Limits, LiveEvent, ProblemBody, ServerFrame } from "../wire";
import { backOff, comesBack, whyClosed, type ClosedBecause } from "./closing";

const SUBPROTOCOL = "roadpulse.v1.json";
const ANSWER_WITHIN_MS = 10_000;
/** Asked more often than the server would, so that a dead link shows soon. */
const PING_S = 15;
/** The server asks after `ping_s` without a word from us and we answer; this much more silence means a dead link. */
const SILENCE_MARGIN_MS = 8_000;
/** Only a connection that has lasted counts as a success that resets the back-off. */
const PRODUCTIVE_AFTER_MS = 5_000;

export type LinkState =
  | { kind: "off" }
  | { kind: "connecting"; attempt: number }
  | { kind: "live" }
  | { kind: "waiting"; retryAt: number; why: ClosedBecause }
  | { kind: "closed"; why: ClosedBecause };

export class SocketRefused extends Error {
  constructor(readonly problem: ProblemBody) {
    super(problem.detail ?? problem.title ?? "refused");
  }
}

interface Waiting {
  resolve(frame: ServerFrame): void;
  reject(error: Error): void;
}

class Link {
  readonly state = signal<LinkState>({ kind: "off" });
  /** When the last frame came, by this machine's clock; 0 before the first. */
  heardAt = 0;
  /** When the link was last known to be whole, so that a loss can be given its beginning. */
  wholeUntil = 0;
  onOpen: (connected: Connected) => void = () => undefined;
  onPush: (frame: NonNullable<ServerFrame["push"]>) => void = () => undefined;
  /** Hears the pushes that belong to this socket alone, such as the credits of an upload. */
  onControl: (event: LiveEvent) => void = () => undefined;
  /** What the server allows on this socket; null before the first connection. */
  limits: Limits | null = null;

  private socket: WebSocket | null = null;
  private answers = new Map<number, Waiting>();
  private lastId = 0;
  private attempt = 0;
  private retryTimer = 0;
  private watchTimer = 0;
  private productiveTimer = 0;
  private pingMs = 25_000;
  private drainMs: number | null = null;
  private generation = 0;
  private stopListening: () => void = () => undefined;

  start(): void {
    window.addEventListener("online", this.wake);
    window.addEventListener("offline", this.watch);
    document.addEventListener("visibilitychange", this.wake);
    this.stopListening = session.onRenewed((token) => this.handOn(token));
    this.open();
  }

  stop(): void {
    window.removeEventListener("online", this.wake);
    window.removeEventListener("offline", this.watch);
    document.removeEventListener("visibilitychange", this.wake);
    this.stopListening();
    this.drop();
    this.wholeUntil = 0;
    this.state.value = { kind: "off" };
  }

  retryNow = (): void => {
    if (this.state.value.kind === "waiting" || this.state.value.kind === "closed") this.open();
  };

  async call(verb: string, body: object): Promise<ServerFrame> {
    const id = (this.lastId += 1);
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => {
        this.answers.delete(id);
        reject(new Unreachable(`no answer to ${verb}`));
      }, ANSWER_WITHIN_MS);
      const settle = <Value>(then: (value: Value) => void) => (value: Value): void => {
        clearTimeout(timer);
        then(value);
      };
      this.answers.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.say({ id, [verb]: body });
    });
  }

  /** Sends a binary frame; false when the socket is not open. */
  sendBytes(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.state.peek().kind !== "live" || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(bytes);
    return true;
  }

  /** Bytes that were given to the socket and have not left this machine. */
  get buffered(): number {
    return this.socket?.bufferedAmount ?? 0;
  }

  private open(): void {
    this.drop();
    const mine = (this.generation += 1);
    this.state.value = { kind: "connecting", attempt: this.attempt };
    void this.connect(mine).catch((error: unknown) => {
      if (mine !== this.generation) return;
      this.comeBack(error instanceof Unreachable ? "unreachable" : "unknown");
    });
  }

  private async connect(mine: number): Promise<void> {
    const token = await session.token();
    if (mine !== this.generation) return;
    if (token === null) {
      this.state.value = { kind: "closed", why: "bad_token" };
      return;
    }
    const address = new URL("/v1/stream", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address, SUBPROTOCOL);
    this.socket = socket;
    let opened = false;
    socket.onmessage = (message) => this.hear(String(message.data));
    socket.onclose = (event) => {
      if (mine === this.generation) this.closed(event.code, opened);
    };
    const limit = window.setTimeout(() => socket.close(), ANSWER_WITHIN_MS);
    socket.onopen = async () => {
      opened = true;
      try {
        const answer = await this.call("connect", { token, client: "console/0.1", ping_s: PING_S });
        clearTimeout(limit);
        if (mine === this.generation && answer.connect !== undefined) this.welcomed(answer.connect);
      } catch {
        socket.close();
      }
    };
  }

  private welcomed(connected: Connected): void {
    this.pingMs = connected.ping_s * 1_000;
    this.limits = connected.limits;
    this.state.value = { kind: "live" };
    this.productiveTimer = window.setTimeout(() => (this.attempt = 0), PRODUCTIVE_AFTER_MS);
    this.watchTimer = window.setInterval(this.watch, 1_000);
    this.onOpen(connected);
  }

  private hear(text: string): void {
    this.heardAt = Date.now();
    let frame: ServerFrame;
    try {
      frame = JSON.parse(text) as ServerFrame;
    } catch {
      return;
    }
    if (frame.push !== undefined) {
      this.pushed(frame.push);
    } else if (typeof frame.id === "number") {
      const waiting = this.answers.get(frame.id);
      this.answers.delete(frame.id);
      if (frame.error === undefined) waiting?.resolve(frame);
      else waiting?.reject(new SocketRefused(frame.error));
    } else if (Object.keys(frame).length === 0) {
      this.say({});
    }
  }

  private pushed(push: NonNullable<ServerFrame["push"]>): void {
    if (push.channel !== "control") {
      this.onPush(push);
      return;
    }
    for (const event of push.events) {
      const data = event.data as { retry_after_ms?: number } | undefined;
      if (event.event === "drain") this.drainMs = data?.retry_after_ms ?? 0;
      else this.onControl(event);
    }
  }

  private closed(code: number, opened: boolean): void {
    const why = opened ? whyClosed(code) : "unreachable";
    if (code === 4508) session.forget("revoked");
    if (code === 4500 && this.attempt < 2) {
      // The token may have ended between our clock and theirs: one fresh one before giving up.
      void session.token().then((token) => session.renew(token)).catch(() => undefined);
      this.comeBack(why);
    } else if (comesBack(code)) this.comeBack(why);
    else {
      this.drop();
      this.state.value = { kind: "closed", why };
    }
  }

  private comeBack(why: ClosedBecause): void {
    this.wholeUntil = this.heardAt;
    this.drop();
    const wait = this.drainMs ?? backOff(this.attempt);
    this.drainMs = null;
    this.attempt += 1;
    this.state.value = { kind: "waiting", retryAt: Date.now() + wait, why };
    this.retryTimer = window.setTimeout(() => this.open(), wait);
  }

  /** A link that died without a close (a lost radio, a sleeping laptop) is noticed here. */
  private watch = (): void => {
    if (this.state.value.kind !== "live") return;
    const silent = Date.now() - this.heardAt > this.pingMs + SILENCE_MARGIN_MS;
    if (!navigator.onLine && !isLoopback()) this.comeBack("unreachable");
    else if (silent) this.comeBack("silent");
  };

  private wake = (): void => {
    if (document.visibilityState !== "visible") return;
    if (this.state.value.kind === "waiting") this.retryNow();
    else this.watch();
  };

  private handOn(token: string): void {
    if (this.state.value.kind === "live") this.call("refresh", { token }).catch(() => undefined);
  }

  private say(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private drop(): void {
    clearTimeout(this.retryTimer);
    clearTimeout(this.productiveTimer);
    clearInterval(this.watchTimer);
    this.generation += 1;
    const socket = this.socket;
    this.socket = null;
    if (socket !== null) {
      socket.onmessage = socket.onclose = socket.onopen = null;
      socket.close();
    }
    for (const waiting of this.answers.values()) waiting.reject(new Unreachable("the socket closed"));
    this.answers.clear();
  }
}

/** A browser without a network still reaches a server on the same machine. */
function isLoopback(): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
}

export const link = new Link();
