// How the servers themselves do, told by each of them every two seconds: a verdict, six numbers, and who says what.
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { duration, moment, number, share } from "../format";
import type { Condition, Heard } from "../logic/servers";
import { ServersTiles } from "../parts/servers_tiles";
import { ServersVerdictLine } from "../parts/servers_verdict";
import { present } from "../state/clock";
import { maySwitch } from "../state/providers";
import { fleet, followServers, servers } from "../state/servers";
import { words } from "../words";

const TONES: Record<Condition, string> = {
  well: "acknowledged",
  full: "clearing",
  no_database: "firing",
  silent: "firing",
  left: "cleared",
  unknown: "cleared",
};

export function ServersPage(): JSX.Element {
  return maySwitch.value ? <Servers /> : <NotForYou />;
}

function Servers(): JSX.Element {
  useEffect(followServers, []);
  const say = words.value.servers;
  const { traffic } = fleet.value;
  return (
    <>
      <h1 class="unseen">{say.title}</h1>
      <ServersVerdictLine />
      <ServersTiles />
      <Panel title={say.processes} lead={say.processesLead}>
        <Processes />
      </Panel>
      <div class="servers-below">
        <Panel title={say.answers} lead={say.answersLead(duration(traffic.over_s * 1_000))}>
          <Answers />
        </Panel>
        <Panel title={say.work} lead={say.workLead}>
          <Work />
        </Panel>
      </div>
    </>
  );
}

function NotForYou(): JSX.Element {
  const say = words.value.servers;
  return (
    <section class="panel empty">
      <h1 class="empty-main">{say.onlyAdministrators}</h1>
      <p>{say.askOne}</p>
    </section>
  );
}

function Panel({ title, lead, children }: { title: string; lead: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="panel">
      <header class="panel-head">
        <div>
          <h2>{title}</h2>
          <p class="hint">{lead}</p>
        </div>
      </header>
      <div class="table-scroll" tabIndex={0} role="region" aria-label={title}>
        <table class="table servers-table">
          <caption class="unseen">{title}</caption>
          {children}
        </table>
      </div>
    </section>
  );
}

function Head({ first, others }: { first: string; others: string[] }): JSX.Element {
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        {others.map((name) => (
          <th key={name} scope="col" class="number">
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Row({ name, values }: { name: string; values: string[] }): JSX.Element {
  return (
    <tr>
      <th scope="row">{name}</th>
      {values.map((value, index) => (
        <td key={index} class="number">
          {value}
        </td>
      ))}
    </tr>
  );
}

function Processes(): JSX.Element {
  const say = words.value.servers;
  const columns = [say.devices, say.people, say.rows, say.stored, say.succeeded, say.refused, say.failed];
  return (
    <>
      <thead>
        <tr>
          <th scope="col">{say.process}</th>
          <th scope="col">{say.condition}</th>
          <th scope="col">{say.up}</th>
          {columns.map((name) => (
            <th key={name} scope="col" class="number">
              {name}
            </th>
          ))}
          <th scope="col">{say.release}</th>
        </tr>
      </thead>
      <tbody>
        {servers.value.map((one) => (
          <Process key={String(one.state.id)} of={one} />
        ))}
      </tbody>
    </>
  );
}

function Process({ of: { state, at, condition } }: { of: Heard & { condition: Condition } }): JSX.Element {
  const say = words.value.servers;
  const isGone = condition === "silent" || condition === "left";
  const { traffic } = state;
  const values = [
    state.devices,
    state.sockets - state.devices,
    state.rows_waiting,
    traffic.stored_last_minute,
    traffic.succeeded,
    traffic.refused,
    traffic.failed,
  ];
  return (
    <tr data-server={state.id}>
      <th scope="row">{state.id}</th>
      <td>
        <span class={`state ${TONES[condition]}`}>{say.conditions[condition]}</span>
        {isGone && <span class="hint"> {say.since(moment(at, present.value))}</span>}
      </td>
      <td>{isGone ? "–" : duration(Math.max(0, present.value - Date.parse(state.started_at)))}</td>
      {values.map((value, index) => (
        <td key={index} class="number">
          {isGone ? "–" : number(value)}
        </td>
      ))}
      <td>{state.release}</td>
    </tr>
  );
}

function Answers(): JSX.Element {
  const say = words.value.servers;
  const { traffic } = fleet.value;
  const requests = traffic.succeeded + traffic.refused + traffic.failed;
  const items = traffic.stored + traffic.quarantined + traffic.duplicates;
  const row = (name: string, count: number, of: number | null): JSX.Element => {
    const rate = (count * 60) / traffic.over_s;
    const told = traffic.over_s > 0 ? number(rate, rate < 10 ? 1 : 0) : "–";
    return <Row name={name} values={[number(count), told, of === null || of === 0 ? "–" : share(count / of, 1)]} />;
  };
  return (
    <>
      <Head first={say.kind} others={[say.count, say.rate, say.share]} />
      <tbody>
        {row(say.kinds.succeeded, traffic.succeeded, requests)}
        {row(say.kinds.refused, traffic.refused, requests)}
        {row(say.kinds.failed, traffic.failed, requests)}
        {row(say.kinds.messages, traffic.messages_refused, null)}
        {row(say.kinds.stored, traffic.stored, items)}
        {row(say.kinds.quarantined, traffic.quarantined, items)}
        {row(say.kinds.duplicates, traffic.duplicates, items)}
      </tbody>
    </>
  );
}

function Work(): JSX.Element {
  const say = words.value.servers;
  return (
    <>
      <Head first={say.kind} others={[say.jobsWaiting, say.jobsRunning, say.jobsParked, say.jobsAge]} />
      <tbody>
        {fleet.value.jobs.map((one) => (
          <Row
            key={one.kind}
            name={say.jobKinds[one.kind]}
            values={[number(one.waiting), number(one.running), number(one.parked), one.age_s > 0 ? duration(one.age_s * 1_000) : "–"]}
          />
        ))}
      </tbody>
    </>
  );
}
