// Which of a model's findings are worth a person's time, and which of them have a place to be shown at.
import type { Reading, Finding } from "../wire";

/** What a model says in place of a name. */
const ABSTAINED = "not_sure";
/** A sound model weighs every class it knows; what it holds for less than this is noise to a reader. */
const WORTH_SAYING = 0.1;
const MOST_SOUNDS = 3;

/** Each light is a thing of its own; of a sound's classes only the likeliest are told. */
export function worthSaying({ kind, findings }: Reading): Finding[] {
  const named = findings.filter((one) => one.label !== ABSTAINED);
  if (kind === "dashboard") return named;
  return named.filter((one, index) => index === 0 || one.confidence >= WORTH_SAYING).slice(0, MOST_SOUNDS);
}

/** Those that are framed in the photo, or in the picture of the sound: there only what was heard to be wrong. */
export function placed(reading: Reading): Finding[] {
  const told = worthSaying(reading);
  if (reading.kind === "dashboard") return told.filter((one) => one.box !== null);
  return told.slice(0, 1).filter((one) => one.span !== null && !isHarmless(one.label));
}

function isHarmless(label: string): boolean {
  return label === "not_car" || label.startsWith("normal");
}
