// Where to go with the result: print it, keep it, or give somebody a look at one file for a while.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { fullMoment } from "../../format";
import { ask } from "../../http";
import { Icon } from "../../parts/icons";
import { toast } from "../../parts/toasts";
import type { Diagnosis, Media, SharedLink } from "../wire";
import { garageWords } from "../words";

const SHARED_FOR_S = 7 * 24 * 3600;

export function NextSteps({ diagnosis }: { diagnosis: Diagnosis }): JSX.Element {
  const say = garageWords.value.result;
  const own = diagnosis.media.filter((one) => one.kind !== "attachment");
  return (
    <section class="card no-print">
      <h2>{say.next}</h2>
      <p>{say.nextText}</p>
      <div class="card-actions">
        <button type="button" onClick={() => print()}>
          <Icon name="print" />
          {say.print}
        </button>
        <button type="button" onClick={() => save(diagnosis)}>
          <Icon name="file" />
          {say.export}
        </button>
      </div>
      {own.length > 0 && (
        <details class="share">
          <summary>
            <Icon name="share" size={16} />
            {say.share}
          </summary>
          <p class="hint">{say.shareHint}</p>
          <ul>
            {own.map((one, index) => (
              <SharedFile key={one.id} media={one} number={own.slice(0, index + 1).filter((each) => each.kind === one.kind).length} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function SharedFile({ media, number }: { media: Media; number: number }): JSX.Element {
  const say = garageWords.value.result;
  const [link, setLink] = useState<SharedLink | null>(null);
  const [isCopied, setCopied] = useState(false);
  const name = media.kind === "sound" ? say.sound(number) : say.photo(number);
  const path = `/v1/media/${media.id}/links`;
  const make = async (): Promise<void> => {
    try {
      setLink(await ask<SharedLink>("POST", path, { expires_in_s: SHARED_FOR_S }));
      setCopied(false);
    } catch {
      toast(say.shareFailed, null, true);
    }
  };
  const stop = async (): Promise<void> => {
    try {
      await ask("DELETE", path);
      setLink(null);
      toast(say.shareStopped);
    } catch {
      toast(say.shareFailed, null, true);
    }
  };
  if (link === null) {
    return (
      <li>
        <span>{name}</span>
        <button type="button" class="small" aria-label={`${say.shareMake}: ${name}`} onClick={() => void make()}>
          {say.shareMake}
        </button>
      </li>
    );
  }
  const address = new URL(link.url, location.href).href;
  return (
    <li>
      <span>{name}</span>
      <span class="hint">{say.shareUntil(fullMoment(Date.parse(link.expires_at)))}</span>
      <input class="share-address" readOnly value={address} aria-label={name} onFocus={(event) => event.currentTarget.select()} />
      {navigator.clipboard !== undefined && (
        <button type="button" class="small" onClick={() => void navigator.clipboard.writeText(address).then(() => setCopied(true))}>
          {isCopied ? say.shareCopied : say.shareCopy}
        </button>
      )}
      <button type="button" class="small quiet" onClick={() => void stop()}>
        {say.shareStop}
      </button>
    </li>
  );
}

function save(diagnosis: Diagnosis): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(diagnosis, null, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `roadpulse-diagnosis-${diagnosis.id}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
