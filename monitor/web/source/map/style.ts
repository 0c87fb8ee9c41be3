// How the map looks: a quiet ground without any tiles, and the areas in the colours of what they measured.
import type { Feature, FeatureCollection } from "geojson";
import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import { classOf, meanOf } from "../logic/measures";
import { color } from "../parts/colors";
import { rank } from "../logic/severities";
import type { Area, Gap, Kpi, Severity } from "../wire";
import { cities } from "./cities";
import outlines from "./outlines.json?url";

const CLASSES = [0, 1, 2, 3, 4] as const;
export const HATCH = "hatch";
/** Below this zoom an area is smaller than a fingertip, and a marker of fixed size stands for it. */
const MARKERS_BELOW = 7.6;
/** Areas carry their class with theme, so that a changed theme draws new markers. */
export const MARKER = "marker";
export const ALARM = "alarm";
const NAME_FONT = ["Inter Variable"];

export interface Drawn {
  areas: readonly Area[];
  gaps: readonly Gap[];
  /** by cell, the severity of the worst open alert */
  worst: ReadonlyMap<string, Severity>;
  kpi: Kpi;
  chosen: string | null;
}

/** One point for each area, for when the country is seen as a whole. */
function centersOf(areas: readonly Area[], kpi: Kpi): FeatureCollection {
  const features = shapesOf(areas, kpi).features.map((shape, index): Feature => {
    return { ...shape, geometry: { type: "Point", coordinates: areas[index]?.center ?? [0, 0] } };
  });
  return { type: "FeatureCollection", features };
}

/** The areas as shapes that know their colour; `klass` is -1 where too few devices measured. */
function shapesOf(areas: readonly Area[], kpi: Kpi): FeatureCollection {
  const features = areas.map((area): Feature => {
    const mean = meanOf(area, kpi);
    const ring = area.outline.length > 0 ? [...area.outline, area.outline[0] as [number, number]] : [];
    return {
      type: "Feature",
      properties: { cell: area.cell, klass: mean === null ? -1 : classOf(kpi, mean) },
      geometry: { type: "Polygon", coordinates: [ring] },
    };
  });
  return { type: "FeatureCollection", features };
}

/** Where an alert is open, the worst one; the worst of all lies on top. */
function alarmsOf(areas: readonly Area[], worst: ReadonlyMap<string, Severity>): FeatureCollection {
  const features = areas.flatMap(({ cell, center }): Feature[] => {
    const severity = worst.get(cell);
    if (severity === undefined) return [];
    return [{ type: "Feature", properties: { cell, severity, order: -rank(severity) }, geometry: { type: "Point", coordinates: center } }];
  });
  return { type: "FeatureCollection", features };
}

function gapsOf(gaps: readonly Gap[], isPoint: boolean): FeatureCollection {
  const features = gaps.map(
    (gap): Feature => ({
      type: "Feature",
      properties: { cell: gap.cell, isSilent: gap.kinds.includes("silent") },
      geometry: isPoint ? { type: "Point", coordinates: gap.center } : { type: "Polygon", coordinates: [gap.outline] },
    }),
  );
  return { type: "FeatureCollection", features };
}

const towns: FeatureCollection = {
  type: "FeatureCollection",
  features: cities.map(([name, longitude, latitude, from]) => ({
    type: "Feature",
    properties: { name, from },
    geometry: { type: "Point", coordinates: [longitude, latitude] },
  })),
};

export function styleOf({ areas, gaps, worst, kpi, chosen }: Drawn, theme: string): StyleSpecification {
  return {
    version: 8,
    sources: {
      outlines: { type: "geojson", data: new URL(outlines, location.href).href },
      areas: { type: "geojson", data: shapesOf(areas, kpi), promoteId: "cell" },
      centers: { type: "geojson", data: centersOf(areas, kpi) },
      gaps: { type: "geojson", data: gapsOf(gaps, false) },
      "gap-centers": { type: "geojson", data: gapsOf(gaps, true) },
      alarms: { type: "geojson", data: alarmsOf(areas, worst) },
      towns: { type: "geojson", data: towns },
    },
    layers: [...groundLayers(), ...areaLayers(theme), ...gapLayers(), alarmLayer(theme), chosenLayer(chosen), townLayer()],
  };
}

