// What has happened to an alert, step by step, folded away until somebody asks.
import type { JSX } from "preact";
import { moment, number } from "../format";
import { amount, shortName } from "../logic/naming";
import { present } from "../state/clock";
import { words } from "../words";
import type { Alert, AlertHistory } from "../wire";

export function History({ alert, steps }: { alert: Alert; steps: AlertHistory[] }): JSX.Element {
  const say = words.value.alerts;
  return (
    <details class="history">
      <summary>{`${say.history} (${number(steps.length)})`}</summary>
      <ol>
        {steps.map((step, index) => (
          <li key={index}>
            <time dateTime={step.at}>{moment(Date.parse(step.at), present.value)}</time>
            <span>{say.events[step.action] ?? step.action}</span>
            {step.by !== null && <span>{say.by(shortName(step.by))}</span>}
            <span>{detailOf(alert, step)}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}

function detailOf(alert: Alert, { detail }: AlertHistory): string {
  const { reason, value, until } = detail;
  const parts = [
    reason == null ? null : (words.value.alerts.reasons[reason] ?? reason),
    value == null ? null : amount(alert, value),
    until == null ? null : moment(Date.parse(until), present.value),
  ];
  return parts.filter((part) => part !== null).join(", ");
}
