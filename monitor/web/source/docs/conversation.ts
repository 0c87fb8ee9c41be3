// A socket as this page holds it: connects as an account or a phone, answers pings, and remembers every frame.
import { signal } from "@preact/signals";
import { session } from "../session";
import { phoneToken } from "./callers";
import { freshId } from "./live";

export type Speaker = "account" | "phone";

export interface Line {
  number: number;
  at: Date;
  way: "out" | "in" | "note";
  text: string;
}

type Standing = "closed" | "connecting" | "open";

const MOST_LINES = 300;

class Conversation {
  readonly standing = signal<Standing>("closed");
  readonly lines = signal<Line[]>([]);
  /** The number that the next message should carry. */
  readonly nextId = signal(1);
  /** The number that the next batch of a phone should carry. */
  readonly nextSeq = signal(1);
  private socket: WebSocket | null = null;
  private count = 0;
  /** A phone's spool: the same for as long as the page lives, so that its numbers go on. */
  private readonly stream = freshId();

  async open(as: Speaker, explain: (code: number) => string): Promise<void> {
    const token = as === "phone" ? phoneToken.value : await session.token();
    if (token === null) {
      this.note(as === "phone" ? "A phone needs a token: enrol one above." : "Sign in first, above.");
      return;
    }
    this.close();
    this.standing.value = "connecting";
    const socket = new WebSocket(address(), "roadpulse.v1.json");
    this.socket = socket;
    this.nextId.value = 1;
    socket.onopen = () => {
      this.standing.value = "open";
      this.send({ connect: { token, client: "docs/1.0", ...(as === "phone" ? { stream: this.stream } : {}) } });
    };
    socket.onmessage = (event: MessageEvent<string>) => this.hear(event.data);
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.standing.value = "closed";
      this.note(`Closed ${event.code}: ${explain(event.code)}`);
    };
  }

  close(): void {
    this.socket?.close(1000);
  }

  clear(): void {
    this.lines.value = [];
  }

  /** Sends a message with the next id. */
  send(message: Record<string, unknown>): void {
    this.sendText(JSON.stringify({ id: this.nextId.value, ...message }));
  }

  /** Sends exactly this, right or wrong. */
  sendText(text: string): void {
    if (this.socket?.readyState !== WebSocket.OPEN) {
      this.note("Not connected.");
      return;
    }
    this.socket.send(text);
    this.add("out", hidden(text));
    const id = numberIn(text, "id");
    if (id !== null) this.nextId.value = Math.max(this.nextId.value, id + 1);
  }

  private hear(text: string): void {
    if (text === "{}") {
      this.socket?.send("{}");
      this.note("ping, answered");
      return;
    }
    this.add("in", text);
    const last = numberIn(text, "last_seq");
    if (last !== null) this.nextSeq.value = last + 1;
  }

  private note(text: string): void {
    this.add("note", text);
  }

  private add(way: Line["way"], text: string): void {
    this.count += 1;
    this.lines.value = [...this.lines.value, { number: this.count, at: new Date(), way, text }].slice(-MOST_LINES);
  }
}

function address(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/stream`;
}

function numberIn(text: string, member: string): number | null {
  const found = new RegExp(`"${member}"\\s*:\\s*(\\d+)`).exec(text);
  return found === null ? null : Number(found[1]);
}

/** Who looks over a shoulder, or at a screenshot, need not see a token. */
function hidden(text: string): string {
  return text.replace(/("token"\s*:\s*")([^"]{8})[^"]*"/, '$1$2…"');
}

export const conversation = new Conversation();
