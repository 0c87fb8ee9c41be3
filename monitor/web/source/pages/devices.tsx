// The devices that measure under this account: enrolled here with a code, watched, and revoked; and what was not kept of theirs.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { duration, fullMoment } from "../format";
import { ask, list } from "../http";
import { Pending } from "../parts/bone";
import { Confirmation } from "../parts/confirmation";
import { Dialog } from "../parts/dialog";
import { Enrolment } from "../parts/enrolment";
import { Icon } from "../parts/icons";
import { OwnRejections } from "../parts/own_rejections";
import { present } from "../state/clock";
import { usePolled } from "../state/using";
import { words } from "../words";
import type { Device } from "../wire";

const EVERY_MS = 10_000;

export function DevicesPage(): JSX.Element {
  const { value: devices, error, again } = usePolled(() => list<Device>("/v1/devices"), EVERY_MS, []);
  return (
    <>
      <Devices devices={devices} error={error} again={again} />
      {devices !== null && devices.length > 0 && <OwnRejections />}
    </>
  );
}

function Devices({ devices, error, again }: { devices: Device[] | null; error: unknown; again(): void }): JSX.Element {
  const say = words.value.devices;
  const [isEnrolling, setEnrolling] = useState(false);
  const [revoking, setRevoking] = useState<Device | null>(null);
  return (
    <section class="panel devices-page">
      <header class="panel-head">
        <div>
          <h1>{say.title}</h1>
          <p class="hint">{say.lead}</p>
        </div>
        <div class="panel-tools">
          <button type="button" class="primary" onClick={() => setEnrolling(true)}>
            <Icon name="plus" size={16} />
            {say.enrol}
          </button>
        </div>
      </header>
      {devices === null ? (
        <Pending height={160} error={error} />
      ) : devices.length === 0 ? (
        <div class="empty">
          <p class="empty-main">{say.none}</p>
          <p>{say.noneMore}</p>
        </div>
      ) : (
        <DeviceTable devices={devices} onRevoke={setRevoking} />
      )}
      {isEnrolling && (
        <Dialog title={say.codeTitle} onClose={() => setEnrolling(false)}>
          <Enrolment known={devices ?? []} onArrived={again} />
        </Dialog>
      )}
      {revoking !== null && (
        <Confirmation title={say.revoke} deed={say.revoke} done={say.revokedNow} onConfirm={() => revoke(revoking).finally(again)} onClose={() => setRevoking(null)}>
          <p>{say.revokeAsk(nameOf(revoking))}</p>
        </Confirmation>
      )}
    </section>
  );
}

function DeviceTable({ devices, onRevoke }: { devices: Device[]; onRevoke(device: Device): void }): JSX.Element {
  const say = words.value.devices;
  return (
    <div class="table-scroll" tabIndex={0} role="group" aria-label={say.title}>
      <table class="table">
        <caption class="unseen">{say.title}</caption>
        <thead>
          <tr>
            <th scope="col">{say.name}</th>
            <th scope="col">{say.seen}</th>
            <th scope="col" class="wide-only">{say.enrolled}</th>
            <th scope="col" class="wide-only">{say.state}</th>
            <th scope="col">
              <span class="unseen">{say.revoke}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {devices.map((device) => (
            <Row key={String(device.id)} device={device} onRevoke={() => onRevoke(device)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ device, onRevoke }: { device: Device; onRevoke(): void }): JSX.Element {
  const say = words.value.devices;
  const isActive = device.revoked_at === null;
  return (
    <tr class={isActive ? "" : "off"}>
      <th scope="row">{nameOf(device)}</th>
      <td>{seenOf(device)}</td>
      <td class="wide-only">{fullMoment(Date.parse(device.created_at))}</td>
      <td class="wide-only">
        <span class={isActive ? "state acknowledged" : "state cleared"}>{isActive ? say.active : say.revoked}</span>
      </td>
      <td class="number">
        {!isActive && <span class="state cleared narrow-only">{say.revoked}</span>}
        {isActive && (
          <button type="button" class="small quiet" aria-label={`${say.revoke}: ${nameOf(device)}`} onClick={onRevoke}>
            {say.revoke}
          </button>
        )}
      </td>
    </tr>
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

async function revoke(device: Device): Promise<void> {
  await ask("DELETE", `/v1/devices/${encodeURIComponent(String(device.id))}`);
}
