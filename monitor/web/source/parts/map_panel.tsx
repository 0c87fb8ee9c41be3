// Where the network is good and where it is not: a map, and the same as a list for keyboards and screen readers.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { figure, number, quantity, unit } from "../format";
import { areasAsCsv } from "../logic/csv";
import { meanOf, measures } from "../logic/measures";
import type { MapProps } from "../map/map";
import { worstByCell } from "../state/alerts";
import { areaNames, areas, areasFailed, areasReading, fromWorst, loadAreas } from "../state/areas";
import { folds } from "../state/folds";
import { gaps } from "../state/gaps";
import { go, place } from "../state/place";
import { words } from "../words";
import type { Area, Kpi } from "../wire";
import { AreaList } from "./area_list";
import { Bone } from "./bone";
import { Choice } from "./choice";
import { color } from "./colors";
import { FoldButton } from "./fold_button";
import { framed, type Key } from "./framed";
import { KpiChoice } from "./kpi_choice";
import { lazily } from "./lazily";
import { PanelMenu } from "./panel_menu";

const AreaMap = lazily<MapProps>(() => import("../map/map").then((module) => module.AreaMap), "100%");

type View = "map" | "list";
type Photograph = () => Promise<HTMLCanvasElement>;

export function MapPanel({ isWholePage = false }: { isWholePage?: boolean }): JSX.Element {
  const say = words.value;
  const [view, setView] = useState<View>("map");
  const [isPlain, setPlain] = useState(false);
  const [photograph, setPhotograph] = useState<{ take: Photograph | null }>({ take: null });
  const isFolded = !isWholePage && folds.map.value === "yes";
  const isList = view === "list" || isPlain;
  // Where the page has the list beside the map already, it stands in for the map by itself.
  const hasBody = !isFolded && !(isWholePage && isPlain);
  const looks = ["panel", "map-panel", isWholePage && "whole", isPlain && "plain", isFolded && "folded"].filter(Boolean).join(" ");
  return (
    <section class={looks} aria-label={say.map.title}>
      <header class="panel-head">
        <h2>{say.map.title}</h2>
        {!isFolded && <KpiChoice />}
        {!isFolded && !isList && <Legend kpi={place.value.kpi} />}
        <div class="panel-tools">
          {!isFolded && !isWholePage && <ViewChoice view={isList ? "list" : "map"} onView={setView} />}
          {!isFolded && <Take photograph={photograph.take} />}
          {!isWholePage && <FoldButton panel="map" title={say.map.title} />}
        </div>
      </header>
      {!isFolded && isPlain && <p class="hint">{say.map.noGraphics}</p>}
      {hasBody && (
        <div class="map-body">
          <Body isList={isList} isWholePage={isWholePage} onFailure={() => setPlain(true)} onDrawn={(take) => setPhotograph({ take })} />
        </div>
      )}
    </section>
  );
}

function ViewChoice({ view, onView }: { view: View; onView(view: View): void }): JSX.Element {
  const say = words.value;
  const options = [
    { value: "map" as const, label: say.common.map },
    { value: "list" as const, label: say.common.list },
  ];
  return <Choice small label={say.chart.view} options={options} chosen={view} onChoose={onView} />;
}

function Take({ photograph }: { photograph: Photograph | null }): JSX.Element {
  const say = words.value;
  const { kpi } = place.value;
  const all = areas.value ?? [];
  const title = say.chart.over(say.map.title, say.kpis[kpi]);
  const picture = async (take: Photograph): Promise<HTMLCanvasElement> =>
    framed(await take(), { title, text: summaryOf(all, kpi), keys: keysOf(kpi), source: say.map.source });
  return (
    <PanelMenu
      title={title}
      reading={areasReading()}
      table={all.length === 0 ? null : () => areasAsCsv(fromWorst(all, kpi))}
      picture={photograph === null ? null : () => picture(photograph)}
    />
  );
}

type BodyProps = { isList: boolean } & Pick<MapProps, "isWholePage" | "onFailure" | "onDrawn">;

function Body({ isList, ...rest }: BodyProps): JSX.Element {
  const all = areas.value;
  const { kpi } = place.value;
  if (all === null) return areasFailed.value ? <Failed /> : <Bone height="full" />;
  if (all.length === 0) return <NoAreas />;
  return (
    <>
      <p class="unseen">{summaryOf(all, kpi)}</p>
      {isList ? <AreaList areas={all} /> : <Pointed areas={all} gaps={gaps.value} worst={worstByCell.value} kpi={kpi} {...rest} />}
    </>
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

const CLASSES = [0, 1, 2, 3, 4] as const;

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

/** The five colours and the values between them, for a picture that is saved. */
function keysOf(kpi: Kpi): Key[] {
  const { better, worse } = words.peek().map;
  const cuts = measures[kpi].cuts.map((cut) => figure(kpi, cut));
  return CLASSES.map((klass) => {
    const name = `${cuts[klass - 1] ?? better} – ${cuts[klass] ?? worse}`;
    return { color: color(`class-${klass}`), name: klass === CLASSES.at(-1) ? `${name} (${unit(kpi)})` : name };
  });
}

/** Five colours from better to worse with the values between them, and the pattern for too few. */
function Legend({ kpi }: { kpi: Kpi }): JSX.Element {
  const say = words.value.map;
  const { cuts } = measures[kpi];
  return (
    <div class="legend">
      <span class="legend-end">{say.better}</span>
      <span class="legend-scale">
        {CLASSES.map((klass) => (
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
