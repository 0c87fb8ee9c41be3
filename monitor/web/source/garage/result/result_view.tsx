// The whole result in its order: may I drive, what was seen and heard, why, what to check, what to do, what it costs, what next.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { duration, fullMoment, milliseconds, seconds } from "../../format";
import { nameCar } from "../state/cars";
import type { Diagnosis, Result } from "../wire";
import { garageWords, pick } from "../words";
import { Link } from "../parts/link";
import { Causes } from "./causes";
import { Checks, QuestionPlace } from "./questions";
import { Evidence } from "./evidence";
import { NextSteps } from "./next_steps";
import { OutcomeForm } from "./outcome_form";
import { Readings } from "./readings";
import { Todo } from "./todo";
import { UnreadFiles } from "./unread_files";
import { VerdictBlock } from "./verdict_block";

export function ResultView({ diagnosis, result }: { diagnosis: Diagnosis; result: Result }): JSX.Element {
  const say = garageWords.value.result;
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = result.causes.filter((cause, index) => cause.in_set || cause.serious || index < 3).slice(0, 6);
  const cause = shown.find((one) => one.id === chosen) ?? shown[0] ?? null;
  const { vehicle } = diagnosis;
  return (
    <article class="result">
      <nav class="crumbs" aria-label={say.title(String(diagnosis.id))}>
        <Link page="history">{say.back}</Link>
        <span>{say.title(String(diagnosis.id))}</span>
        {vehicle !== null && <span>{nameCar(vehicle)}</span>}
      </nav>
      <VerdictBlock diagnosis={diagnosis} result={result} />
      {result.notes.length > 0 && (
        <section class="card">
          <h2>{say.notes}</h2>
          <ul class="notes">
            {result.notes.map((note) => (
              <li key={note.en}>{pick(note)}</li>
            ))}
          </ul>
        </section>
      )}
      <Readings diagnosis={diagnosis} read={result.read} />
      <UnreadFiles diagnosis={diagnosis} unread={result.unread} />
      <Evidence diagnosis={diagnosis} result={result} />
      <QuestionPlace diagnosis={diagnosis} question={result.question} />
      <Causes result={result} shown={shown} onChoose={setChosen} />
      <Checks diagnosis={diagnosis} checks={result.checks} />
      {cause !== null && <Todo diagnosis={diagnosis} causes={shown} cause={cause} onChoose={setChosen} />}
      <NextSteps diagnosis={diagnosis} />
      <OutcomeForm diagnosis={diagnosis} result={result} />
      <Technical diagnosis={diagnosis} result={result} />
    </article>
  );
}

function Technical({ diagnosis, result }: { diagnosis: Diagnosis; result: Result }): JSX.Element {
  const say = garageWords.value.result;
  const took = diagnosis.ended_at === null ? null : Date.parse(diagnosis.ended_at) - Date.parse(diagnosis.created_at);
  return (
    <p class="technical">
      {[
        say.concluded(fullMoment(Date.parse(result.concluded_at))),
        ...(took === null ? [] : [took < 60_000 ? seconds(took) : duration(took)]),
        ...(result.models.length > 0 ? [say.byModels(result.models.join(", "))] : []),
        ...result.read.map((one) => `${one.model} ${milliseconds(one.took_ms)}`),
      ].join(" · ")}{" "}
      <Link page="models">{garageWords.value.tabs.models}</Link>
    </p>
  );
}
