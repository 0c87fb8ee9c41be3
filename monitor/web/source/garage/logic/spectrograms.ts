// Turns the server's table of loudness into pixels, and a span of time and pitch into a place on the picture.
import type { Spectrogram } from "../wire";

export interface Marked {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** One byte a cell, row by row from low to high. */
function cellsOf(picture: Spectrogram): Uint8Array {
  return Uint8Array.from(atob(picture.rows), (letter) => letter.charCodeAt(0));
}

type Color = readonly [number, number, number];

/** Dark blue through green to yellow: even steps for every eye, and readable in grey. */
const STOPS: readonly Color[] = [
  [13, 8, 50],
  [52, 50, 118],
  [36, 110, 142],
  [53, 170, 120],
  [170, 208, 60],
  [253, 231, 37],
];

export function colorOf(value: number): Color {
  const place = (Math.max(0, Math.min(255, value)) / 255) * (STOPS.length - 1);
  const low = STOPS[Math.floor(place)] ?? [0, 0, 0];
  const high = STOPS[Math.ceil(place)] ?? low;
  const part = place - Math.floor(place);
  return [0, 1, 2].map((index) => Math.round((low[index] ?? 0) * (1 - part) + (high[index] ?? 0) * part)) as unknown as Color;
}

/** The picture's pixels, high pitches on top. */
export function paint(picture: Spectrogram, data: Uint8ClampedArray): void {
  const cells = cellsOf(picture);
  const rows = picture.hz.length;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < picture.columns; column += 1) {
      const [red, green, blue] = colorOf(cells[row * picture.columns + column] ?? 0);
      const at = ((rows - 1 - row) * picture.columns + column) * 4;
      data[at] = red;
      data[at + 1] = green;
      data[at + 2] = blue;
      data[at + 3] = 255;
    }
  }
}

/** Where a span and a band lie, in shares of the picture; without one of them the whole of it. */
export function markOf(picture: Spectrogram, span: readonly [number, number] | null, band: readonly [number, number] | null): Marked {
  const seconds = Math.max(picture.columns * picture.seconds_per_column, 1e-6);
  const [from, to] = span ?? [0, seconds];
  const left = clamp(from / seconds);
  const [low, high] = band === null ? [0, 1] : [rowOf(picture.hz, band[0]), rowOf(picture.hz, band[1])];
  return { left, width: Math.max(0.01, clamp(to / seconds) - left), top: 1 - high, height: Math.max(0.02, high - low) };
}

/** The place of a pitch among the rows, which need not be even. */
function rowOf(hz: readonly number[], pitch: number): number {
  const index = hz.findIndex((one) => one >= pitch);
  if (index === -1) return 1;
  const [high, low] = [hz[index] ?? 0, hz[index - 1]];
  const part = low === undefined || high === low ? 0 : (pitch - low) / (high - low) - 1;
  return clamp((index + part + 0.5) / hz.length);
}

function clamp(share: number): number {
  return Math.max(0, Math.min(1, share));
}
