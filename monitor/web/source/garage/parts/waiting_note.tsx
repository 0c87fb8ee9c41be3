// Says that something waits to be sent, and leads there; nothing where nothing does.
import type { JSX } from "preact";
import { labelled, number } from "../../format";
import { outbox } from "../state/cases";
import { garageWords } from "../words";
import { Link } from "./link";

export function WaitingNote(): JSX.Element | null {
  const say = garageWords.value;
  const waiting = outbox.value.length;
  if (waiting === 0) return null;
  return (
    <p class="notice-card">
      {labelled(say.history.waiting, number(waiting))}. <Link page="sending">{say.arrival.open}</Link>
    </p>
  );
}
