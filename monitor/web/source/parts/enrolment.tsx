// Gives a new device its code as a picture and as text, and notices by itself when the device has come.
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { duration } from "../format";
import { ask } from "../http";
import { clock } from "../state/clock";
import { words } from "../words";
import type { Claim, Device } from "../wire";
import { Bone } from "./bone";
import { CopyButton } from "./copy_button";
import { Icon } from "./icons";

interface EnrolmentProps {
  /** the devices as they are known now; one that was not there at the start is the new one */
  known: readonly Device[];
  onArrived(): void;
}

const LOOK_EVERY_MS = 3_000;

export function Enrolment({ known, onArrived }: EnrolmentProps): JSX.Element {
  const say = words.value.devices;
  const [claim, setClaim] = useState<Claim | null>(null);
  const [isFailed, setFailed] = useState(false);
  const before = useMemo(() => new Set(known.map((device) => String(device.id))), []);
  const arrived = known.find((device) => !before.has(String(device.id)));
  const begin = (): void => {
    setFailed(false);
    ask<Claim>("POST", "/v1/devices/claims", {}).then(setClaim, () => setFailed(true));
  };
  useEffect(begin, []);
  useEffect(() => {
    if (arrived !== undefined) return undefined;
    const timer = setInterval(onArrived, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [arrived, onArrived]);
  if (isFailed) return <Again text={words.value.common.failed} onAgain={begin} />;
  if (claim === null) return <Bone height={280} />;
  if (arrived !== undefined) {
    return (
      <p class="arrived">
        <Icon name="check" size={22} />
        {say.arrived(arrived.name === "" ? say.unnamed : arrived.name)}
      </p>
    );
  }
  const left = Date.parse(claim.expires_at) - clock.value;
  if (left <= 0) return <Again text={say.codeEnded} onAgain={begin} />;
  return (
    <div class="enrolment">
      <p>{say.codeLead}</p>
      <img class="qr" src={pictureOf(claim.qr)} alt={say.qrLabel} />
      <p class="code">
        <code>{claim.code}</code>
        <CopyButton text={claim.code} />
      </p>
      <p class="hint">{say.codeEnds(duration(left))}</p>
      <p>{say.orAgent}</p>
      <pre class="command">
        roadpulse device --url {location.origin} --claim {claim.code}
      </pre>
      <p class="waiting">
        <span class="pill-dot" aria-hidden="true" />
        {say.waiting}
      </p>
    </div>
  );
}

function Again({ text, onAgain }: { text: string; onAgain(): void }): JSX.Element {
  return (
    <div class="empty">
      <p>{text}</p>
      <button type="button" onClick={onAgain}>
        {words.value.devices.newCode}
      </button>
    </div>
  );
}

/** As a picture and never as markup: what a server says is not run in this page. */
function pictureOf(qr: string): string {
  return qr.trimStart().startsWith("<") ? `data:image/svg+xml,${encodeURIComponent(qr)}` : qr;
}
