// Takes a recording: opens the microphone, starts again by itself when it is far too loud, and stops at the limit.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Warning } from "../logic/pictures";
import { Microphone } from "../logic/recording";

/** Only a beginning is thrown away by itself; later the person decides. */
const RESTART_WITHIN_S = 4;
const RESTART_AFTER_S = 1;
const SILENCE_DB = -120;

export type TakingState = "opening" | "ready" | "recording" | "done" | "denied" | "missing";

export interface Take {
  blob: Blob;
  seconds: number;
  warnings: Warning[];
}

export interface Taking {
  state: TakingState;
  /** in decibels of full scale, now and since the start */
  level: number;
  levels: readonly number[];
  seconds: number;
  isClipped: boolean;
  wasRestarted: boolean;
  take: Take | null;
  start(): void;
  stop(): void;
  /** throws the take away */
  again(): void;
}

export function useTaking(limitS: number): Taking {
  const [state, setState] = useState<TakingState>("opening");
  const [level, setLevel] = useState(SILENCE_DB);
  const [seconds, setSeconds] = useState(0);
  const [take, setTake] = useState<Take | null>(null);
  const [wasRestarted, setRestarted] = useState(false);
  const levels = useRef<number[]>([]);
  const microphone = useMicrophone(setState);
  const start = (): void => {
    levels.current = [];
    setTake(null);
    microphone.current?.start();
    setState("recording");
  };
  const stop = async (): Promise<void> => {
    setState("done");
    const recorded = (await microphone.current?.stop()) ?? null;
    if (recorded !== null) setTake({ blob: recorded.blob, seconds: recorded.seconds, warnings: recorded.listener.warnings(recorded.seconds) });
  };
  const hear = (now: number): void => {
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
    } else if (here.seconds >= limitS) void stop();
  };
  useEffect(() => {
    if (microphone.current !== null) microphone.current.onLevel = hear;
  });
  const again = (): void => {
    setTake(null);
    setState("ready");
  };
  const isClipped = state === "recording" && (microphone.current?.isClipped ?? false);
  return { state, level, levels: levels.current, seconds, isClipped, wasRestarted, take, start, stop: () => void stop(), again };
}

function useMicrophone(tell: (state: TakingState) => void): { current: Microphone | null } {
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
