// Tells of a diagnosis that ended while another page was shown; the verdict itself is in the words.
import type { JSX } from "preact";
import { labelled } from "../../format";
import { words } from "../../words";
import { Icon } from "../../parts/icons";
import { arrival } from "../state/diagnoses";
import { garageWords, pick } from "../words";
import { Link } from "./link";
import { VerdictMark } from "./verdict_mark";

export function Arrival(): JSX.Element {
  const say = garageWords.value.arrival;
  const arrived = arrival.value;
  const dismiss = (): void => {
    arrival.value = null;
  };
  return (
    <div aria-live="polite">
      {arrived !== null && (
        <p class="arrival">
          {arrived.result !== null && <VerdictMark verdict={arrived.result.verdict.verdict} size={22} />}
          <span>{arrived.result === null ? say.failed : labelled(say.text, pick(arrived.result.verdict.headline))}</span>
          <Link page="diagnosis" id={arrived.id} onVisit={dismiss}>
            {say.open}
          </Link>
          <button type="button" class="quiet square small" aria-label={words.value.common.close} onClick={dismiss}>
            <Icon name="close" size={16} />
          </button>
        </p>
      )}
    </div>
  );
}
