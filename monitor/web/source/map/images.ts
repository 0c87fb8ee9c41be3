// The small pictures that the map's style names: markers of each colour, and the hatching for too few devices.
import type { Map as Picture } from "maplibre-gl";
import { color, hatching } from "../parts/colors";
import { HATCH, MARKER } from "./style";

/** Drawn at twice the size, for sharp edges on fine screens. */
const FINENESS = 2;
const HATCH_PX = 8 * FINENESS;
const MARKER_PX = 20 * FINENESS;

export function addImage(picture: Picture, id: string): void {
  if (picture.hasImage(id)) return;
  const canvas = id.startsWith(HATCH) ? hatching(color("ink-3"), HATCH_PX) : marker(Number(id.replace(new RegExp(`^${MARKER}-[a-z]+-`), "")));
  const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height);
  if (pixels !== undefined) picture.addImage(id, pixels, { pixelRatio: FINENESS });
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
