// Tells areas apart that lie by the same place: each gets the direction in which it lies from their middle.
import type { Area } from "../wire";

/** Eight winds from the north, clockwise; an area's own wind is an index into the language's names for them. */
const WINDS = 8;

/** By cell: the wind of each area whose name another area has too; areas with a name of their own are not listed. */
export function windsOf(areas: readonly Area[]): Map<string, number> {
  const alike = new Map<string, Area[]>();
  for (const area of areas) alike.set(area.name, [...(alike.get(area.name) ?? []), area]);
  const winds = new Map<string, number>();
  for (const group of alike.values()) {
    if (group.length < 2) continue;
    const middle = [0, 1].map((axis) => group.reduce((sum, area) => sum + (area.center[axis] ?? 0), 0) / group.length);
    for (const area of group) winds.set(area.cell, windOf(area.center[0] - (middle[0] ?? 0), area.center[1] - (middle[1] ?? 0)));
  }
  return winds;
}

function windOf(east: number, north: number): number {
  const turn = Math.atan2(east, north) / (2 * Math.PI);
  return (Math.round(turn * WINDS) + WINDS) % WINDS;
}
