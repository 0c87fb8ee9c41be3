// Where the network is good and where it is not: a map, and the same as a list for keyboards and screen readers.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { figure, number, quantity, unit } from "../format";
import { meanOf, measures } from "../logic/measures";
import type { MapProps } from "../map/map";
import { worstByCell } from "../state/alerts";
import { areaNames, areas, areasFailed, fromWorst, loadAreas } from "../state/areas";
import { gaps } from "../state/gaps";
import { go, place } from "../state/place";
import { words } from "../words";
import type { Area, Kpi } from "../wire";
import { AreaList } from "./area_list";
import { Bone } from "./bone";
import { Choice } from "./choice";
import { KpiChoice } from "./kpi_choice";
import { lazily } from "./lazily";

const AreaMap = lazily<MapProps>(() => import("../map/map").then((module) => module.AreaMap), "100%");

export function MapPanel({ isWholePage = false }: { isWholePage?: boolean }): JSX.Element {
  const say = words.value;
  const [view, setView] = useState<"map" | "list">("map");
  const [isPlain, setPlain] = useState(false);
  const all = areas.value;
  const { kpi } = place.value;
  const isList = view === "list" || isPlain;
  return (
    <section class={`panel map-panel ${isWholePage ? "whole" : ""} ${isPlain ? "plain" : ""}`} aria-label={say.map.title}>
      <header class="panel-head">
        <h2>{say.map.title}</h2>
        <KpiChoice />
        <div class="panel-tools">
          {!isList && <Legend kpi={kpi} />}
          {!isWholePage && (
            <Choice
              small
              label={say.chart.view}
              options={[
                { value: "map", label: say.common.map },
                { value: "list", label: say.common.list },
              ]}
              chosen={isList ? "list" : "map"}
              onChoose={(chosen) => setView(chosen as "map" | "list")}
            />
          )}
        </div>
      </header>
      <p class="unseen">{all === null ? "" : summaryOf(all, kpi)}</p>
      {isPlain && <p class="hint">{say.map.noGraphics}</p>}
      {/* Where the page has the list beside the map already, it stands in for the map by itself. */}
      {!(isWholePage && isPlain) && (
        <div class="map-body">
          {all === null ? (
            areasFailed.value ? <Failed /> : <Bone height="full" />
          ) : all.length === 0 ? (
            <NoAreas />
          ) : isList ? (
            <AreaList areas={all} />
          ) : (
            <Pointed areas={all} gaps={gaps.value} worst={worstByCell.value} kpi={kpi} isWholePage={isWholePage} onFailure={() => setPlain(true)} />
          )}
        </div>
      )}
    </section>
  );
}

/** Where a filter may be the reason, it is offered to go; a longer range would not bring what it hides. */
function NoAreas(): JSX.Element {
  const say = words.value;
  const { generation } = place.value;
  return (
    <div class="empty">
      <p class="empty-main">{say.map.none}</p>
      {generation === null ? (
        <p>{say.map.noneMore}</p>
      ) : (
        <button type="button" onClick={() => go({ generation: null })}>
          {say.alerts.dropFilter(generation)}
        </button>
      )}
    </div>
  );
}

function Failed(): JSX.Element {
  return (
    <div class="empty">
      <p>{words.value.common.failed}</p>
      <button type="button" onClick={() => void loadAreas()}>
        {words.value.common.retry}
      </button>
    </div>
  );
}

function summaryOf(all: readonly Area[], kpi: Kpi): string {
  const worst = fromWorst(all, kpi)[0];
  const value = worst === undefined ? null : meanOf(worst, kpi);
  const name = worst === undefined || value === null ? words.value.common.noData : `${areaNames.value.get(worst.cell)} (${quantity(kpi, value)})`;
  return words.value.map.summary(all.length, number(all.length), name);
}

type PointedProps = Omit<MapProps, "onPoint" | "chosen">;

/** The map once it is near the eye, with a small card for the area under the pointer. */
function Pointed(props: PointedProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(props.isWholePage);
  const [pointed, setPointed] = useState<{ area: Area; x: number; y: number } | null>(null);
  useEffect(() => {
    if (box.current === null || isNear) return undefined;
    const observer = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && setNear(true), { rootMargin: "200px" });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [isNear]);
  const point = (area: Area | null, x: number, y: number): void => setPointed(area === null ? null : { area, x, y });
  return (
    <div class="map-frame" ref={box}>
      {isNear ? <AreaMap {...props} chosen={place.value.cell} onPoint={point} /> : <div class="bone block full" />}
      {pointed !== null && <Card {...pointed} kpi={props.kpi} />}
    </div>
  );
}

function Card({ area, x, y, kpi }: { area: Area; x: number; y: number; kpi: Kpi }): JSX.Element {
  const say = words.value;
  const mean = meanOf(area, kpi);
  return (
    <div class="map-card" style={{ left: `${x}px`, top: `${y}px` }} aria-hidden="true">
      <strong>{areaNames.value.get(area.cell)}</strong>
      <span>{mean === null ? say.map.suppressed : `${say.kpis[kpi]} ${quantity(kpi, mean)}`}</span>
      <span class="map-card-more">
        {`${say.alerts.devices(area.devices, number(area.devices))} · `}
        {say.common.sampleCount(number(area.samples))}
      </span>
    </div>
  );
}

/** Five colours from better to worse with the values between them, and the pattern for too few. */
function Legend({ kpi }: { kpi: Kpi }): JSX.Element {
  const say = words.value.map;
  const { cuts } = measures[kpi];
  return (
    <div class="legend">
      <span class="legend-end">{say.better}</span>
      <span class="legend-scale">
        {[0, 1, 2, 3, 4].map((klass) => (
          <span key={klass} class={`legend-class class-${klass}`} />
        ))}
        {cuts.map((cut, index) => (
          <span key={cut} class="legend-cut" style={{ left: `${(index + 1) * 20}%` }}>
            {figure(kpi, cut)}
          </span>
        ))}
      </span>
      <span class="legend-end">
        {say.worse} ({unit(kpi)})
      </span>
      <span class="legend-few" />
      <span class="legend-end">{say.suppressed}</span>
      {gaps.value.length > 0 && (
        <>
          <span class="gap-mark" />
          <span class="legend-end">{words.value.gaps.legend}</span>
        </>
      )}
    </div>
  );
}
