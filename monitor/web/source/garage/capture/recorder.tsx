// Records the engine with a guide and a live level, and plays it back before it is used.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Choice } from "../../parts/choice";
import { clockOf, Player } from "../parts/player";
import { Studio } from "../parts/studio";
import { addFile } from "../state/cases";
import { garageWords } from "../words";
import { FileButton } from "./file_button";
import { Judgement } from "./judgement";
import { Guide, LevelMeter, LevelTrace } from "./level";
import { useUrlOf } from "./object_url";
import { useTaking, type Take, type Taking } from "./taking";

/** Ten seconds at idle, five at 2,000 rpm, and one to let go. */
const GUIDED_S = 16;
const FREE_S = 30;

type Mode = "engine" | "other";

export function Recorder({ onClose }: { onClose(): void }): JSX.Element {
  const say = garageWords.value.recorder;
  const [mode, setMode] = useState<Mode>("engine");
  const limit = mode === "engine" ? GUIDED_S : FREE_S;
  const taking = useTaking(limit);
  const { state, take } = taking;
  const url = useUrlOf(take?.blob ?? null);
  const use = (): void => {
    if (take === null) return;
    add(take);
    onClose();
  };
  const isBefore = state === "ready" || state === "opening";
  return (
    <Studio title={say.title} className="recorder" onClose={onClose}>
      <div class="recorder-body">
        {(state === "denied" || state === "missing") && <p class="camera-note">{say[state]}</p>}
        {isBefore && <Beforehand mode={mode} onChoose={setMode} />}
        {state === "recording" && <Guide seconds={taking.seconds} limit={limit} isGuided={mode === "engine"} />}
        {(state === "recording" || state === "ready") && <LevelMeter level={taking.level} isClipped={taking.isClipped} />}
        {!isBefore && <LevelTrace levels={taking.levels} limit={limit} count={taking.levels.length} />}
        {taking.wasRestarted && state === "recording" && <p class="hint warn">{say.restarted}</p>}
        {take !== null && url !== null && <Player url={url} seconds={take.seconds} />}
      </div>
      <div class="studio-foot">
        <RecordButton taking={taking} />
        <div aria-live="polite">{take !== null && <Judgement warnings={take.warnings} say={say} onAgain={taking.again} onUse={use} />}</div>
        {(state === "denied" || state === "missing") && <FileButton kind="sound" onAdded={onClose} isPrimary />}
      </div>
    </Studio>
  );
}

function Beforehand({ mode, onChoose }: { mode: Mode; onChoose(mode: Mode): void }): JSX.Element {
  const say = garageWords.value.recorder;
  return (
    <>
      <Choice
        label={say.mode}
        options={[
          { value: "engine", label: say.engine },
          { value: "other", label: say.other },
        ]}
        chosen={mode}
        onChoose={(one) => onChoose(one as Mode)}
      />
      <ol class="steps">
        {(mode === "engine" ? say.engineSteps : say.otherSteps).map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </>
  );
}

function RecordButton({ taking }: { taking: Taking }): JSX.Element | null {
  const say = garageWords.value.recorder;
  if (taking.state === "ready") {
    return (
      <button type="button" class="large primary record" onClick={taking.start}>
        <span class="record-dot" aria-hidden="true" />
        {say.start}
      </button>
    );
  }
  if (taking.state !== "recording") return null;
  return (
    <button type="button" class="large record" onClick={taking.stop}>
      <span class="record-square" aria-hidden="true" />
      {say.stop} · {clockOf(taking.seconds)}
    </button>
  );
}

function add({ blob, seconds, warnings }: Take): void {
  const captured_at = new Date().toISOString();
  addFile({ kind: "sound", name: "recording", content_type: blob.type, bytes: blob.size, captured_at, seconds, warnings, blob });
}
