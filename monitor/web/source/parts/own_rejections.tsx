// What one's own phones sent in the last month and was not kept, by what was wrong with it.
import type { JSX } from "preact";
import { fullMoment, number } from "../format";
import { list } from "../http";
import { faultSaid, memberName } from "../logic/naming";
import { usePolled } from "../state/using";
import { words } from "../words";
import type { Rejection } from "../wire";
import { Pending } from "./bone";

const EVERY_MS = 60_000;

export function OwnRejections(): JSX.Element {
  const say = words.value.setAside;
  const { value, error } = usePolled(() => list<Rejection>("/v1/quarantine/reasons"), EVERY_MS, []);
  return (
    <section class="panel" aria-label={say.title}>
      <header class="panel-head">
        <div>
          <h2>{say.title}</h2>
          <p class="hint">{say.lead}</p>
        </div>
      </header>
      {value === null ? (
        <Pending height={80} error={error} />
      ) : value.length === 0 ? (
        <p class="empty">{say.none}</p>
      ) : (
        <div class="table-scroll" tabIndex={0} role="group" aria-label={say.title}>
          <Table rejections={value} />
        </div>
      )}
    </section>
  );
}

function Table({ rejections }: { rejections: readonly Rejection[] }): JSX.Element {
  const say = words.value.setAside;
  return (
    <table class="table">
      <caption class="unseen">{say.title}</caption>
      <thead>
        <tr>
          <th scope="col">{say.what}</th>
          <th scope="col">{say.why}</th>
          <th scope="col" class="number">
            {say.count}
          </th>
          <th scope="col" class="wide-only">
            {say.last}
          </th>
        </tr>
      </thead>
      <tbody>
        {rejections.map(({ path, reason, items, last_at }) => (
          <tr key={`${path} ${reason}`}>
            <th scope="row">{memberName(path)}</th>
            <td>{faultSaid(reason)}</td>
            <td class="number">{number(items)}</td>
            <td class="wide-only">{fullMoment(Date.parse(last_at))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
