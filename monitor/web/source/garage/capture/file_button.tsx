// Chooses photos or a recording that the phone already has; on a phone the same button also offers its own camera.
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { judgePhoto, typeOf } from "../logic/photographs";
import { judgeSound } from "../logic/playing";
import { addFile, draft, filesOf } from "../state/cases";
import { garageWords } from "../words";

export const MOST_FILES = 8;

interface FileButtonProps {
  kind: "dashboard" | "sound";
  onAdded?: () => void;
  isPrimary?: boolean;
}

export function FileButton({ kind, onAdded, isPrimary = false }: FileButtonProps): JSX.Element {
  const say = garageWords.value.diagnose;
  const input = useRef<HTMLInputElement>(null);
  const take = async (list: FileList | null): Promise<void> => {
    const room = MOST_FILES - filesOf(draft.peek().id).length;
    for (const file of [...(list ?? [])].slice(0, Math.max(0, room))) await add(file, kind);
    if (input.current !== null) input.current.value = "";
    onAdded?.();
  };
  return (
    <>
      <button type="button" class={isPrimary ? "large primary" : "large"} onClick={() => input.current?.click()}>
        <Icon name="plus" size={18} />
        {say.chooseFile}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept={kind === "dashboard" ? "image/*,.heic,.heif" : "audio/*,video/webm,video/mp4,video/3gpp,.3gp,.amr,.opus,.m4a"}
        multiple={kind === "dashboard"}
        data-kind={kind}
        onChange={(event) => void take(event.currentTarget.files)}
      />
    </>
  );
}

async function add(file: File, kind: "dashboard" | "sound"): Promise<void> {
  const judged = kind === "dashboard" ? { warnings: (await judgePhoto(file)) ?? [], seconds: null } : await judgeSound(file);
  addFile({
    ...judged,
    kind,
    name: file.name,
    content_type: typeOf(file, file.name),
    bytes: file.size,
    captured_at: new Date(file.lastModified || Date.now()).toISOString(),
    blob: file,
  });
}