function groundLayers(): LayerSpecification[] {
  return [
    { id: "sea", type: "background", paint: { "background-color": color("map-sea") } },
    {
      id: "land",
      type: "fill",
      source: "outlines",
      paint: { "fill-color": ["case", ["get", "home"], color("map-home"), color("map-land")] },
    },
    { id: "borders", type: "line", source: "outlines", paint: { "line-color": color("map-border"), "line-width": 1 } },
  ];
}

/** Near by their shapes, from far as markers; hatched where too few measured. */
function areaLayers(theme: string): LayerSpecification[] {
  const isArea = [">=", ["get", "klass"], 0] as const;
  const ofClass = ["match", ["get", "klass"], ...CLASSES.flatMap((one) => [one, color(`class-${one}`)]), color("ink-3")];
  const shape = { type: "fill", source: "areas", minzoom: MARKERS_BELOW } as const;
  return [
    { ...shape, id: "areas", filter: isArea as never, paint: { "fill-color": ofClass as never, "fill-opacity": 0.88 } },
    { ...shape, id: "suppressed", filter: ["!", isArea] as never, paint: { "fill-pattern": `${HATCH}-${theme}` } },
    { id: "edges", type: "line", source: "areas", minzoom: MARKERS_BELOW, paint: { "line-color": color("map-edge"), "line-width": 1 } },
    {
      id: "markers",
      type: "symbol",
      source: "centers",
      maxzoom: MARKERS_BELOW,
      layout: {
        "icon-image": ["concat", `${MARKER}-${theme}-`, ["get", "klass"]],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 4, 0.7, MARKERS_BELOW, 1],
        "icon-allow-overlap": true,
        // The worst lies on top where many areas share a few pixels.
        "symbol-sort-key": ["get", "klass"],
      },
    },
  ];
}

function alarmLayer(theme: string): LayerSpecification {
  return {
    id: "alarms",
    type: "symbol",
    source: "alarms",
    layout: {
      "icon-image": ["concat", `${ALARM}-${theme}-`, ["get", "severity"]],
      // Beside the marker, whose colour is to be seen too; an area seen as such has room for it in the middle.
      "icon-offset": ["step", ["zoom"], ["literal", [9, -9]], MARKERS_BELOW, ["literal", [0, 0]]],
      "icon-allow-overlap": true,
      "symbol-sort-key": ["get", "order"],
    },
  };
}

function chosenLayer(chosen: string | null): LayerSpecification {
  return {
    id: "chosen",
    type: "line",
    source: "areas",
    filter: ["==", ["get", "cell"], chosen ?? ""],
    paint: { "line-color": color("ink"), "line-width": 3 },
  };
}

function townLayer(): LayerSpecification {
  return {
    id: "towns",
    type: "symbol",
    source: "towns",
    filter: [">=", ["zoom"], ["get", "from"]] as never,
    layout: {
      "text-field": ["get", "name"],
      "text-font": NAME_FONT,
      "text-size": 12,
      "text-variable-anchor": ["top", "bottom", "right", "left"],
      "text-radial-offset": 0.9,
      "symbol-sort-key": ["get", "from"],
    },
    paint: { "text-color": color("ink-2"), "text-halo-color": color("map-home"), "text-halo-width": 1.6 },
  };
}

/** A dashed outline on a pale one, seen on every colour; a ring where areas are markers. What is silent has no colour. */
function gapLayers(): LayerSpecification[] {
  const outline = { type: "line", source: "gaps", minzoom: MARKERS_BELOW } as const;
  return [
    {
      id: "silent",
      type: "fill",
      source: "gaps",
      minzoom: MARKERS_BELOW,
      filter: ["get", "isSilent"],
      paint: { "fill-color": color("ink-3"), "fill-opacity": 0.22 },
    },
    { ...outline, id: "gap-casing", paint: { "line-color": color("map-home"), "line-width": 5 } },
    { ...outline, id: "gap-edges", paint: { "line-color": color("ink"), "line-width": 2.5, "line-dasharray": [2, 1.4] } },
    {
      id: "gap-rings",
      type: "circle",
      source: "gap-centers",
      maxzoom: MARKERS_BELOW,
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 4, 10, MARKERS_BELOW, 14],
        "circle-opacity": 0,
        "circle-stroke-color": color("ink"),
        "circle-stroke-width": 2,
      },
    },
  ];
}
