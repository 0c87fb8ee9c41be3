// What a chart shows besides its lines: hatched gaps that say when data are missing, and the alerts of the time.
import type uPlot from "uplot";
import { between } from "../format";
import type { Gap } from "../logic/points";
import { present } from "../state/clock";
import { words } from "../words";
import type { Alert } from "../wire";
import { color, hatching } from "./colors";

const FONT = '"Inter Variable", system-ui, sans-serif';

export function drawGaps(drawn: uPlot, gaps: readonly Gap[]): void {
  const pen = drawn.ctx;
  const { left, top, width, height } = drawn.bbox;
  const pattern = pen.createPattern(hatching(color("hatch"), 8 * devicePixelRatio), "repeat");
  if (pattern === null) return;
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  for (const gap of gaps) {
    const start = Math.max(left, drawn.valToPos(gap.from / 1_000, "x", true));
    const end = Math.min(left + width, drawn.valToPos(gap.to / 1_000, "x", true));
    if (end <= start) continue;
    pen.fillStyle = color("sunk");
    pen.fillRect(start, top, end - start, height);
    pen.fillStyle = pattern;
    pen.fillRect(start, top, end - start, height);
    sayGap(pen, gap, start, end, top, height);
  }
  pen.restore();
}

function sayGap(pen: CanvasRenderingContext2D, gap: Gap, start: number, end: number, top: number, height: number): void {
  const when = between(gap.from, gap.to, present.peek());
  const say = words.value;
  pen.font = `500 ${12 * devicePixelRatio}px ${FONT}`;
  const pad = 6 * devicePixelRatio;
  const widthOf = (lines: string[]): number => Math.max(...lines.map((line) => pen.measureText(line).width)) + 2 * pad;
  // On one line if there is room, else on two; in a gap too narrow for both the sentence above the chart says it.
  const lines = [[say.chart.gap(when)], [say.common.noData, when]].find((each) => widthOf(each) <= end - start);
  if (lines === undefined) return;
  const [wide, high] = [widthOf(lines), 18 * devicePixelRatio];
  const [x, y] = [(start + end) / 2, top + height / 2];
  pen.fillStyle = color("sunk");
  pen.fillRect(x - wide / 2, y - (lines.length * high) / 2, wide, lines.length * high);
  pen.fillStyle = color("ink-2");
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  lines.forEach((line, index) => pen.fillText(line, x, y + (index - (lines.length - 1) / 2) * high));
}

/** A strip on top while an alert is open, and a thin line down from its beginning. */
export function drawMarks(drawn: uPlot, alerts: readonly Alert[]): void {
  const pen = drawn.ctx;
  const { left, top, width, height } = drawn.bbox;
  const thick = 4 * devicePixelRatio;
  pen.save();
  for (const alert of [...alerts].reverse()) {
    const begin = drawn.valToPos(Date.parse(alert.opened_at) / 1_000, "x", true);
    const ended = alert.cleared_at === null ? present.peek() : Date.parse(alert.cleared_at);
    const start = Math.max(left, begin);
    const end = Math.min(left + width, drawn.valToPos(ended / 1_000, "x", true));
    if (end < left || start > left + width) continue;
    pen.fillStyle = pen.strokeStyle = color(alert.severity);
    pen.fillRect(start, top - thick - 2 * devicePixelRatio, Math.max(thick, end - start), thick);
    if (begin < left) continue;
    pen.lineWidth = devicePixelRatio;
    pen.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    pen.beginPath();
    pen.moveTo(start, top);
    pen.lineTo(start, top + height);
    pen.stroke();
  }
  pen.restore();
}
