// The photos and recordings of a case, and the ways to add one.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { draft, filesOf, removeFile, type CaseFile } from "../state/cases";
import { wanted } from "../state/retaking";
import { garageWords } from "../words";
import { Camera } from "./camera";
import { FileButton, MOST_FILES } from "./file_button";
import { FileCard } from "./file_card";
import { Recorder } from "./recorder";

export function PhotoSection(): JSX.Element {
  const say = garageWords.value.diagnose;
  return <Section kind="dashboard" title={say.photos} hint={say.photosHint} action={say.takePhoto} icon="camera" Studio={Camera} />;
}

export function SoundSection(): JSX.Element {
  const say = garageWords.value.diagnose;
  return <Section kind="sound" title={say.sounds} hint={say.soundsHint} action={say.record} icon="microphone" Studio={Recorder} />;
}

interface SectionProps {
  kind: "dashboard" | "sound";
  title: string;
  hint: string;
  action: string;
  icon: "camera" | "microphone";
  Studio: (props: { onClose(): void }) => JSX.Element;
}

function Section({ kind, title, hint, action, icon, Studio }: SectionProps): JSX.Element {
  const say = garageWords.value.diagnose;
  const [isOpen, setOpen] = useState(wanted.peek() === kind);
  useEffect(() => {
    if (isOpen) wanted.value = null;
  }, []);
  const all = filesOf(draft.value.id);
  const own = all.filter((file) => file.kind === kind);
  const replace = (file: CaseFile): void => {
    removeFile(file.id);
    setOpen(true);
  };
  return (
    <section class="card half">
      <h2>
        <Icon name={icon} />
        {title}
      </h2>
      <p class="hint">{hint}</p>
      {own.length > 0 && (
        <ul class="file-cards">
          {own.map((file, index) => (
            <FileCard key={file.id} file={file} number={index + 1} onReplace={replace} />
          ))}
        </ul>
      )}
      {all.length >= MOST_FILES ? (
        <p class="hint">{say.most}</p>
      ) : (
        <div class="card-actions">
          <button type="button" class={own.length === 0 ? "large primary" : "large"} onClick={() => setOpen(true)}>
            <Icon name={icon} />
            {action}
          </button>
          <FileButton kind={kind} />
        </div>
      )}
      {isOpen && <Studio onClose={() => setOpen(false)} />}
    </section>
  );
}
