// The one sentence over the servers: all is well, or what is not.
import type { JSX } from "preact";
import { moment, number, seconds } from "../format";
import { LIMITS, type ServersVerdict, type Trouble } from "../logic/servers";
import { clock } from "../state/clock";
import { serversVerdict } from "../state/servers";
import { words } from "../words";
import { Icon, SeverityMark } from "./icons";

export function ServersVerdictLine(): JSX.Element {
  const now = serversVerdict.value;
  const { main, more } = sentence(now);
  return (
    <section class={`verdict ${now.kind === "well" ? "normal" : now.kind === "waiting" ? "" : "stale"}`} aria-label={main}>
      <span class="verdict-mark">{mark(now)}</span>
      <div>
        <p class="verdict-main" role="status">
          {main}
        </p>
        <p class="verdict-more">{more || "\u00a0"}</p>
      </div>
    </section>
  );
}

function mark(now: ServersVerdict): JSX.Element {
  switch (now.kind) {
    case "well":
      return <Icon name="check" size={22} />;
    case "waiting":
      return <Icon name="pulse" size={22} />;
    case "cut":
      return <Icon name="close" size={22} />;
    case "mute":
    case "troubled":
      return <SeverityMark severity="major" size={36} />;
  }
}

function sentence(now: ServersVerdict): { main: string; more: string } {
  const say = words.value.servers;
  switch (now.kind) {
    case "waiting":
      return { main: say.waiting, more: say.waitingMore };
    case "cut":
      return { main: say.cut(now.since === null ? null : moment(now.since, clock.value)), more: say.cutMore };
    case "mute":
      return { main: say.mute(moment(now.since, clock.value)), more: say.muteMore };
    case "well":
      return { main: say.well(now.count, number(now.count)), more: say.wellMore };
    case "troubled": {
      const [first = "", ...others] = now.troubles.map(told);
      return { main: first, more: others.join(" ") };
    }
  }
}

function told(trouble: Trouble): string {
  const say = words.value.servers;
  switch (trouble.kind) {
    case "silent":
      return say.silent(trouble.count, number(trouble.count), moment(trouble.since, clock.value));
    case "database":
      return say.noDatabase(trouble.count, number(trouble.count));
    case "full":
      return say.full(trouble.count, number(trouble.count));
    case "merger":
      return say.merger(seconds(trouble.ageS * 1_000), seconds(LIMITS.mergerAge * 1_000));
    case "queue":
      return say.queue(seconds(trouble.ageS * 1_000), seconds(LIMITS.queueAge * 1_000));
    case "jobs":
      return say.jobs(seconds(trouble.ageS * 1_000), seconds(LIMITS.jobsAge * 1_000));
    case "failed":
      return say.requestsFailed(trouble.count, number(trouble.count), number(trouble.of));
  }
}
