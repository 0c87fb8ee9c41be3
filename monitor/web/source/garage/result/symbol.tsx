// A named light as ISO 2575 draws it, in the colour in which it is lit: to be held against the dashboard.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Finding } from "../wire";
import { garageWords, pick } from "../words";
import type { Drawing } from "./drawings";

type Drawings = Readonly<Record<string, Drawing>>;

export function LightSymbol({ finding }: { finding: Finding }): JSX.Element | null {
  const drawing = useDrawings()?.[finding.label];
  if (drawing === undefined) return null;
  return (
    <svg class={`symbol ${finding.colour ?? "white"}`} viewBox="0 0 24 24" role="img" aria-label={garageWords.value.result.symbol(pick(finding.name))}>
      <path d={drawing.path} class={drawing.isLine ? "line" : undefined} />
      {drawing.lines !== undefined && <path d={drawing.lines} class="line" />}
    </svg>
  );
}

/** Fetched with the first light that is shown: most pages show none. */
function useDrawings(): Drawings | null {
  const [drawings, setDrawings] = useState<Drawings | null>(null);
  useEffect(() => void import("./drawings").then((module) => setDrawings(module.DRAWINGS), () => undefined), []);
  return drawings;
}
