// The connection, told truthfully: live and how fresh, coming back and when, catching up, lost, or closed and why.
import type { JSX } from "preact";
import { computed } from "@preact/signals";
import { between, duration, number, time } from "../format";
import { STALE_AFTER_MS } from "../logic/verdict";
import { session } from "../session";
import { clock } from "../state/clock";
import { channels } from "../stream/channels";
import { link } from "../stream/link";
import { painter } from "../stream/painter";
import { words } from "../words";

type Tone = "live" | "busy" | "warn" | "bad" | "still";

interface Told {
  tone: Tone;
  text: string;
  /** what a narrow screen shows in place of `text` */
  short: string | null;
  why: string | null;
  action: { label: string; run(): void } | null;
}

const told = computed<Told>(() => {
  const say = words.value.link;
  const state = link.state.value;
  const now = clock.value;
  switch (state.kind) {
    case "off":
    case "connecting":
      return { tone: "busy", text: say.connecting, short: null, why: null, action: null };
    case "waiting": {
      const left = Math.ceil((state.retryAt - now) / 1_000) * 1_000;
      const text = left > 0 ? say.retryIn(duration(left)) : say.retrying;
      const why = say.because(words.value.closings[state.why]);
      return { tone: "warn", text, short: null, why, action: { label: say.retryNow, run: link.retryNow } };
    }
    case "closed": {
      const why = say.because(words.value.closings[state.why]);
      const needsPerson = state.why === "bad_token" || state.why === "revoked";
      const action = needsPerson
        ? { label: say.signInAgain, run: () => session.forget("expired") }
        : { label: say.retryNow, run: link.retryNow };
      return { tone: "bad", text: say.closed, short: null, why, action };
    }
    case "live":
      return whileLive(now);
  }
});

function whileLive(now: number): Told {
  const say = words.value.link;
  const recovery = channels.recovery.value;
  const plain = { short: null, why: null, action: null };
  if (recovery.kind === "lost") return { tone: "warn", text: say.lost(between(recovery.from, recovery.to, now)), ...plain };
  if (recovery.kind === "catching_up") {
    return { tone: "busy", text: say.catchingUp(number(recovery.done), number(recovery.total)), ...plain };
  }
  if (painter.paused.value) return { tone: "still", text: say.paused(time(painter.pausedAt.value)), ...plain };
  if (recovery.kind === "caught_up") {
    return { tone: "live", text: say.caughtUp(recovery.total, number(recovery.total)), ...plain };
  }
  const age = Math.max(0, now - channels.eventAt);
  if (channels.eventAt === 0) return { tone: "live", text: say.justLive, ...plain };
  if (age > STALE_AFTER_MS) return { tone: "warn", text: say.quiet(duration(age)), ...plain };
  const ago = age < 10_000 ? `${number(age / 1_000, 1)}\u00a0s` : duration(age);
  return { tone: "live", text: say.live(ago), ...plain, short: ago };
}

export function Pill(): JSX.Element {
  const { tone, text, short, why, action } = told.value;
  return (
    <div class={`pill ${tone}`} role="group" aria-label={words.value.link.label} title={why ?? undefined}>
      <span class="pill-dot" aria-hidden="true" />
      <span class="pill-text">
        {short !== null && (
          <span class="pill-short" aria-hidden="true">
            {short}
          </span>
        )}
        <span class="pill-main">{text}</span>
        {why !== null && <span class="pill-why">{why}</span>}
      </span>
      {action !== null && (
        <button type="button" class="link" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  );
}

/** The connection's tone for what only colours itself by it. */
export const tone = computed<Tone>(() => told.value.tone);
