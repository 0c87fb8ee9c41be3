// Chooses the KPI that the map is coloured by and the chart draws.
import type { JSX } from "preact";
import { go, place } from "../state/place";
import { words } from "../words";
import { KPIS, type Kpi } from "../wire";

export function KpiChoice(): JSX.Element {
  const say = words.value;
  return (
    <label class="kpi-choice">
      <span class="unseen">{say.map.measure}</span>
      <select value={place.value.kpi} onChange={(event) => go({ kpi: event.currentTarget.value as Kpi })}>
        {KPIS.map((kpi) => (
          <option key={kpi} value={kpi}>
            {say.kpis[kpi]}
          </option>
        ))}
      </select>
    </label>
  );
}
