// The gaps in the shown provider's coverage, of the last seven days whatever range is chosen.
import { effect, signal, untracked } from "@preact/signals";
import { list } from "../http";
import { channels } from "../stream/channels";
import type { Gap } from "../wire";
import { areaNames } from "./areas";
import { provider } from "./providers";

/** A week does not change faster. */
const EVERY_MS = 5 * 60_000;

export const gaps = signal<Gap[]>([]);
let asked = 0;

/** What people call an area, also where nothing was measured of late. */
export function cellName(cell: string): string {
  return areaNames.value.get(cell) ?? gaps.value.find((gap) => gap.cell === cell)?.name ?? cell;
}

async function load(): Promise<void> {
  const slug = provider.peek();
  if (slug === null) return;
  const mine = (asked += 1);
  try {
    const read = await list<Gap>("/v1/gaps", { provider: slug });
    if (mine === asked) gaps.value = read;
  } catch {
    // What was read before stays; the next turn comes.
  }
}

export function beginGaps(): void {
  effect(() => {
    provider.value;
    untracked(() => (gaps.value = []));
  });
  effect(() => {
    provider.value;
    channels.reloads.value;
    untracked(() => void load());
  });
  setInterval(() => document.hidden || void load(), EVERY_MS);
}
