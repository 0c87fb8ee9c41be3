// The map itself: areas to point at and open, moved and zoomed by hand or by button.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { LngLatBounds, Map as Picture, setWorkerUrl, type MapMouseEvent } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { Icon } from "../parts/icons";
import { go, place } from "../state/place";
import { isDark, reducedMotion } from "../state/preferences";
import { words } from "../words";
import type { Area } from "../wire";
import { addImage } from "./images";
import { styleOf, type Drawn } from "./style";

setWorkerUrl(new URL(workerUrl, location.href).href);

export interface MapProps extends Drawn {
  /** on its own page the wheel and one finger move the map; inside a longer page they scroll the page */
  isWholePage: boolean;
  onPoint(area: Area | null, x: number, y: number): void;
  onFailure(): void;
  /** how to take a picture of what is drawn; null once nothing is */
  onDrawn(photograph: (() => Promise<HTMLCanvasElement>) | null): void;
}

const REACH: [[number, number], [number, number]] = [
  [3, -3],
  [22, 17],
];

export function AreaMap(props: MapProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const [picture, setPicture] = useState<Picture | null>(null);
  const theme = isDark() ? "dark" : "light";
  useEffect(() => {
    if (box.current === null) return undefined;
    try {
      const made = make(box.current, latest, theme);
      setPicture(made);
      latest.current.onDrawn(() => photograph(made));
      return () => {
        setPicture(null);
        latest.current.onDrawn(null);
        made.remove();
      };
    } catch {
      latest.current.onFailure();
      return undefined;
    }
  }, []);
  useEffect(() => {
    picture?.setStyle(styleOf(props, theme), { diff: true });
  }, [picture, props.areas, props.gaps, props.worst, props.kpi, props.chosen, theme]);
  const say = words.value.map;
  return (
    <div class="map">
      <div class="map-canvas" ref={box} />
      <div class="map-buttons">
        <button type="button" class="square" aria-label={say.zoomIn} title={say.zoomIn} onClick={() => picture?.zoomIn()}>
          <Icon name="plus" size={16} />
        </button>
        <button type="button" class="square" aria-label={say.zoomOut} title={say.zoomOut} onClick={() => picture?.zoomOut()}>
          <Icon name="minus" size={16} />
        </button>
        <button type="button" class="square" aria-label={say.whole} title={say.whole} onClick={() => picture !== null && showAll(picture, latest.current.areas, true)}>
          <Icon name="frame" size={16} />
        </button>
      </div>
      <p class="map-source">{say.source}</p>
    </div>
  );
}

function make(container: HTMLElement, latest: { current: MapProps }, theme: string): Picture {
  const { areas, isWholePage } = latest.current;
  const view = place.peek().view;
  const picture = new Picture({
    container,
    style: styleOf(latest.current, theme),
    center: view === null ? [11.2, 4.6] : [view.longitude, view.latitude],
    zoom: view?.zoom ?? 5,
    minZoom: 4.2,
    maxZoom: 12,
    maxBounds: REACH,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    scrollZoom: isWholePage,
    dragPan: isWholePage || matchMedia("(pointer: fine)").matches,
    fadeDuration: reducedMotion() ? 0 : 200,
    locale: { "Map.Title": words.peek().map.label },
  });
  picture.touchZoomRotate.disableRotation();
  if (view === null) showAll(picture, areas, false);
  picture.setMissingStyleImageResolver((id) => addImage(picture, id));
  picture.on("error", () => undefined);
  picture.on("moveend", (event) => {
    if (!("originalEvent" in event) || event.originalEvent === undefined) return;
    const { lng, lat } = picture.getCenter();
    go({ view: { longitude: lng, latitude: lat, zoom: picture.getZoom() } });
  });
  picture.on("click", (event) => {
    const cell = cellAt(picture, event);
    if (cell !== null) go({ cell });
  });
  picture.on("mousemove", (event) => {
    const cell = cellAt(picture, event);
    picture.getCanvas().style.cursor = cell === null ? "" : "pointer";
    latest.current.onPoint(latest.current.areas.find((area) => area.cell === cell) ?? null, event.point.x, event.point.y);
  });
  picture.on("mouseout", () => latest.current.onPoint(null, 0, 0));
  return picture;
}

/** The pixels are the screen's once a frame is over, so they are copied within one. */
function photograph(picture: Picture): Promise<HTMLCanvasElement> {
  return new Promise((resolve) => {
    picture.once("render", () => {
      const seen = picture.getCanvas();
      const copy = document.createElement("canvas");
      [copy.width, copy.height] = [seen.width, seen.height];
      copy.getContext("2d")?.drawImage(seen, 0, 0);
      resolve(copy);
    });
    picture.triggerRepaint();
  });
}

function cellAt(picture: Picture, event: MapMouseEvent): string | null {
  if (!picture.isStyleLoaded() || picture.getLayer("areas") === undefined) return null;
  const [found] = picture.queryRenderedFeatures(event.point, { layers: ["alarms", "areas", "suppressed", "markers", "silent", "gap-rings"] });
  const cell: unknown = found?.properties["cell"];
  return typeof cell === "string" ? cell : null;
}

function showAll(picture: Picture, areas: readonly Area[], isMoved: boolean): void {
  if (areas.length === 0) return;
  const bounds = new LngLatBounds();
  for (const area of areas) for (const corner of area.outline) bounds.extend(corner);
  picture.fitBounds(bounds, { padding: 40, maxZoom: 10, animate: isMoved && !reducedMotion() });
}
