// Plays a sound with a bar that shows and sets the place; the browser's own bar does not know how long a recording is.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { garageWords } from "../words";

interface PlayerProps {
  url: string;
  seconds: number;
  /** told where it is, in seconds, while it plays */
  onAt?: (seconds: number) => void;
}

export function Player({ url, seconds, onAt }: PlayerProps): JSX.Element {
  const say = garageWords.value.recorder;
  const audio = useRef<HTMLAudioElement>(null);
  const [isPlaying, setPlaying] = useState(false);
  const [isUnplayable, setUnplayable] = useState(false);
  const [at, setAt] = useState(0);
  const tell = (now: number): void => {
    setAt(now);
    onAt?.(now);
  };
  useEachFrame(isPlaying, () => tell(audio.current?.currentTime ?? 0));
  if (isUnplayable) return <p class="hint">{say.unplayable}</p>;
  const toggle = (): void => {
    if (isPlaying) audio.current?.pause();
    else void audio.current?.play().catch(() => setUnplayable(true));
  };
  return (
    <div class="player">
      <audio
        ref={audio}
        src={url}
        preload="metadata"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => tell(0)}
        onError={() => setUnplayable(true)}
      />
      <button type="button" class="square" aria-label={isPlaying ? say.pause : say.play} onClick={toggle}>
        <Icon name={isPlaying ? "pause" : "play"} />
      </button>
      <Position
        at={at}
        seconds={seconds}
        onMove={(to) => {
          if (audio.current !== null) audio.current.currentTime = to;
          tell(to);
        }}
      />
    </div>
  );
}

interface PositionProps {
  at: number;
  seconds: number;
  onMove(to: number): void;
}

function Position({ at, seconds, onMove }: PositionProps): JSX.Element {
  const say = garageWords.value.recorder;
  return (
    <>
      <input
        type="range"
        min={0}
        max={Math.max(seconds, 0.1)}
        step={0.1}
        value={Math.min(at, seconds)}
        aria-label={say.position}
        aria-valuetext={say.of(clockOf(at), clockOf(seconds))}
        onInput={(event) => onMove(Number(event.currentTarget.value))}
      />
      <span class="player-time" aria-hidden="true">
        {clockOf(at)} / {clockOf(seconds)}
      </span>
    </>
  );
}

function useEachFrame(isOn: boolean, work: () => void): void {
  useEffect(() => {
    if (!isOn) return undefined;
    let frame = requestAnimationFrame(function step() {
      work();
      frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [isOn]);
}

/** 0:07, 1:23. */
export function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
