// The one question that would decide most, and the checks that cost nothing: each answer ranks the causes anew at once.
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Choice } from "../../parts/choice";
import { Icon } from "../../parts/icons";
import { answer, told, underWay } from "../state/answering";
import { take } from "../state/interactions";
import type { Answer, Check, Diagnosis, Question } from "../wire";
import { garageWords, pick } from "../words";

/** The place of the question: it stays, and keeps the focus, while one question gives way to the next. */
export function QuestionPlace({ diagnosis, question }: { diagnosis: Diagnosis; question: Question | null }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const give = async (given: Answer): Promise<void> => {
    if (question === null) return;
    await answer(diagnosis, question.id, given);
    place.current?.focus({ preventScroll: true });
  };
  return (
    <div ref={place} tabIndex={-1} class="question-place">
      {question !== null && <QuestionCard question={question} onAnswer={(given) => void give(given)} />}
    </div>
  );
}

function QuestionCard({ question, onAnswer }: { question: Question; onAnswer(given: Answer): void }): JSX.Element {
  const say = garageWords.value.result;
  const isBusy = underWay.value === question.id;
  const answers: [Answer, string][] = [["yes", say.yes], ["no", say.no], ["unknown", say.dontKnow]];
  return (
    <section class="card question no-print" aria-busy={isBusy}>
      <h2>
        <Icon name="help" />
        {say.question}
      </h2>
      <p class="question-text">{pick(question.text)}</p>
      {question.how !== null && <p class="hint">{pick(question.how)}</p>}
      <div class="question-answers">
        {answers.map(([value, label]) => (
          <button key={value} type="button" class="large" disabled={isBusy} onClick={() => onAnswer(value)}>
            {label}
          </button>
        ))}
      </div>
    </section>
  );
}

export function Checks({ diagnosis, checks }: { diagnosis: Diagnosis; checks: readonly Check[] }): JSX.Element {
  const say = garageWords.value.result;
  return (
    <>
      <p class="unseen" aria-live="polite">
        {told.value}
      </p>
      {checks.length > 0 && (
        <section class="card">
          <h2>{say.checks}</h2>
          <p class="hint">{say.checksLead}</p>
          <ul class="checks">
            {checks.map((one) => (
              <CheckLine key={one.id} diagnosis={diagnosis} check={one} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function CheckLine({ diagnosis, check }: { diagnosis: Diagnosis; check: Check }): JSX.Element {
  const say = garageWords.value.result;
  const isDone = check.answer === "yes" || check.answer === "no";
  const give = (given: Answer): void => {
    take(diagnosis, { what: "check", item: check.id, done: given !== "unknown", helped: null });
    void answer(diagnosis, check.id, given);
  };
  return (
    <li class={isDone ? "check done" : "check"}>
      <span class="check-box" aria-hidden="true">
        {isDone && <Icon name="check" size={16} />}
      </span>
      <div>
        <p>
          {pick(check.text)}
          {isDone && <span class="unseen"> ({say.checked})</span>}
        </p>
        {check.how !== null && <p class="hint">{pick(check.how)}</p>}
      </div>
      <Choice
        label={pick(check.text)}
        options={[
          { value: "yes", label: say.yes },
          { value: "no", label: say.no },
          { value: "unknown", label: "?", title: say.dontKnow },
        ]}
        chosen={check.answer}
        onChoose={(value) => give(value as Answer)}
      />
    </li>
  );
}
