// A picture that can stand alone: what is drawn, with its title, what it says, what its colours mean, and whence it is.
import { fullMoment } from "../format";
import { span } from "../state/place";
import { shownProvider } from "../state/providers";
import { color } from "./colors";

export interface Caption {
  title: string;
  text: string;
  keys: Key[];
  /** whose the ground is on which it is drawn */
  source: string | null;
}

/** A colour and what it stands for. */
export interface Key {
  color: string;
  name: string;
}

const FONT = '"Inter Variable", system-ui, sans-serif';
const MARGIN = 20;
const LINE = 20;
const SWATCH = 11;

export function framed(picture: HTMLCanvasElement, caption: Caption): HTMLCanvasElement {
  const scale = devicePixelRatio;
  const [width, height] = [picture.width / scale + 2 * MARGIN, picture.height / scale];
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  if (pen === null) return canvas;
  pen.font = `13px ${FONT}`;
  const lines = wrapped(pen, caption.text, width - 2 * MARGIN);
  const top = MARGIN + LINE * (2.5 + lines.length);
  canvas.width = width * scale;
  canvas.height = (top + height + 2 * LINE) * scale;
  pen.scale(scale, scale);
  pen.fillStyle = color("panel");
  pen.fillRect(0, 0, width, top + height + 2 * LINE);
  pen.drawImage(picture, MARGIN, top, width - 2 * MARGIN, height);
  pen.textBaseline = "middle";
  write(pen, caption.title, MARGIN + LINE / 2, `600 16px ${FONT}`, "ink");
  lines.forEach((line, index) => write(pen, line, MARGIN + LINE * (1.6 + index), `13px ${FONT}`, "ink-2"));
  drawKeys(pen, caption.keys, top - LINE * 0.6);
  write(pen, footOf(caption.source), top + height + LINE, `12px ${FONT}`, "ink-3");
  return canvas;
}

/** Whose network and when, with the day, since a picture outlives it. */
function footOf(source: string | null): string {
  const { from, to } = span.peek();
  return [shownProvider.peek()?.name, `${fullMoment(from)} – ${fullMoment(to)}`, source, "Roadpulse"].filter((part) => part != null).join(" · ");
}

function write(pen: CanvasRenderingContext2D, text: string, y: number, font: string, ink: string): void {
  pen.font = font;
  pen.fillStyle = color(ink);
  pen.fillText(text, MARGIN, y);
}

function drawKeys(pen: CanvasRenderingContext2D, keys: readonly Key[], y: number): void {
  pen.font = `12px ${FONT}`;
  let x = MARGIN;
  for (const key of keys) {
    pen.fillStyle = key.color;
    pen.fillRect(x, y - SWATCH / 2, SWATCH, SWATCH);
    pen.fillStyle = color("ink-2");
    pen.fillText(key.name, x + SWATCH + 6, y);
    x += SWATCH + 6 + pen.measureText(key.name).width + 18;
  }
}

function wrapped(pen: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
