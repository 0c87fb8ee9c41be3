// What has happened to an alert, step by step, folded away until somebody asks.
import type { JSX } from "preact";
import { moment, number } from "../format";
import { shortName } from "../logic/naming";
import { present } from "../state/clock";
import { words } from "../words";
import type { AlertHistory } from "../wire";

export function History({ steps }: { steps: AlertHistory[] }): JSX.Element {
  const say = words.value.alerts;
  return (
    <details class="history">
      <summary>{`${say.history} (${number(steps.length)})`}</summary>
      <ol>
        {steps.map((step, index) => (
          <li key={index}>
            <time dateTime={step.at}>{moment(Date.parse(step.at), present.value)}</time>
            <span>{say.events[step.event.replace(/^alert\./, "")] ?? step.event}</span>
            {step.by != null && <span>{say.by(shortName(step.by))}</span>}
            {step.detail != null && <span>{step.detail}</span>}
          </li>
        ))}
      </ol>
    </details>
  );
}
