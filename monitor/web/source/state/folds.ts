// Which panels of the overview a person keeps folded, so that the others have the room.
import { remembered } from "./preferences";

const YES_NO = ["yes", "no"] as const;

export const folds = {
  map: remembered("folded.map", YES_NO, "no"),
  alerts: remembered("folded.alerts", YES_NO, "no"),
};
export type Foldable = keyof typeof folds;

export function toggleFold(panel: Foldable): void {
  const fold = folds[panel];
  fold.value = fold.peek() === "yes" ? "no" : "yes";
}
