// How loud it is now, how it has been, and what to do in this second of the recording.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { meterShare } from "../logic/sounds";
import { garageWords } from "../words";

const LOUD_DB = -3;
const QUIET_DB = -50;
const IDLE_S = 10;
const REV_S = 15;
/** A meter may dance, but what is read aloud must not. */
const TELL_EVERY_MS = 1_500;

export function LevelMeter({ level, isClipped }: { level: number; isClipped: boolean }): JSX.Element {
  const say = garageWords.value.recorder;
  const newest = useRef({ level, isClipped });
  newest.current = { level, isClipped };
  const [told, setTold] = useState("");
  useEffect(() => {
    const timer = setInterval(() => setTold(hint()), TELL_EVERY_MS);
    return () => clearInterval(timer);
  }, [say]);
  const hint = (): string => {
    const now = newest.current;
    if (now.isClipped || now.level > LOUD_DB) return say.loud;
    return now.level < QUIET_DB ? say.quiet : say.fine;
  };
  const share = meterShare(level);
  return (
    <div class="level">
      <div
        class="level-bar"
        role="meter"
        aria-label={say.level}
        aria-valuemin={-60}
        aria-valuemax={0}
        aria-valuenow={Math.max(-60, Math.round(level))}
        aria-valuetext={told}
      >
        <span style={{ width: `${share * 100}%` }} class={isClipped || level > LOUD_DB ? "loud" : ""} />
      </div>
      <p class={told === say.loud ? "hint warn" : "hint"} aria-live="polite">
        {told}
      </p>
    </div>
  );
}

/** What has been recorded, drawn from left to right over the whole time that there is. */
export function LevelTrace({ levels, limit, count }: { levels: readonly number[]; limit: number; count: number }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (canvas.current === null || context === null || context === undefined) return;
    const { width, height } = canvas.current;
    context.clearRect(0, 0, width, height);
    context.fillStyle = getComputedStyle(canvas.current).color;
    const step = width / (limit * 20);
    levels.forEach((level, index) => {
      const tall = Math.max(2, meterShare(level) * height);
      context.fillRect(index * step, (height - tall) / 2, Math.max(1, step - 0.5), tall);
    });
  }, [count, limit]);
  return <canvas ref={canvas} class="trace" width={640} height={72} aria-hidden="true" />;
}

/** The part of the recording that runs now, with the seconds that are left of it. */
export function Guide({ seconds, limit, isGuided }: { seconds: number; limit: number; isGuided: boolean }): JSX.Element {
  const say = garageWords.value.recorder;
  const isIdle = seconds < IDLE_S;
  const ends = !isGuided ? limit : isIdle ? IDLE_S : REV_S;
  const left = Math.max(0, Math.ceil(ends - seconds));
  const now = !isGuided ? say.free : isIdle ? say.idle : say.rev;
  return (
    <div class="guide">
      <p class="guide-now" aria-live="assertive">
        {now}
      </p>
      <p class="guide-left" aria-hidden="true">
        {left}
        <small> s</small>
      </p>
      {isGuided && (
        <div class="guide-line" aria-hidden="true">
          <span class={isIdle ? "now" : "past"} style={{ flexGrow: IDLE_S }} />
          <span class={isIdle ? "" : "now"} style={{ flexGrow: REV_S - IDLE_S }} />
        </div>
      )}
    </div>
  );
}
