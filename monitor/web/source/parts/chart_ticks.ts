// What stands along the axes: times of day, days where they begin, and values with their unit on the topmost one.
import { day, figure, number, time, unit } from "../format";
import { measures } from "../logic/measures";
import type { Kpi } from "../wire";
import { DAY_MS } from "../state/clock";

export function timeTicks(splits: readonly number[], length: number): string[] {
  return splits.map((split) => {
    const at = split * 1_000;
    if (length <= DAY_MS) return time(at);
    const date = new Date(at);
    return date.getHours() === 0 && date.getMinutes() === 0 ? day(at) : time(at);
  });
}

export function valueTicks(kpi: Kpi, splits: readonly number[]): string[] {
  const { scale } = measures[kpi];
  const top = splits.length - 1;
  return splits.map((value, index) => {
    const text = Number.isInteger(value * scale) ? number(value * scale) : figure(kpi, value);
    return index === top ? `${text}\u00a0${unit(kpi)}` : text;
  });
}
