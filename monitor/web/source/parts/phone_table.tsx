// Which kinds of phones measured in an area, and what each of them measured of the chosen KPI.
import type { JSX } from "preact";
import { number, quantity } from "../format";
import { list } from "../http";
import { DAY_MS } from "../state/clock";
import { place, span } from "../state/place";
import { provider } from "../state/providers";
import { usePolled } from "../state/using";
import { words } from "../words";
import type { PhoneKind } from "../wire";
import { Pending } from "./bone";

const EVERY_MS = 60_000;

export function PhoneTable({ cell }: { cell: string }): JSX.Element {
  const say = words.value;
  const { kpi, generation, range, from, to } = place.value;
  const { value, error } = usePolled(() => kindsIn(cell), EVERY_MS, [provider.value, cell, generation, range, from, to]);
  return (
    <section>
      <h3>
        {say.phones.title} <span class="hint">{isLong() ? say.phones.lastDay : say.area.now}</span>
      </h3>
      {value === null ? (
        <Pending height={80} error={error} />
      ) : value.length === 0 ? (
        <p class="hint">{say.common.noData}</p>
      ) : (
        <table class="table phone-table">
          <caption class="unseen">{`${say.phones.title}: ${say.kpis[kpi]}`}</caption>
          <thead>
            <tr>
              <th scope="col">{say.phones.kind}</th>
              <th scope="col" class="number">{say.map.devices}</th>
              <th scope="col" class="number">{say.map.samples}</th>
              <th scope="col" class="number">{say.kpis[kpi]}</th>
            </tr>
          </thead>
          <tbody>
            {value.map((kind) => (
              <Row key={`${kind.others} ${kind.device_info} ${kind.app_version}`} kind={kind} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ kind }: { kind: PhoneKind }): JSX.Element {
  const say = words.value.phones;
  const { kpi } = place.value;
  const known = kind.kpis[kpi];
  return (
    <tr>
      <th scope="row">
        {kind.others ? say.others : (kind.device_info ?? say.unknown)}
        {kind.app_version !== null && <span class="hint"> {say.version(kind.app_version)}</span>}
      </th>
      <td class="number">{number(kind.devices)}</td>
      <td class="number">{number(kind.samples)}</td>
      <td class="number" title={known === undefined ? undefined : say.reach(quantity(kpi, known.min), quantity(kpi, known.max))}>
        {known === undefined ? "–" : quantity(kpi, known.mean)}
      </td>
    </tr>
  );
}

/** Kinds of phones are read from the measurements themselves, a day at most. */
function isLong(): boolean {
  return span.value.to - span.value.from > DAY_MS;
}

function kindsIn(cell: string): Promise<PhoneKind[]> {
  const { from, to } = span.peek();
  const { generation } = place.peek();
  const since = new Date(Math.max(from, to - DAY_MS)).toISOString();
  return list<PhoneKind>("/v1/phones", { provider: provider.peek(), cell, generation, from: since, to: new Date(to).toISOString() });
}
