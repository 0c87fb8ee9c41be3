// Who is signed in: the access token lives in memory only, the refresh token in a cookie that no script can read.
import { signal } from "@preact/signals";
import { raw, settled, Refused } from "./http";
import type { Credentials, Role } from "./wire";

/** Renew this long before the end, so that a slow answer still comes in time. */
const MARGIN_MS = 60_000;
const HINT = "roadpulse.signed_in";

export interface Person {
  role: Role;
  provider: string | null;
  email: string | null;
}

export type SessionState =
  | { kind: "unknown" }
  | { kind: "absent"; why: "fresh" | "signed_out" | "expired" | "revoked" }
  | { kind: "present"; person: Person };

class Session {
  readonly state = signal<SessionState>({ kind: "unknown" });
  private credentials: Credentials | null = null;
  private renewing: Promise<string | null> | null = null;
  private timer = 0;
  /** Milliseconds that the server's clock is ahead of this one: a phone's clock may be hours wrong. */
  private ahead = 0;
  private listeners = new Set<(token: string) => void>();

  /** The token that requests should carry now, renewed first if it is about to end. */
  async token(): Promise<string | null> {
    if (this.credentials === null) return null;
    if (this.remaining() > 5_000) return this.credentials.access_token;
    return this.renew(this.credentials.access_token);
  }

  /** Called with each fresh token, so that an open socket can hand it on. */
  onRenewed(listener: (token: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Goes on with the session that the cookie holds, if it does. */
  async resume(): Promise<void> {
    if (localStorage.getItem(HINT) === null) {
      this.state.value = { kind: "absent", why: "fresh" };
      return;
    }
    try {
      if ((await this.renew(null)) === null) this.forget("expired");
    } catch {
      this.state.value = { kind: "absent", why: "fresh" };
    }
  }

  async signIn(email: string, password: string): Promise<void> {
    const answer = await settled(await raw("POST", "/v1/sessions", { email, password, cookie: true }, null));
    localStorage.setItem(HINT, email);
    await this.accept(answer);
  }

  async signOut(): Promise<void> {
    const token = this.credentials?.access_token ?? null;
    this.forget("signed_out");
    try {
      await raw("DELETE", "/v1/sessions/current", undefined, token);
    } catch {
      // Signed out here in any case; the server's half ends by itself when the token does.
    }
  }

  /** A fresh token in place of `stale`, or null when the session is over. One renewal at a time, over all tabs. */
  async renew(stale: string | null): Promise<string | null> {
    if (this.credentials !== null && this.credentials.access_token !== stale) return this.credentials.access_token;
    this.renewing ??= this.exchange().finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  forget(why: "signed_out" | "expired" | "revoked"): void {
    clearTimeout(this.timer);
    this.credentials = null;
    localStorage.removeItem(HINT);
    this.state.value = { kind: "absent", why };
  }

  private async exchange(): Promise<string | null> {
    // The refresh token is used up by its use: two tabs that spend the same one would look like a thief.
    const exchangeOnce = async (): Promise<Response> => raw("POST", "/v1/sessions/refresh", {}, null);
    const answer =
      "locks" in navigator ? await navigator.locks.request("roadpulse.refresh", exchangeOnce) : await exchangeOnce();
    if (answer.status === 401 || answer.status === 403 || answer.status === 400) {
      if (this.credentials !== null) this.forget("expired");
      return null;
    }
    await this.accept(await settled(answer));
    return this.credentials?.access_token ?? null;
  }

  private async accept(answer: Response): Promise<void> {
    const stated = answer.headers.get("date");
    if (stated !== null) this.ahead = Date.parse(stated) - Date.now();
    const credentials = (await answer.json()) as Credentials;
    this.credentials = credentials;
    const person = { role: credentials.role, provider: credentials.provider, email: localStorage.getItem(HINT) };
    const before = this.state.peek();
    const same = before.kind === "present" && before.person.role === person.role && before.person.provider === person.provider;
    if (!same) this.state.value = { kind: "present", person };
    for (const listener of this.listeners) listener(credentials.access_token);
    this.schedule();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    const wait = Math.max(5_000, Math.min(this.remaining() - MARGIN_MS, 2 ** 31 - 1));
    this.timer = window.setTimeout(() => {
      const stale = this.credentials?.access_token ?? null;
      this.renew(stale).catch((error: unknown) => {
        // Away for now: the next request, or the next try, renews.
        if (!(error instanceof Refused)) this.schedule();
      });
    }, wait);
  }

  private remaining(): number {
    if (this.credentials === null) return 0;
    return Date.parse(this.credentials.expires_at) - (Date.now() + this.ahead);
  }
}

export const session = new Session();
