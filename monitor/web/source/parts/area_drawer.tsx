// Everything about one area beside the page: its values, its line over time, its week by hour, its open alerts.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { number, quantity } from "../format";
import { classOf, meanOf } from "../logic/measures";
import { alerts } from "../state/alerts";
import { areas } from "../state/areas";
import { cellName } from "../state/gaps";
import { go, place } from "../state/place";
import { words } from "../words";
import { KPIS, type Area, type Kpi } from "../wire";
import { AlertRow } from "./alert_row";
import { ChartPanel } from "./chart_panel";
import { GapLine } from "./gap_list";
import { HeatTable } from "./heat_table";
import { Icon } from "./icons";
import { PhoneTable } from "./phone_table";
import { ruleDraft } from "./rule_draft";

export function AreaDrawer(): JSX.Element | null {
  const { cell } = place.value;
  return cell === null ? null : <Drawer key={cell} cell={cell} />;
}

function Drawer({ cell }: { cell: string }): JSX.Element {
  const say = words.value;
  const box = useRef<HTMLElement>(null);
  const area = areas.value?.find((one) => one.cell === cell) ?? null;
  const name = cellName(cell);
  useEffect(() => {
    // Opened by the person's own click or key, so focus may follow; live updates never move it.
    const before = document.activeElement;
    box.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <aside class="drawer" ref={box} tabIndex={-1} aria-label={say.area.title(name)}>
      <header class="drawer-head">
        <div>
          <h2>{name}</h2>
          <p class="drawer-cell">
            {say.area.cell} {cell}
          </p>
        </div>
        <button type="button" class="quiet square" aria-label={say.common.close} title={say.common.close} onClick={() => go({ cell: null })}>
          <Icon name="close" />
        </button>
      </header>
      <div class="drawer-body">
        <GapLine cell={cell} />
        {area === null ? <p class="hint">{say.area.missing}</p> : <Values area={area} />}
        <ChartPanel cell={cell} where={name} height={180} isBare />
        <HeatTable cell={cell} />
        <PhoneTable cell={cell} />
        <OpenAlerts cell={cell} />
        <button type="button" onClick={() => beginRule(cell)}>
          <Icon name="plus" size={16} />
          {say.area.makeRule}
        </button>
      </div>
    </aside>
  );
}

function OpenAlerts({ cell }: { cell: string }): JSX.Element {
  const say = words.value.area;
  const here = (alerts.shown.value ?? []).filter((alert) => alert.cell === cell && alert.state !== "cleared");
  return (
    <section>
      <h3>{say.openAlerts}</h3>
      {here.length === 0 ? (
        <p class="hint">{say.noAlerts}</p>
      ) : (
        <ul class="alerts">
          {here.map((alert) => (
            <AlertRow key={String(alert.id)} alert={alert} hasPlace={false} />
          ))}
        </ul>
      )}
    </section>
  );
}

function beginRule(cell: string): void {
  ruleDraft.value = { cell, kpi: place.value.kpi };
  go({ page: "rules", cell: null });
}

function Values({ area }: { area: Area }): JSX.Element {
  const say = words.value;
  return (
    <section>
      <h3>
        {say.area.now}
        <span class="hint">
          {`${say.alerts.devices(area.devices, number(area.devices))} · `}
          {say.common.sampleCount(number(area.samples))}
        </span>
      </h3>
      <div class="values">
        {KPIS.map((kpi) => (
          <Value key={kpi} area={area} kpi={kpi} />
        ))}
      </div>
    </section>
  );
}

function Value({ area, kpi }: { area: Area; kpi: Kpi }): JSX.Element {
  const say = words.value;
  const mean = meanOf(area, kpi);
  return (
    <button type="button" class="value" aria-pressed={place.value.kpi === kpi} onClick={() => go({ kpi })}>
      <span class="value-name">{say.kpis[kpi]}</span>
      <span class="value-figure">
        {mean !== null && <span class={`swatch class-${classOf(kpi, mean)}`} aria-hidden="true" />}
        {mean === null ? "–" : quantity(kpi, mean)}
      </span>
    </button>
  );
}
