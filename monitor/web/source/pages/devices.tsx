// The devices that measure under this account: enrolled here with a code, watched, and revoked.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { duration, fullMoment } from "../format";
import { ask, list, Refused } from "../http";
import { Dialog } from "../parts/dialog";
import { Enrolment } from "../parts/enrolment";
import { Icon } from "../parts/icons";
import { toast } from "../parts/toasts";
import { present } from "../state/clock";
import { usePolled } from "../state/using";
import { words } from "../words";
import type { Device } from "../wire";

const EVERY_MS = 10_000;

export function DevicesPage(): JSX.Element {
  const say = words.value;
  const { value: devices, error, again } = usePolled(() => list<Device>("/v1/devices"), EVERY_MS, []);
  const [isEnrolling, setEnrolling] = useState(false);
  const [revoking, setRevoking] = useState<Device | null>(null);
  return (
    <section class="panel devices-page">
      <header class="panel-head">
        <div>
          <h1>{say.devices.title}</h1>
          <p class="hint">{say.devices.lead}</p>
        </div>
        <div class="panel-tools">
          <button type="button" class="primary" onClick={() => setEnrolling(true)}>
            <Icon name="plus" size={16} />
            {say.devices.enrol}
          </button>
        </div>
      </header>
      {devices === null ? (
        error === null ? <div class="bone block" style={{ height: "160px" }} aria-busy="true" /> : <p class="hint">{say.common.failed}</p>
      ) : devices.length === 0 ? (
        <div class="empty">
          <p class="empty-main">{say.devices.none}</p>
          <p>{say.devices.noneMore}</p>
        </div>
      ) : (
        <DeviceTable devices={devices} onRevoke={setRevoking} />
      )}
      {isEnrolling && (
        <Dialog title={say.devices.codeTitle} onClose={() => setEnrolling(false)}>
          <Enrolment known={devices ?? []} onArrived={again} />
        </Dialog>
      )}
      {revoking !== null && (
        <Dialog title={say.devices.revoke} onClose={() => setRevoking(null)}>
          <p>{say.devices.revokeAsk(nameOf(revoking))}</p>
          <div class="dialog-foot">
            <button type="button" onClick={() => setRevoking(null)}>
              {say.common.cancel}
            </button>
            <button
              type="button"
              class="danger"
              onClick={() =>
                void revoke(revoking).then((isDone) => {
                  if (isDone) setRevoking(null);
                  again();
                })
              }
            >
              {say.devices.revoke}
            </button>
          </div>
        </Dialog>
      )}
    </section>
  );
}

function DeviceTable({ devices, onRevoke }: { devices: Device[]; onRevoke(device: Device): void }): JSX.Element {
  const say = words.value.devices;
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={say.title}>
      <table class="table">
        <caption class="unseen">{say.title}</caption>
        <thead>
          <tr>
            <th scope="col">{say.name}</th>
            <th scope="col">{say.seen}</th>
            <th scope="col" class="wide-only">{say.enrolled}</th>
            <th scope="col">{say.state}</th>
            <th scope="col">
              <span class="unseen">{say.revoke}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {devices.map((device) => (
            <tr key={String(device.id)} class={device.revoked_at === null ? "" : "off"}>
              <th scope="row">{nameOf(device)}</th>
              <td>{seenOf(device)}</td>
              <td class="wide-only">{fullMoment(Date.parse(device.created_at))}</td>
              <td>
                <span class={device.revoked_at === null ? "state acknowledged" : "state cleared"}>{device.revoked_at === null ? say.active : say.revoked}</span>
              </td>
              <td class="number">
                {device.revoked_at === null && (
                  <button type="button" class="small quiet" aria-label={`${say.revoke}: ${nameOf(device)}`} onClick={() => onRevoke(device)}>
                    {say.revoke}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function nameOf(device: Device): string {
  return device.name === "" ? words.value.devices.unnamed : device.name;
}

function seenOf(device: Device): string {
  const say = words.value.common;
  if (device.last_seen_at === null) return say.never;
  return say.ago(duration(Math.max(0, present.value - Date.parse(device.last_seen_at))));
}

async function revoke(device: Device): Promise<boolean> {
  const say = words.peek();
  try {
    await ask("DELETE", `/v1/devices/${encodeURIComponent(String(device.id))}`);
    toast(say.devices.revokedNow);
    return true;
  } catch (error) {
    toast(say.alerts.failed(error instanceof Refused ? error.message : say.common.unreachable), null, true);
    return false;
  }
}
