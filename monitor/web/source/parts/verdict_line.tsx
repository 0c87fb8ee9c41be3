// The one sentence on top: how things stand, computed from what is really known.
import { computed } from "@preact/signals";
import type { JSX } from "preact";
import { duration, moment, number } from "../format";
import { headline, valueOf, whereOf } from "../logic/naming";
import { judge, type Verdict } from "../logic/verdict";
import { alerts } from "../state/alerts";
import { clock, present } from "../state/clock";
import { lastDataAt, overview } from "../state/following";
import { link } from "../stream/link";
import { words } from "../words";
import { Icon, SeverityMark } from "./icons";

const verdict = computed<Verdict>(() => {
  const known = overview.value;
  const isLive = link.state.value.kind === "live";
  const heardAt = lastDataAt.value;
  return judge({
    now: isLive ? present.value : clock.value,
    alerts: alerts.shown.value,
    rules: known?.rules ?? 0,
    areas: known?.areas ?? 0,
    lastAlertAt: known?.last_alert_at == null ? null : Date.parse(known.last_alert_at),
    lastDataAt: heardAt === 0 ? null : heardAt,
    isDataKnown: known !== null && heardAt !== null,
    cutSince: isLive || link.wholeUntil === 0 ? null : link.wholeUntil,
  });
});

export function VerdictLine(): JSX.Element {
  const now = verdict.value;
  const { main, more } = sentence(now);
  return (
    <section class={`verdict ${now.kind}`} aria-label={main}>
      <span class="verdict-mark">{mark(now)}</span>
      <div>
        <p class="verdict-main">{main}</p>
        <p class="verdict-more">{more || "\u00a0"}</p>
      </div>
    </section>
  );
}

function mark(now: Verdict): JSX.Element {
  switch (now.kind) {
    case "degraded":
    case "recovering":
      return <SeverityMark severity={now.worst.severity} size={36} />;
    case "normal":
      return <Icon name="check" size={22} />;
    case "cut":
    case "stale":
      return <Icon name="close" size={22} />;
    case "loading":
    case "waiting":
      return <Icon name="pulse" size={22} />;
  }
}

function sentence(now: Verdict): { main: string; more: string } {
  const say = words.value.verdict;
  const at = present.value;
  switch (now.kind) {
    case "loading":
      return { main: say.loading, more: "" };
    case "waiting":
      return { main: say.waiting, more: say.waitingMore };
    case "cut":
      return { main: say.cut(moment(now.since, clock.value)), more: say.cutMore };
    case "stale":
      return { main: say.stale(duration(at - now.since)), more: say.staleMore };
    case "normal": {
      const last = now.lastAlertAt === null ? say.noAlertYet : say.lastAlert(duration(Math.max(0, at - now.lastAlertAt)));
      return { main: say.normal, more: `${last} ${say.watching(now.rules, number(now.rules), now.areas, number(now.areas))}` };
    }
    case "recovering":
      return { main: say.recovering(now.alerts, number(now.alerts)), more: worst(now) };
    case "degraded": {
      const main = now.areas === 0 || now.wide ? say.degradedWide : say.degraded(now.areas, number(now.areas), number(now.ofAreas));
      return { main, more: `${worst(now)} ${say.unhandled(now.unhandled, number(now.unhandled))}` };
    }
  }
}

function worst(now: Extract<Verdict, { worst: unknown }>): string {
  const alert = now.worst;
  const value = valueOf(alert);
  const what = value === null ? headline(alert) : `${headline(alert)} (${value})`;
  return words.value.verdict.worst(what, whereOf(alert), moment(Date.parse(alert.opened_at), present.value));
}
