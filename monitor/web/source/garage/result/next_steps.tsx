// Where to go with the result: print it, keep it, or give somebody a look at one file for a while.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { fullMoment } from "../../format";
import { ask } from "../../http";
import { offerFile } from "../../logic/files";
import { reasonOf } from "../../logic/refusals";
import { CopyButton } from "../../parts/copy_button";
import { Icon } from "../../parts/icons";
import { toast } from "../../parts/toasts";
import { words } from "../../words";
import type { Diagnosis, Media, SharedLink } from "../wire";
import { garageWords } from "../words";
import { nameOf } from "./unread_files";

const SHARED_FOR_S = 7 * 24 * 3600;

export function NextSteps({ diagnosis }: { diagnosis: Diagnosis }): JSX.Element {
  const say = garageWords.value.result;
  const own = diagnosis.media.filter((one) => one.kind !== "attachment");
  const save = (): void => offerFile(`roadpulse-diagnosis-${diagnosis.id}.json`, JSON.stringify(diagnosis, null, 2), "application/json");
  return (
    <section class="card no-print">
      <h2>{say.next}</h2>
      <p>{say.nextText}</p>
      <div class="card-actions">
        <button type="button" onClick={() => print()}>
          <Icon name="print" />
          {say.print}
        </button>
        <button type="button" onClick={save}>
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
            {own.map((one) => (
              <SharedFile key={one.id} media={one} name={nameOf(diagnosis, one)} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function SharedFile({ media, name }: { media: Media; name: string }): JSX.Element {
  const say = garageWords.value.result;
  const [link, setLink] = useState<SharedLink | null>(null);
  const path = `/v1/media/${media.id}/links`;
  const fail = (error: unknown): void => toast(words.peek().common.didNotWork(reasonOf(error)), null, true);
  const make = (): void => void ask<SharedLink>("POST", path, { expires_in_s: SHARED_FOR_S }).then(setLink, fail);
  const stop = (): void => {
    ask("DELETE", path).then(() => {
      setLink(null);
      toast(say.shareStopped);
    }, fail);
  };
  if (link !== null) return <OpenLink link={link} name={name} onStop={stop} />;
  return (
    <li>
      <span>{name}</span>
      <button type="button" class="small" aria-label={`${say.shareMake}: ${name}`} onClick={make}>
        {say.shareMake}
      </button>
    </li>
  );
}

function OpenLink({ link, name, onStop }: { link: SharedLink; name: string; onStop(): void }): JSX.Element {
  const say = garageWords.value.result;
  const address = new URL(link.url, location.href).href;
  return (
    <li>
      <span>{name}</span>
      <span class="hint">{say.shareUntil(fullMoment(Date.parse(link.expires_at)))}</span>
      <input class="share-address" readOnly value={address} aria-label={name} onFocus={(event) => event.currentTarget.select()} />
      <CopyButton text={address} />
      <button type="button" class="small quiet" onClick={onStop}>
        {say.shareStop}
      </button>
    </li>
  );
}
