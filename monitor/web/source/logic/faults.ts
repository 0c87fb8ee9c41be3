// What is wrong with a value, out of the English sentence that programs are told.
import type { Words } from "../words/en";

export type FaultName = keyof Words["faults"];

/** The server's sentences; what a sentence names is in its brackets. */
const SENTENCES: readonly [RegExp, FaultName][] = [
  [/^must be at least (-?\d+)$/, "least"],
  [/^must be at most (-?\d+)$/, "most"],
  [/^must be above (-?\d+)$/, "above"],
  [/^must be below (-?\d+)$/, "below"],
  [/^Expected `str` of length >= (\d+)$/, "short"],
  [/^Expected `str` of length <= (\d+)$/, "long"],
  [/^Object missing required field `\w+`$/, "missing"],
  [/^a finite number is needed$/, "number"],
  [/^Expected `(?:float|int)(?: \| null)?`, got/, "number"],
  [/^Expected `str(?: \| null)?`, got/, "text"],
  [/^Expected `bool(?: \| null)?`, got/, "truth"],
  [/^Invalid RFC3339 encoded datetime$|^Expected `datetime`, got/, "time"],
  [/^Expected `datetime` with a timezone component$/, "zone"],
  [/^more than (\d+) s ahead of the server's clock$/, "ahead"],
  [/^older than the retention of (\d+) days$/, "old"],
  [/^latitude and longitude come together or not at all$/, "alone"],
  [/^Expected `object`, got/, "shape"],
  [/^cannot be kept /, "unkept"],
];

/** What a sentence says, with the number that it names; null for one that these pages do not know. */
export function faultOf(reason: string): { name: FaultName; value: number } | null {
  for (const [sentence, name] of SENTENCES) {
    const found = sentence.exec(reason);
    if (found !== null) return { name, value: Number(found[1] ?? 0) };
  }
  return null;
}
