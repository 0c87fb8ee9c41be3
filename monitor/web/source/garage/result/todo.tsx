// What to do about a cause, with what, how long it takes and how hard it is, and what it may cost here.
import type { JSX } from "preact";
import { duration, number } from "../../format";
import { Icon } from "../../parts/icons";
import { MINUTE_MS } from "../../state/clock";
import { numbered, take, taken } from "../state/interactions";
import type { Cause, Diagnosis } from "../wire";
import { garageWords, pick } from "../words";

interface TodoProps {
  diagnosis: Diagnosis;
  causes: readonly Cause[];
  cause: Cause;
  onChoose(id: string): void;
}

export function Todo({ diagnosis, causes, cause, onChoose }: TodoProps): JSX.Element {
  const say = garageWords.value.result;
  return (
    <>
      <section class="card">
        <h2>{say.todo}</h2>
        {causes.length > 1 ? <CauseChoice causes={causes} cause={cause} onChoose={onChoose} /> : <ForCause cause={cause} />}
        <ol class="steps">
          {cause.steps.map((step, index) => (
            <li key={step.en}>
              <Step diagnosis={diagnosis} item={numbered(cause.id, index)} text={pick(step)} />
            </li>
          ))}
        </ol>
        <Facts cause={cause} />
        {cause.video !== null && (
          <Video
            phrase={pick(cause.video.query)}
            onOpen={() => take(diagnosis, { what: "video", item: cause.id, done: false, helped: null })}
          />
        )}
      </section>
      <Cost cause={cause} />
    </>
  );
}

function CauseChoice({ causes, cause, onChoose }: Omit<TodoProps, "diagnosis">): JSX.Element {
  return (
    <label class="field">
      <span>{garageWords.value.result.forCause}</span>
      <select value={cause.id} onChange={(event) => onChoose(event.currentTarget.value)}>
        {causes.map((one) => (
          <option key={one.id} value={one.id}>
            {pick(one.name)}
          </option>
        ))}
      </select>
    </label>
  );
}

function ForCause({ cause }: { cause: Cause }): JSX.Element {
  return (
    <p class="hint">
      {garageWords.value.result.forCause} {pick(cause.name)}
    </p>
  );
}

function Facts({ cause }: { cause: Cause }): JSX.Element {
  const say = garageWords.value.result;
  return (
    <dl class="facts">
      <div>
        <dt>
          <Icon name="snooze" size={16} />
          {say.minutes(duration(cause.minutes * MINUTE_MS))}
        </dt>
        <dd>{say.difficulties[cause.difficulty]}</dd>
      </div>
      <div>
        <dt>{say.tools}</dt>
        <dd>{cause.tools.length === 0 ? say.noTools : cause.tools.map(pick).join(", ")}</dd>
      </div>
      {cause.parts.length > 0 && (
        <div>
          <dt>{say.parts}</dt>
          <dd>{cause.parts.map(pick).join(", ")}</dd>
        </div>
      )}
    </dl>
  );
}

function Step({ diagnosis, item, text }: { diagnosis: Diagnosis; item: string; text: string }): JSX.Element {
  const before = taken(diagnosis).find((one) => one.what === "step" && one.item === item);
  const mark = (done: boolean): void => take(diagnosis, { what: "step", item, done, helped: before?.helped ?? null });
  return (
    <label class="step">
      <input type="checkbox" checked={before?.done ?? false} onChange={(event) => mark(event.currentTarget.checked)} />
      <span>{text}</span>
    </label>
  );
}

function Video({ phrase, onOpen }: { phrase: string; onOpen(): void }): JSX.Element {
  const say = garageWords.value.result;
  return (
    <p class="video no-print">
      <a href={`https://www.youtube.com/results?search_query=${encodeURIComponent(phrase)}`} target="_blank" rel="noreferrer noopener" onClick={onOpen}>
        <Icon name="search" size={16} />
        {say.video}
      </a>
      <span class="hint">{say.videoHint(phrase)}</span>
    </p>
  );
}

function Cost({ cause }: { cause: Cause }): JSX.Element {
  const say = garageWords.value.result;
  const { parts, labour, currency, quotes } = cause.cost;
  const money = ([low, high]: readonly [number, number]): string =>
    low === high ? `${number(low)} ${currency}` : `${number(low)}–${number(high)} ${currency}`;
  return (
    <section class="card">
      <h2>{say.cost}</h2>
      <ForCause cause={cause} />
      <dl class="cost">
        <div>
          <dt>{say.costParts}</dt>
          <dd>{money(parts)}</dd>
        </div>
        <div>
          <dt>{say.costLabour}</dt>
          <dd>{money(labour)}</dd>
        </div>
        <div class="total">
          <dt>{say.costTotal}</dt>
          <dd>{money([parts[0] + labour[0], parts[1] + labour[1]])}</dd>
        </div>
      </dl>
      <p class="hint">{quotes === 0 ? say.estimate : say.quotes(quotes)}</p>
    </section>
  );
}
