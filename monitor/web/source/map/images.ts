// The small pictures that the map's style names: markers of each colour, and the hatching for too few devices.
import type { Map as Picture } from "maplibre-gl";
import { color, hatching } from "../parts/colors";
import { LETTERS, LETTER_Y, SHAPES } from "../logic/severities";
import { SEVERITIES, type Severity } from "../wire";
import { ALARM, HATCH, MARKER } from "./style";

/** Drawn at twice the size, for sharp edges on fine screens. */
const FINENESS = 2;
const HATCH_PX = 8 * FINENESS;
const MARKER_PX = 20 * FINENESS;
const ALARM_PX = 20 * FINENESS;
/** The square of 20 that the shape has, and room for its rim. */
const ALARM_UNITS = 25;

export function addImage(picture: Picture, id: string): void {
  if (picture.hasImage(id)) return;
  const canvas = drawn(id);
  const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height);
  if (pixels !== undefined) picture.addImage(id, pixels, { pixelRatio: FINENESS });
}

/** Names are what it is, the theme, and which one of its kind. */
function drawn(id: string): HTMLCanvasElement {
  const kind = id.replace(new RegExp(`^(${MARKER}|${ALARM})-[a-z]+-`), "");
  if (id.startsWith(HATCH)) return hatching(color("ink-3"), HATCH_PX);
  return id.startsWith(ALARM) ? alarm(SEVERITIES.find((severity) => severity === kind) ?? "info") : marker(Number(kind));
}

/** The mark of a severity as the lists have it, with a rim that parts it from what lies under it. */
function alarm(severity: Severity): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = ALARM_PX;
  const pen = canvas.getContext("2d");
  if (pen === null) return canvas;
  const isHollow = severity === "info";
  const [shape, scale] = [new Path2D(SHAPES[severity]), ALARM_PX / ALARM_UNITS];
  pen.setTransform(scale, 0, 0, scale, (ALARM_PX - 20 * scale) / 2, (ALARM_PX - 20 * scale) / 2);
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = color("map-home");
  pen.stroke(shape);
  pen.fillStyle = color(isHollow ? "map-home" : severity);
  pen.fill(shape);
  pen.lineWidth = 2;
  pen.strokeStyle = color(severity);
  if (isHollow) pen.stroke(shape);
  pen.fillStyle = color(isHollow ? severity : "on-severity");
  pen.font = `700 10.5px "Inter Variable", sans-serif`;
  pen.textAlign = "center";
  pen.fillText(LETTERS[severity], 10, LETTER_Y[severity]);
  return canvas;
}

/** A small hexagon in the colour of its class; hatched where too few devices measured. */
function marker(klass: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = MARKER_PX;
  const pen = canvas.getContext("2d");
  if (pen === null) return canvas;
  const [middle, reach] = [MARKER_PX / 2, MARKER_PX / 2 - FINENESS * 1.5];
  pen.beginPath();
  for (let corner = 0; corner < 6; corner += 1) {
    const angle = (corner * Math.PI) / 3 + Math.PI / 6;
    pen.lineTo(middle + reach * Math.cos(angle), middle + reach * Math.sin(angle));
  }
  pen.closePath();
  pen.fillStyle = color(klass < 0 ? "map-home" : `class-${klass}`);
  pen.fill();
  if (klass < 0) {
    pen.fillStyle = pen.createPattern(hatching(color("ink-3"), HATCH_PX / 2), "repeat") ?? pen.fillStyle;
    pen.fill();
  }
  pen.lineWidth = FINENESS * 1.5;
  pen.lineJoin = "round";
  pen.strokeStyle = color("map-edge");
  pen.stroke();
  return canvas;
}
