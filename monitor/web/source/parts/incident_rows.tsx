// One trouble in the list: the alert that stands for it, and the others folded under it.
import type { JSX } from "preact";
import { number } from "../format";
import type { Incident } from "../logic/incidents";
import { words } from "../words";
import { acknowledgeAll, AlertRow } from "./alert_row";

export function IncidentRows({ incident, hasLine }: { incident: Incident; hasLine: boolean }): JSX.Element {
  const { lead, others } = incident;
  return (
    <>
      <AlertRow alert={lead} hasLine={hasLine} />
      {others.length > 0 && <Others incident={incident} />}
    </>
  );
}

function Others({ incident }: { incident: Incident }): JSX.Element {
  const say = words.value.alerts;
  const { lead, others } = incident;
  const open = [lead, ...others].filter((alert) => alert.acknowledged_by === null && alert.state !== "cleared");
  return (
    <li class="incident">
      <details>
        <summary>{say.alike(others.length, number(others.length))}</summary>
        <ul>
          {others.map((alert) => (
            <AlertRow key={String(alert.id)} alert={alert} hasLine={false} />
          ))}
        </ul>
      </details>
      {open.length > 1 && (
        <button type="button" class="small quiet" onClick={() => void acknowledgeAll(open)}>
          {say.acknowledgeAll(number(open.length))}
        </button>
      )}
    </li>
  );
}
