// Records the engine with a guide and a live level, starts again by itself when it is far too loud, and plays it back.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Choice } from "../../parts/choice";
import { Icon } from "../../parts/icons";
import { Microphone, type Recorded } from "../logic/recording";
import type { Warning } from "../logic/pictures";
import { clockOf, Player } from "../parts/player";
import { Studio } from "../parts/studio";
import { Warnings } from "../parts/warnings";
import { addFile } from "../state/cases";
import { garageWords } from "../words";
import { FileButton } from "./file_button";
import { Guide, LevelMeter, LevelTrace } from "./level";

/** Ten seconds at idle, five at 2,000 rpm, and one to let go. */
export const GUIDED_S = 16;
const FREE_S = 30;
/** Only a beginning is thrown away by itself; later the person decides. */
const RESTART_WITHIN_S = 4;
const RESTART_AFTER_S = 1;

type Mode = "engine" | "other";
type State = "opening" | "ready" | "recording" | "done" | "denied" | "missing";

interface Take extends Recorded {
  url: string;
  warnings: Warning[];
}

export function Recorder({ onClose }: { onClose(): void }): JSX.Element {
  const say = garageWords.value.recorder;
  const [mode, setMode] = useState<Mode>("engine");
  const [state, setState] = useState<State>("opening");
  const [level, setLevel] = useState(-120);
  const [seconds, setSeconds] = useState(0);
  const [take, setTake] = useState<Take | null>(null);
  const [wasRestarted, setRestarted] = useState(false);
  const levels = useRef<number[]>([]);
  const microphone = useMicrophone(setState);
  const limit = mode === "engine" ? GUIDED_S : FREE_S;
  const start = (): void => {
    levels.current = [];
    setTake(null);
    microphone.current?.start();
    setState("recording");
  };
  const stop = async (): Promise<void> => {
    const recorded = await microphone.current?.stop();
    if (recorded === undefined) return;
    setTake({ ...recorded, url: URL.createObjectURL(recorded.blob), warnings: recorded.listener.warnings(recorded.seconds) });
    setState("done");
  };
  const heard = (now: number): void => {
    const here = microphone.current;
    setLevel(now);
    if (here === null || state !== "recording") return;
    levels.current.push(now);
    setSeconds(here.seconds);
    const isEarly = here.seconds > RESTART_AFTER_S && here.seconds < RESTART_WITHIN_S;
    if (isEarly && here.isClipped && !wasRestarted) {
      here.discard();
      setRestarted(true);
      start();
    } else if (here.seconds >= limit) void stop();
  };
  useEffect(() => {
    if (microphone.current !== null) microphone.current.onLevel = heard;
  });
  const use = (): void => {
    if (take === null) return;
    addFile({
      kind: "sound", name: "recording", content_type: take.blob.type, bytes: take.blob.size, captured_at: new Date().toISOString(),
      seconds: take.seconds, warnings: take.warnings, blob: take.blob,
    });
    onClose();
  };
  return (
    <Studio title={say.title} className="recorder" onClose={onClose}>
      <div class="recorder-body">
        {(state === "denied" || state === "missing") && <p class="camera-note">{say[state]}</p>}
        {(state === "ready" || state === "opening") && (
          <>
            <Choice
              label={say.mode}
              options={[
                { value: "engine", label: say.engine },
                { value: "other", label: say.other },
              ]}
              chosen={mode}
              onChoose={(one) => setMode(one as Mode)}
            />
            <ol class="steps">
              {(mode === "engine" ? say.engineSteps : say.otherSteps).map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
          </>
        )}
        {state === "recording" && <Guide seconds={seconds} limit={limit} isGuided={mode === "engine"} />}
        {(state === "recording" || state === "ready") && <LevelMeter level={level} isClipped={state === "recording" && (microphone.current?.isClipped ?? false)} />}
        {state !== "ready" && state !== "opening" && <LevelTrace levels={levels.current} limit={limit} count={levels.current.length} />}
        {wasRestarted && state === "recording" && <p class="hint warn">{say.restarted}</p>}
        {take !== null && <Player url={take.url} seconds={take.seconds} />}
      </div>
      <div class="studio-foot">
        {state === "ready" && (
          <button type="button" class="large primary record" onClick={start}>
            <span class="record-dot" aria-hidden="true" />
            {say.start}
          </button>
        )}
        {state === "recording" && (
          <button type="button" class="large record" onClick={() => void stop()}>
            <span class="record-square" aria-hidden="true" />
            {say.stop} · {clockOf(seconds)}
          </button>
        )}
        {take !== null && <Judgement take={take} onAgain={() => setState("ready")} onUse={use} forget={() => setTake(null)} />}
        {(state === "denied" || state === "missing") && <FileButton kind="sound" onAdded={onClose} isPrimary />}
      </div>
    </Studio>
  );
}

interface JudgementProps {
  take: Take;
  onAgain(): void;
  onUse(): void;
  forget(): void;
}

function Judgement({ take, onAgain, onUse, forget }: JudgementProps): JSX.Element {
  const say = garageWords.value.recorder;
  const isGood = take.warnings.length === 0;
  return (
    <div aria-live="polite" class="judgement">
      {isGood ? (
        <p class="fine">
          <Icon name="check" size={18} />
          {say.good}
        </p>
      ) : (
        <Warnings warnings={take.warnings} />
      )}
      <div class="studio-choice">
        <button
          type="button"
          class={isGood ? "large" : "large primary"}
          onClick={() => {
            forget();
            onAgain();
          }}
        >
          {say.again}
        </button>
        <button type="button" class={isGood ? "large primary" : "large"} onClick={onUse}>
          {isGood ? say.use : say.useAnyway}
        </button>
      </div>
    </div>
  );
}

function useMicrophone(tell: (state: State) => void): { current: Microphone | null } {
  const microphone = useRef<Microphone | null>(null);
  useEffect(() => {
    let isGone = false;
    const open = async (): Promise<void> => {
      if (navigator.mediaDevices?.getUserMedia === undefined || typeof MediaRecorder === "undefined") return tell("missing");
      try {
        const opened = await Microphone.open();
        if (isGone) return opened.close();
        microphone.current = opened;
        tell("ready");
      } catch (error) {
        if (!isGone) tell(error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "missing");
      }
    };
    void open();
    return () => {
      isGone = true;
      microphone.current?.close();
    };
  }, []);
  return microphone;
}
