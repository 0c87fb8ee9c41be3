// The recording as a picture with the part that carried the finding marked, a way to hear it, and the same as a table.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { number, sureness } from "../../format";
import { get } from "../../http";
import { Bone } from "../../parts/bone";
import { markOf, paint } from "../logic/spectrograms";
import { clockOf, Player } from "../parts/player";
import { useSound } from "../state/pictures";
import type { Finding, Reading, Spectrogram } from "../wire";
import { garageWords, pick } from "../words";

interface SoundProps {
  reading: Reading;
  marked: readonly Finding[];
  told: readonly Finding[];
}

export function Sound({ reading, marked, told }: SoundProps): JSX.Element {
  const say = garageWords.value.result;
  const [at, setAt] = useState(0);
  const [picture, setPicture] = useState<Spectrogram | null>(null);
  const [isFailed, setFailed] = useState(false);
  const sound = useSound(reading.media);
  useEffect(() => {
    get<Spectrogram>(`/v1/media/${reading.media}/spectrogram`).then(setPicture, () => setFailed(true));
  }, [reading.media]);
  const length = reading.quality.measures["duration_s"];
  const seconds = typeof length === "number" ? length : picture === null ? 0 : picture.columns * picture.seconds_per_column;
  return (
    <div class="heard">
      {picture === null && !isFailed && <Bone height={148} />}
      {picture !== null && <Drawn picture={picture} findings={marked} at={seconds > 0 ? at / seconds : 0} seconds={seconds} />}
      {typeof sound === "object" && <Player url={sound.url} seconds={seconds} onAt={setAt} />}
      {sound === "failed" && <p class="hint">{say.soundFailed}</p>}
      {told.length > 0 && <Marks findings={told} />}
    </div>
  );
}

interface DrawnProps {
  picture: Spectrogram;
  findings: readonly Finding[];
  /** share of the recording that has been played */
  at: number;
  seconds: number;
}

function Drawn({ picture, findings, at, seconds }: DrawnProps): JSX.Element {
  const say = garageWords.value.result;
  const canvas = useRef<HTMLCanvasElement>(null);
  const rows = picture.hz.length;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context === null || context === undefined) return;
    const image = context.createImageData(picture.columns, rows);
    paint(picture, image.data);
    context.putImageData(image, 0, 0);
  }, [picture]);
  const marks = useMemo(() => findings.map((one) => markOf(picture, one.span, one.band)), [picture, findings]);
  const highest = picture.hz.at(-1) ?? 0;
  return (
    <figure class="spectrogram" role="group" aria-label={say.spectrogram}>
      <div class="spectrogram-picture">
        <canvas ref={canvas} width={picture.columns} height={rows} aria-hidden="true" />
        {marks.map((mark, index) => (
          <span
            key={index}
            class="mark"
            aria-hidden="true"
            style={{ left: `${mark.left * 100}%`, top: `${mark.top * 100}%`, width: `${mark.width * 100}%`, height: `${mark.height * 100}%` }}
          />
        ))}
        {at > 0 && <span class="needle" aria-hidden="true" style={{ left: `${Math.min(1, at) * 100}%` }} />}
      </div>
      <figcaption class="axis">
        <span>0:00</span>
        <span>{pitch(picture.hz[0] ?? 0)} – {pitch(highest)} ↑</span>
        <span>{clockOf(seconds)}</span>
      </figcaption>
      {picture.hidden.length > 0 && <p class="hint">{say.voicesHidden(picture.hidden.map(([from, to]) => `${clockOf(from)}–${clockOf(to)}`).join(", "))}</p>}
    </figure>
  );
}

function Marks({ findings }: { findings: readonly Finding[] }): JSX.Element {
  const say = garageWords.value.result;
  return (
    <details class="as-table">
      <summary>{say.spectrogramTable}</summary>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{say.finding}</th>
            <th scope="col">{say.from}</th>
            <th scope="col">{say.to}</th>
            <th scope="col">{say.pitch}</th>
          </tr>
        </thead>
        <tbody>
          {findings.map((one, index) => (
            <tr key={index}>
              <th scope="row">
                {pick(one.name)}, {sureness(one.confidence)}
              </th>
              <td>{one.span === null ? say.whole : `${number(one.span[0], 1)}\u00a0${say.seconds}`}</td>
              <td>{one.span === null ? "" : `${number(one.span[1], 1)}\u00a0${say.seconds}`}</td>
              <td>{one.band === null ? say.allPitches : `${pitch(one.band[0])}–${pitch(one.band[1])}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function pitch(hz: number): string {
  return hz >= 1_000 ? `${number(hz / 1_000, 1)}\u00a0kHz` : `${number(hz)}\u00a0Hz`;
}
