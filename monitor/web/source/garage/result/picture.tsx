// The photo with each light framed and numbered, a detail of each, and the whole in large.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { Studio } from "../parts/studio";
import { usePicture } from "../state/pictures";
import type { Finding, Reading } from "../wire";
import { garageWords, pick } from "../words";

const LONGEST_PX = 1280;
const DETAIL_PX = 120;
/** How much of its surroundings a detail shows, in shares of its own size. */
const MARGIN = 0.45;

interface PictureProps {
  reading: Reading;
  findings: readonly Finding[];
  number: number;
}

export function Picture({ reading, findings, number }: PictureProps): JSX.Element {
  const say = garageWords.value.result;
  const picture = usePicture(reading.media, LONGEST_PX);
  const [isLarge, setLarge] = useState(false);
  const size = sizeOf(reading);
  if (picture === "failed") return <p class="hint">{say.pictureFailed}</p>;
  if (picture === "loading") return <div class="bone block" style={{ height: "auto", aspectRatio: `${size.width} / ${size.height}` }} aria-busy="true" />;
  const names = findings.map((one) => pick(one.name)).join(", ");
  const alt = names === "" ? garageWords.value.files.photo(number) : say.pictureWith(number, names);
  return (
    <figure class="seen">
      <button type="button" class="seen-whole" aria-label={`${say.enlarge}: ${alt}`} onClick={() => setLarge(true)}>
        <Framed url={picture.url} alt={alt} findings={findings} {...size} />
        <span class="seen-zoom" aria-hidden="true">
          <Icon name="search" size={16} />
        </span>
      </button>
      {isLarge && <Large url={picture.url} alt={alt} findings={findings} {...size} onClose={() => setLarge(false)} />}
    </figure>
  );
}

interface Sized {
  width: number;
  height: number;
}

interface FramedProps extends Sized {
  url: string;
  alt: string;
  findings: readonly Finding[];
}

function Framed({ url, alt, findings, width, height }: FramedProps): JSX.Element {
  const stroke = Math.max(width, height) / 260;
  return (
    <span class="framed" style={{ aspectRatio: `${width} / ${height}`, "--shape": `${width / height}` }}>
      <img src={url} alt={alt} />
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {findings.map((one, index) => {
          const [left, top, right, bottom] = one.box ?? [0, 0, 0, 0];
          const margin = stroke * 2;
          return (
            <g key={index} class={`box ${one.drive ?? ""}`}>
              <rect class="under" x={left - margin} y={top - margin} width={right - left + 2 * margin} height={bottom - top + 2 * margin} rx={stroke * 2} stroke-width={stroke * 2.2} />
              <rect class="over" x={left - margin} y={top - margin} width={right - left + 2 * margin} height={bottom - top + 2 * margin} rx={stroke * 2} stroke-width={stroke} />
              {findings.length > 1 && (
                <text x={left} y={top - margin * 2.2} font-size={stroke * 11} stroke-width={stroke}>
                  {index + 1}
                </text>
              )}
            </g>
          );
        })}
      </svg>
    </span>
  );
}

/** The light itself, cut out of the photo and enlarged. */
export function Detail({ reading, finding }: { reading: Reading; finding: Finding }): JSX.Element {
  const say = garageWords.value.result;
  const picture = usePicture(reading.media, LONGEST_PX);
  const url = typeof picture === "object" ? picture.url : null;
  const { width, height } = sizeOf(reading);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (url === null) return;
    const image = new Image();
    image.onload = () => {
      const context = canvas.current?.getContext("2d");
      if (context === null || context === undefined || finding.box === null) return;
      const [left, top, right, bottom] = finding.box;
      const side = Math.max(right - left, bottom - top) * (1 + 2 * MARGIN);
      const [x, y] = [(left + right - side) / 2, (top + bottom - side) / 2];
      const [across, down] = [image.naturalWidth / width, image.naturalHeight / height];
      context.imageSmoothingQuality = "high";
      context.drawImage(image, x * across, y * down, side * across, side * down, 0, 0, DETAIL_PX * 2, DETAIL_PX * 2);
    };
    image.src = url;
  }, [url, finding]);
  return <canvas ref={canvas} class="detail" width={DETAIL_PX * 2} height={DETAIL_PX * 2} role="img" aria-label={say.crop(pick(finding.name))} />;
}

const STEPS = [1, 1.5, 2, 3, 4] as const;

function Large({ onClose, ...framed }: FramedProps & { onClose(): void }): JSX.Element {
  const say = garageWords.value.result;
  const [step, setStep] = useState(0);
  return (
    <Studio title={framed.alt} className="large-picture" onClose={onClose}>
      <div class="large-view" tabIndex={0} role="region" aria-label={framed.alt}>
        <div style={{ width: `${(STEPS[step] ?? 1) * 100}%` }}>
          <Framed {...framed} />
        </div>
      </div>
      <div class="studio-foot zoom">
        <button type="button" class="square" aria-label={say.zoomOut} disabled={step === 0} onClick={() => setStep(step - 1)}>
          <Icon name="minus" />
        </button>
        <button type="button" class="square" aria-label={say.zoomIn} disabled={step === STEPS.length - 1} onClick={() => setStep(step + 1)}>
          <Icon name="plus" />
        </button>
      </div>
    </Studio>
  );
}

function sizeOf(reading: Reading): Sized {
  const { width_px: width, height_px: height } = reading.quality.measures;
  return { width: typeof width === "number" ? width : 4, height: typeof height === "number" ? height : 3 };
}
