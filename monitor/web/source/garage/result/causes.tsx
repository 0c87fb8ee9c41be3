// What it may be: a few causes with a bar, a word and a range, what is serious though unlikely among them, and why.
import type { JSX } from "preact";
import { share, shareSpan } from "../../format";
import { Icon } from "../../parts/icons";
import type { Cause, Reason, Result } from "../wire";
import { garageWords, pick } from "../words";

/** Below this, "nothing wrong" and "something unknown" are not worth a line. */
const WORTH_SAYING = 0.05;

interface CausesProps {
  result: Result;
  shown: readonly Cause[];
  onChoose(id: string): void;
}

export function Causes({ result, shown, onChoose }: CausesProps): JSX.Element {
  const say = garageWords.value.result;
  const { set_mass, cases } = result.calibration;
  return (
    <section class="card causes">
      <h2>{say.causes}</h2>
      {shown.length === 0 ? <p>{say.noCauses}</p> : <p class="hint">{cases === 0 ? say.causesMeant(share(set_mass)) : say.causesLead(share(set_mass), cases)}</p>}
      <ol>
        {shown.map((cause) => (
          <CauseRow key={cause.id} cause={cause} mass={share(set_mass)} onChoose={onChoose} />
        ))}
      </ol>
      {result.healthy >= WORTH_SAYING && <p class="hint">{say.healthy(share(result.healthy))}</p>}
      {result.unknown >= WORTH_SAYING && <p class="hint">{say.unknown(share(result.unknown))}</p>}
    </section>
  );
}

function CauseRow({ cause, mass, onChoose }: { cause: Cause; mass: string; onChoose(id: string): void }): JSX.Element {
  const say = garageWords.value.result;
  const isFar = cause.serious && !cause.in_set;
  return (
    <li class={`cause ${cause.in_set ? "in-set" : ""}`}>
      <div class="cause-head">
        <h3>{pick(cause.name)}</h3>
        <span class="cause-share">
          <strong>{pick(cause.words)}</strong>
          {!/\d/.test(pick(cause.words)) && ` ${shareSpan(cause.low, cause.high)}`}
        </span>
      </div>
      <div class={`cause-bar ${cause.drive}`} aria-hidden="true">
        <span class="cause-range" style={{ left: `${cause.low * 100}%`, width: `${Math.max(0.5, (cause.high - cause.low) * 100)}%` }} />
        <span class="cause-fill" style={{ width: `${Math.max(1, cause.probability * 100)}%` }} />
      </div>
      {(isFar || cause.in_set) && (
        <p class={isFar ? "cause-note serious" : "cause-note"}>
          <Icon name={isFar ? "warning" : "check"} size={14} />
          {isFar ? say.serious : say.inSet(mass)}
        </p>
      )}
      <p class="cause-text">{pick(cause.explanation)}</p>
      <details class="why" onToggle={(event) => event.currentTarget.open && onChoose(cause.id)}>
        <summary>{say.why}</summary>
        <Reasons title={say.reasonsFor} reasons={cause.reasons_for} sign="plus" />
        <Reasons title={say.reasonsAgainst} reasons={cause.reasons_against} sign="minus" />
      </details>
    </li>
  );
}

function Reasons({ title, reasons, sign }: { title: string; reasons: readonly Reason[]; sign: "plus" | "minus" }): JSX.Element {
  return (
    <div class={`reasons ${sign}`}>
      <h4>{title}</h4>
      {reasons.length === 0 ? (
        <p class="hint">{garageWords.value.result.noReasons}</p>
      ) : (
        <ul>
          {reasons.map((one) => (
            <li key={one.source}>
              <Icon name={sign} size={14} />
              <span>
                <strong>{pick(one.name)}</strong> {pick(one.why)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
