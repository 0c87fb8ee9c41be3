// What it turned out to be: told later, and the ground on which the next answers can be made surer.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../http";
import { Choice } from "../../parts/choice";
import { toast } from "../../parts/toasts";
import { learn } from "../state/diagnoses";
import type { Cause, Diagnosis, Outcome } from "../wire";
import { garageWords, pick } from "../words";

type Told = "yes" | "no" | "unsure";
const RIGHT: Record<Told, boolean | null> = { yes: true, no: false, unsure: null };

export function OutcomeForm({ diagnosis, causes }: { diagnosis: Diagnosis; causes: readonly Cause[] }): JSX.Element {
  const say = garageWords.value.result;
  const before = diagnosis.outcome;
  const [told, setTold] = useState<Told | null>(before === null ? null : before.was_right === null ? "unsure" : before.was_right ? "yes" : "no");
  const [cause, setCause] = useState(before?.cause ?? "");
  const [comment, setComment] = useState(before?.comment ?? "");
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (told === null) return;
    const wasIt = told === "yes" ? (causes[0]?.id ?? null) : told === "no" && cause !== "" ? cause : null;
    const outcome: Outcome = { was_right: RIGHT[told], cause: wasIt, comment: comment.trim() };
    try {
      learn(await ask<Diagnosis>("PUT", `/v1/diagnoses/${diagnosis.id}/outcome`, outcome));
      toast(say.saved);
    } catch {
      toast(say.saveFailed, null, true);
    }
  };
  return (
    <section class="card no-print">
      <h2>{say.right}</h2>
      <p class="hint">{say.rightLead}</p>
      <form class="outcome" onSubmit={(event) => void save(event)}>
        <Choice
          label={say.right}
          options={[
            { value: "yes", label: say.rightYes },
            { value: "no", label: say.rightNo },
            { value: "unsure", label: say.rightUnsure },
          ]}
          chosen={told}
          onChoose={(value) => setTold(value as Told)}
        />
        {told === "no" && (
          <label class="field">
            <span>{say.whatItWas}</span>
            <select value={cause} onChange={(event) => setCause(event.currentTarget.value)}>
              <option value="">{say.somethingElse}</option>
              {causes.map((one) => (
                <option key={one.id} value={one.id}>
                  {pick(one.name)}
                </option>
              ))}
            </select>
          </label>
        )}
        {told !== null && (
          <>
            <label class="field">
              <span>{say.comment}</span>
              <textarea rows={2} maxLength={2000} value={comment} onInput={(event) => setComment(event.currentTarget.value)} />
            </label>
            <button type="submit" class="primary">
              {say.save}
            </button>
          </>
        )}
      </form>
    </section>
  );
}
