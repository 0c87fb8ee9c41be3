// One photo or recording on its way: what it looks or sounds like, how far it is, and what is wrong with it.
import type { JSX } from "preact";
import { share } from "../../format";
import { Icon } from "../../parts/icons";
import { link } from "../../stream/link";
import { Player } from "../parts/player";
import { Refusal } from "../parts/refusal";
import { Problems, Warnings } from "../parts/warnings";
import { removeFile, type CaseFile } from "../state/cases";
import { localUrl, usePicture, useSound } from "../state/pictures";
import { uploads } from "../state/uploads";
import { garageWords } from "../words";

const THUMB_PX = 320;

interface FileCardProps {
  file: CaseFile;
  number: number;
  /** opens the camera or the recorder again in its place */
  onReplace?: (file: CaseFile) => void;
}

export function FileCard({ file, number, onReplace }: FileCardProps): JSX.Element {
  const say = garageWords.value.files;
  const name = file.kind === "dashboard" ? say.photo(number) : say.sound(number);
  const isPoor = file.quality === null ? file.warnings.length > 0 : !file.quality.is_good;
  return (
    <li class={`file-card ${file.kind}`}>
      {file.kind === "dashboard" && <Thumb file={file} name={name} />}
      <div class="file-body">
        <div class="file-head">
          <strong>{name}</strong>
          <button type="button" class="quiet square small" aria-label={`${say.remove}: ${name}`} onClick={() => removeFile(file.id)}>
            <Icon name="close" size={16} />
          </button>
        </div>
        {file.kind === "sound" && <Sound file={file} />}
        <FileState file={file} />
        {file.quality === null ? <Warnings warnings={file.warnings} /> : <Problems problems={file.quality.problems} />}
        {isPoor && onReplace !== undefined && (
          <button type="button" class="small" onClick={() => onReplace(file)}>
            {say.replace}
          </button>
        )}
      </div>
    </li>
  );
}

function Thumb({ file, name }: { file: CaseFile; name: string }): JSX.Element {
  const own = localUrl(file);
  const kept = usePicture(own === null && file.isStored ? file.media : null, THUMB_PX);
  const url = own ?? (typeof kept === "object" ? kept.url : null);
  return (
    <span class="thumb">
      <Icon name="camera" size={22} />
      {url !== null && <img src={url} alt={name} onError={(event) => (event.currentTarget.hidden = true)} />}
    </span>
  );
}

function Sound({ file }: { file: CaseFile }): JSX.Element | null {
  const own = localUrl(file);
  const kept = useSound(own === null && file.isStored ? file.media : null);
  const url = own ?? (typeof kept === "object" ? kept.url : null);
  const told = file.quality?.measures["duration_s"];
  return url === null ? null : <Player url={url} seconds={file.seconds ?? (typeof told === "number" ? told : 0)} />;
}

/** Where the file is, in words and as a bar. */
function FileState({ file }: { file: CaseFile }): JSX.Element {
  const say = garageWords.value.files;
  if (file.refusal !== null) return <Refusal code={file.refusal} />;
  if (file.isStored) {
    if (file.quality === null) return <p class="file-state">{say.checking}</p>;
    return file.quality.is_good ? (
      <p class="file-state fine">
        <Icon name="check" size={16} />
        {say.good}
      </p>
    ) : (
      <p class="file-state">{say.stored}</p>
    );
  }
  if (uploads.current.value !== file.id) {
    return <p class="file-state">{link.state.value.kind === "live" ? say.queued : say.waiting}</p>;
  }
  const done = Math.min(1, (uploads.arrived.value.get(file.id) ?? 0) / Math.max(1, file.bytes));
  return (
    <div class="file-state">
      <span>{say.sending(share(done))}</span>
      <progress value={done} max={1} aria-label={say.sending(share(done))} />
    </div>
  );
}
