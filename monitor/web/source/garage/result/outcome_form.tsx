// What it turned out to be: told later, and the ground on which the next answers can be made surer.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../http";
import { reasonOf } from "../../logic/refusals";
import { Choice } from "../../parts/choice";
import { toast } from "../../parts/toasts";
import { words } from "../../words";
import { learn } from "../state/diagnoses";
import { numbered, take, taken } from "../state/interactions";
import type { Cause, Diagnosis, Interaction, Outcome, Result } from "../wire";
import { garageWords, pick } from "../words";

type Told = "yes" | "no" | "unsure";
const RIGHT: Record<Told, boolean | null> = { yes: true, no: false, unsure: null };

type Repaired = "yes" | "no";

/** What the page said it was: no cause where it thought the car healthy, or the fault unknown. */
function leading({ causes, healthy, unknown }: Result): Cause | null {
  const first = causes[0];
  return first !== undefined && first.probability > Math.max(healthy, unknown) ? first : null;
}

type Named = Pick<Interaction, "what" | "item">;

interface Advice extends Named {
  text: string;
}

/** The steps, parts and checks of a cause, as far as the page gave them. */
function adviceFor(cause: Cause, { checks }: Result): Advice[] {
  return [
    ...checks.filter((check) => cause.checks.includes(check.id)).map((check) => ({ what: "check" as const, item: check.id, text: pick(check.text) })),
    ...cause.steps.map((step, index) => ({ what: "step" as const, item: numbered(cause.id, index), text: pick(step) })),
    ...cause.parts.map((part, index) => ({ what: "part" as const, item: numbered(cause.id, index), text: pick(part) })),
  ];
}

const keyOf = ({ what, item }: Named): string => `${what}:${item}`;

function toldBefore(outcome: Outcome | null): Told | null {
  if (outcome === null) return null;
  return outcome.was_right === null ? "unsure" : outcome.was_right ? "yes" : "no";
}

export function OutcomeForm({ diagnosis, result }: { diagnosis: Diagnosis; result: Result }): JSX.Element {
  const say = garageWords.value.result;
  const before = diagnosis.outcome;
  const [told, setTold] = useState<Told | null>(toldBefore(before));
  const [cause, setCause] = useState(before?.cause ?? "");
  const [repaired, setRepaired] = useState<Repaired | null>(before?.repaired == null ? null : before.repaired ? "yes" : "no");
  const [comment, setComment] = useState(before?.comment ?? "");
  const [helped, setHelped] = useState(() => taken(diagnosis).filter((one) => one.helped === true).map(keyOf)[0] ?? "");
  const wasIt = told === "yes" ? (leading(result)?.id ?? null) : told === "no" && cause !== "" ? cause : null;
  const was = result.causes.find((one) => one.id === wasIt);
  const advice = was !== undefined && repaired === "yes" ? adviceFor(was, result) : [];
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (told === null) return;
    tellHelp(diagnosis, advice, helped);
    const outcome: Outcome = { was_right: RIGHT[told], cause: wasIt, comment: comment.trim(), repaired: wasIt === null || repaired === null ? null : repaired === "yes" };
    try {
      learn(await ask<Diagnosis>("PUT", `/v1/diagnoses/${diagnosis.id}/outcome`, outcome));
      toast(say.saved);
    } catch (error) {
      toast(words.peek().common.didNotWork(reasonOf(error)), null, true);
    }
  };
  return (
    <section class="card no-print">
      <h2>{say.right}</h2>
      <p class="hint">{say.rightLead}</p>
      <form class="outcome" onSubmit={(event) => void save(event)}>
        <Choice<Told>
          label={say.right}
          options={[
            { value: "yes", label: say.rightYes },
            { value: "no", label: say.rightNo },
            { value: "unsure", label: say.rightUnsure },
          ]}
          chosen={told}
          onChoose={setTold}
        />
        {told === "no" && <OtherChoice label={say.whatItWas} all={result.causes.map((one) => ({ key: one.id, text: pick(one.name) }))} chosen={cause} onChoose={setCause} />}
        {wasIt !== null && <RepairedField chosen={repaired} onChoose={setRepaired} />}
        {advice.length > 0 && <OtherChoice label={say.whatHelped} all={advice.map((one) => ({ key: keyOf(one), text: one.text }))} chosen={helped} onChoose={setHelped} />}
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

/** Notes which piece of advice it was; what was said to have helped before, and is not any more, is taken back. */
function tellHelp(diagnosis: Diagnosis, advice: readonly Advice[], helped: string): void {
  for (const { what, item } of advice) {
    const before = taken(diagnosis).find((one) => one.what === what && one.item === item);
    if (keyOf({ what, item }) === helped) take(diagnosis, { what, item, done: true, helped: true });
    else if (before?.helped === true) take(diagnosis, { what, item, done: before.done, helped: null });
  }
}

function RepairedField({ chosen, onChoose }: { chosen: Repaired | null; onChoose(one: Repaired): void }): JSX.Element {
  const say = garageWords.value.result;
  return (
    <div class="field">
      <span>{say.repaired}</span>
      <Choice<Repaired>
        label={say.repaired}
        options={[
          { value: "yes", label: say.rightYes },
          { value: "no", label: say.repairedNot },
        ]}
        chosen={chosen}
        onChoose={onChoose}
      />
    </div>
  );
}

interface OtherChoiceProps {
  label: string;
  all: readonly { key: string; text: string }[];
  /** empty for something else */
  chosen: string;
  onChoose(key: string): void;
}

function OtherChoice({ label, all, chosen, onChoose }: OtherChoiceProps): JSX.Element {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={chosen} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">{garageWords.value.result.somethingElse}</option>
        {all.map(({ key, text }) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
