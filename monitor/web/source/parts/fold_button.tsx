// Folds a panel of the overview down to its head, and opens it again.
import type { JSX } from "preact";
import { folds, toggleFold, type Foldable } from "../state/folds";
import { words } from "../words";
import { Icon } from "./icons";

export function FoldButton({ panel, title }: { panel: Foldable; title: string }): JSX.Element {
  const say = words.value.take;
  const isFolded = folds[panel].value === "yes";
  const label = isFolded ? say.unfold(title) : say.fold(title);
  return (
    <button type="button" class="quiet square small fold" aria-expanded={!isFolded} aria-label={label} title={label} onClick={() => toggleFold(panel)}>
      <Icon name={isFolded ? "down" : "up"} size={16} />
    </button>
  );
}
