// Stands in for what is not here yet, in about its size, so that the page does not jump when it comes.
import type { JSX } from "preact";
import { reasonOf } from "../logic/refusals";

interface BoneProps {
  /** in pixels, or "full" for all the room that there is */
  height: number | "full";
}

export function Bone({ height }: BoneProps): JSX.Element {
  if (height === "full") return <div class="bone block full" aria-busy="true" />;
  return <div class="bone block" style={{ height: `${height}px` }} aria-busy="true" />;
}

/** The same until it is known that nothing will come, and then why. */
export function Pending({ height, error }: BoneProps & { error: unknown }): JSX.Element {
  return error === null ? <Bone height={height} /> : <p class="hint pending">{reasonOf(error)}</p>;
}
