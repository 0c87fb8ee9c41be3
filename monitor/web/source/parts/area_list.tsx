// The areas as a table from worst to best: all that the map shows, for eyes, keyboards and screen readers alike.
import type { JSX } from "preact";
import { figure, number, unit } from "../format";
import { classOf, meanOf } from "../logic/measures";
import { worstByCell } from "../state/alerts";
import { areaNames, fromWorst } from "../state/areas";
import { go, place } from "../state/place";
import { words } from "../words";
import type { Area, Kpi } from "../wire";
import { GapList } from "./gap_list";
import { SeverityMark } from "./icons";

export function AreaList({ areas }: { areas: Area[] }): JSX.Element {
  const say = words.value;
  const { kpi, cell } = place.value;
  return (
    <div class="table-scroll" tabIndex={0} role="group" aria-label={say.map.title}>
      <GapList />
      <table class="table area-table">
        <caption class="unseen">{`${say.map.title}: ${say.kpis[kpi]}`}</caption>
        <thead>
          <tr>
            <th scope="col">{say.map.area}</th>
            <th scope="col" class="number">{`${say.kpis[kpi]} (${unit(kpi)})`}</th>
            <th scope="col" class="number">
              {say.map.devices}
            </th>
            <th scope="col" class="number">
              {say.map.samples}
            </th>
          </tr>
        </thead>
        <tbody>
          {fromWorst(areas, kpi).map((area) => (
            <tr key={area.cell} class={area.cell === cell ? "chosen" : ""}>
              <th scope="row">
                <span class="area-name">
                  <button type="button" class="link" data-cell={area.cell} onClick={() => go({ cell: area.cell })}>
                    {areaNames.value.get(area.cell)}
                  </button>
                  <Worst cell={area.cell} />
                </span>
              </th>
              <Value area={area} kpi={kpi} />
              <td class="number">{number(area.devices)}</td>
              <td class="number">{number(area.samples)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Value({ area, kpi }: { area: Area; kpi: Kpi }): JSX.Element {
  const mean = meanOf(area, kpi);
  if (mean === null) return <td class="number few-note">{words.value.map.suppressed}</td>;
  return (
    <td class="number">
      <span class={`swatch class-${classOf(kpi, mean)}`} aria-hidden="true" />
      {figure(kpi, mean)}
    </td>
  );
}

function Worst({ cell }: { cell: string }): JSX.Element | null {
  const severity = worstByCell.value.get(cell);
  return severity === undefined ? null : <SeverityMark severity={severity} size={16} label={words.value.severities[severity]} />;
}
