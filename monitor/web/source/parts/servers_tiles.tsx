// The six numbers of the servers together, each beside the limit that matters.
import type { JSX } from "preact";
import { duration, number, seconds } from "../format";
import { LIMITS } from "../logic/servers";
import { fleet, samples, servers } from "../state/servers";
import { words } from "../words";
import { Sparkline } from "./sparkline";
import { Tile } from "./tile";

export function ServersTiles(): JSX.Element {
  const say = words.value.servers.tiles;
  const { mergerAgeS, rowsWaiting, devices, people, traffic, jobs } = fleet.value;
  const isLoading = servers.value.length === 0;
  const isKnown = servers.value.some((one) => !["silent", "left", "unknown"].includes(one.condition));
  const known = (text: string): string | null => (isKnown ? text : null);
  const requests = traffic.succeeded + traffic.refused + traffic.failed;
  const waiting = jobs.reduce((sum, one) => sum + one.waiting, 0);
  const running = jobs.reduce((sum, one) => sum + one.running, 0);
  const oldest = Math.max(0, ...jobs.map((one) => one.age_s));
  const line = (name: string, values: (number | null)[], threshold: number | null = null): JSX.Element => (
    <Sparkline values={values} label={say.line(name)} threshold={threshold} />
  );
  return (
    <div class="tiles">
      <Tile
        name={say.merger}
        figure={mergerAgeS === null ? null : known(number(mergerAgeS, 1))}
        unit="s"
        note={say.aim(seconds(LIMITS.mergerAge * 1_000))}
        isLoading={isLoading}
      >
        {line(say.merger, samples.value.map((one) => one.mergerAgeS), LIMITS.mergerAge)}
      </Tile>
      <Tile name={say.stored} figure={known(number(traffic.stored_last_minute))} unit={say.aMinute} note={say.quarantined(number(traffic.quarantined))} isLoading={isLoading}>
        {line(say.stored, samples.value.map((one) => one.stored))}
      </Tile>
      <Tile name={say.rows} figure={known(number(rowsWaiting))} note={say.rowsNote} isLoading={isLoading}>
        {line(say.rows, samples.value.map((one) => one.rowsWaiting))}
      </Tile>
      <Tile name={say.devices} figure={known(number(devices))} second={{ name: say.people, figure: number(people) }} isLoading={isLoading} />
      <Tile name={say.requests} figure={known(number(traffic.failed))} unit={say.ofRequests(number(requests))} note={words.value.servers.answersLead(duration(traffic.over_s * 1_000))} isLoading={isLoading} />
      <Tile
        name={say.jobs}
        figure={mergerAgeS === null ? null : known(number(waiting))}
        second={{ name: say.running, figure: number(running) }}
        note={oldest > 0 ? say.oldest(duration(oldest * 1_000)) : null}
        isLoading={isLoading}
      />
    </div>
  );
}
