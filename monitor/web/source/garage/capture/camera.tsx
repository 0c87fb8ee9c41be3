// The camera with a frame for the dashboard, a look at the picture before it is used, and plain words when there is no camera.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { judgePhoto, shoot, shrunk } from "../logic/photographs";
import { judgePicture, type Warning } from "../logic/pictures";
import { Studio } from "../parts/studio";
import { addFile } from "../state/cases";
import { garageWords } from "../words";
import { FileButton } from "./file_button";
import { Judgement } from "./judgement";
import { useUrlOf } from "./object_url";

const LOOK_EVERY_MS = 700;

type State = "starting" | "live" | "denied" | "missing";

interface Taken {
  blob: Blob;
  warnings: Warning[];
}

export function Camera({ onClose }: { onClose(): void }): JSX.Element {
  const say = garageWords.value.camera;
  const [state, setState] = useState<State>("starting");
  const [taken, setTaken] = useState<Taken | null>(null);
  const video = useRef<HTMLVideoElement>(null);
  const url = useUrlOf(taken?.blob ?? null);
  useCamera(video, setState);
  const use = (): void => {
    if (taken === null) return;
    const { blob, warnings } = taken;
    addFile({ kind: "dashboard", name: "camera.jpg", content_type: blob.type, bytes: blob.size, captured_at: new Date().toISOString(), seconds: null, warnings, blob });
    onClose();
  };
  const take = async (): Promise<void> => {
    if (video.current === null) return;
    try {
      const blob = await shoot(video.current);
      setTaken({ blob, warnings: (await judgePhoto(blob)) ?? [] });
    } catch {
      // A camera that gives no picture, such as one that another app has taken over: a file can be chosen.
      setState("missing");
    }
  };
  return (
    <Studio title={say.title} className="camera" onClose={onClose}>
      <div class="camera-view">
        <video ref={video} autoplay muted playsInline aria-hidden="true" hidden={url !== null} />
        {url === null ? state === "live" && <Outline /> : <img src={url} alt={say.preview} />}
        {state === "starting" && <p class="camera-note">{say.starting}</p>}
        {(state === "denied" || state === "missing") && <p class="camera-note">{say[state]}</p>}
      </div>
      <div class="studio-foot" aria-live="polite">
        {taken !== null ? (
          <Judgement warnings={taken.warnings} say={say} onAgain={() => setTaken(null)} onUse={use} />
        ) : state === "live" ? (
          <>
            <LiveHint video={video} />
            <button type="button" class="shutter" aria-label={say.shoot} onClick={() => void take()}>
              <Icon name="camera" size={28} />
            </button>
          </>
        ) : (
          <FileButton kind="dashboard" onAdded={onClose} isPrimary />
        )}
      </div>
    </Studio>
  );
}

function LiveHint({ video }: { video: { current: HTMLVideoElement | null } }): JSX.Element {
  const say = garageWords.value;
  const [warning, setWarning] = useState<Warning | null>(null);
  useEffect(() => {
    const timer = setInterval(() => {
      const seen = video.current;
      if (seen === null || seen.videoWidth === 0) return;
      const pixels = shrunk(seen, seen.videoWidth, seen.videoHeight);
      setWarning(judgePicture(pixels, Math.min(seen.videoWidth, seen.videoHeight))[0] ?? null);
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return <p class={warning === null ? "hint" : "hint warn"}>{warning === null ? say.camera.frame : `${say.warnings[warning].text}. ${say.warnings[warning].advice}`}</p>;
}

/** Two dials and what lies between them: what most clusters look like. */
function Outline(): JSX.Element {
  return (
    <svg class="outline" viewBox="0 0 320 180" aria-hidden="true" focusable="false">
      <path d="M28 40q132-26 264 0 14 4 14 18v72q0 18-18 18H32q-18 0-18-18V58q0-14 14-18z" />
      <circle cx="88" cy="96" r="42" />
      <circle cx="232" cy="96" r="42" />
    </svg>
  );
}

function useCamera(video: { current: HTMLVideoElement | null }, tell: (state: State) => void): void {
  useEffect(() => {
    let stream: MediaStream | null = null;
    let isGone = false;
    const wanted = { facingMode: { ideal: "environment" }, width: { ideal: 2560 }, height: { ideal: 1440 } };
    const open = async (): Promise<void> => {
      if (navigator.mediaDevices?.getUserMedia === undefined) return tell("missing");
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
        if (isGone || video.current === null) return stop();
        video.current.srcObject = stream;
        await video.current.play();
        tell("live");
      } catch (error) {
        if (!isGone) tell(error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "missing");
      }
    };
    const stop = (): void => stream?.getTracks().forEach((track) => track.stop());
    void open();
    return () => {
      isGone = true;
      stop();
    };
  }, []);
}
