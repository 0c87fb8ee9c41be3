// The first page of a driver: what the matter is, by picture, by sound and in words, and one button that finds out.
import type { JSX } from "preact";
import { CarChoice } from "../capture/car_choice";
import { PhotoSection, SoundSection } from "../capture/media_sections";
import { WordsSection } from "../capture/words_section";
import { WaitingNote } from "../parts/waiting_note";
import { codesIn } from "../logic/codes";
import { language } from "../../state/preferences";
import { Bone } from "../../parts/bone";
import { toast } from "../../parts/toasts";
import { cases, change, draft, filesOf, isKept, isLoaded, removeCase, removeFile } from "../state/cases";
import { handOver } from "../state/outbox";
import { garageWords } from "../words";

export function DiagnosePage(): JSX.Element {
  const say = garageWords.value;
  if (!isLoaded.value) return <Bone height={420} />;
  return (
    <>
      <header class="page-head">
        <h1>{say.diagnose.title}</h1>
        <p>{say.diagnose.lead}</p>
      </header>
      <WaitingNote />
      <CarChoice />
      <PhotoSection />
      <SoundSection />
      <WordsSection />
      <p class="hint safety">
        {say.diagnose.safety}{" "}
        {cases.value.some((one) => one.id === draft.value.id) && (
          <button type="button" class="link" onClick={() => removeCase(draft.peek().id)}>
            {say.diagnose.startOver}
          </button>
        )}
      </p>
      {!isKept.value && <p class="notice-card">{say.sending.notKept}</p>}
      <SendBar />
    </>
  );
}

function SendBar(): JSX.Element {
  const say = garageWords.value.diagnose;
  const { id, symptoms, description, codes } = draft.value;
  const own = filesOf(id).filter((file) => file.refusal === null);
  const photos = own.filter((file) => file.kind === "dashboard").length;
  const signs = symptoms.length + codesIn(codes).good.length + (description.trim() === "" ? 0 : 1);
  const isEmpty = own.length + signs === 0;
  const send = (): void => {
    if (isEmpty) return toast(say.nothing, null, true);
    for (const file of filesOf(id)) if (file.refusal !== null) removeFile(file.id);
    change(id, { language: language.peek() });
    handOver(id);
  };
  return (
    <div class="send-bar">
      <p class="hint">{isEmpty ? say.nothing : say.summary(photos, own.length - photos, signs)}</p>
      <button type="button" class="large primary" aria-disabled={isEmpty} onClick={send}>
        {say.send}
      </button>
    </div>
  );
}
