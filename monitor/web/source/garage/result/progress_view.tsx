// The minutes, mostly seconds, between sending and the result: quality first, then stage by stage, and what failed in words.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { Camera } from "../capture/camera";
import { Recorder } from "../capture/recorder";
import { Problems } from "../parts/warnings";
import { makeId, beginLike, type CaseFile } from "../state/cases";
import { usePicture } from "../state/pictures";
import { visit } from "../state/route";
import type { Diagnosis, Media, Stage } from "../wire";
import { garageWords, pick } from "../words";

const STAGES: readonly Stage[] = ["queued", "quality", "reading", "reasoning"];

export function ProgressView({ diagnosis }: { diagnosis: Diagnosis }): JSX.Element {
  const say = garageWords.value;
  const { failure, media } = diagnosis;
  return (
    <>
      <header class="page-head">
        <h1>{failure === null ? say.progress.title : say.progress.failed}</h1>
        <p>{failure === null ? say.progress.lead : pick(failure.text)}</p>
      </header>
      {failure === null ? (
        <Stages now={diagnosis.stage ?? "queued"} hasMedia={media.length > 0} />
      ) : (
        <div class="card-actions">
          {failure.retry && (
            <button type="button" class="large primary" onClick={() => again(diagnosis, null)}>
              {say.progress.retry}
            </button>
          )}
        </div>
      )}
      {media.length > 0 && <Files diagnosis={diagnosis} />}
    </>
  );
}

function Stages({ now, hasMedia }: { now: Stage; hasMedia: boolean }): JSX.Element {
  const say = garageWords.value;
  const shown = STAGES.filter((stage) => hasMedia || stage === "queued" || stage === "reasoning");
  const here = Math.max(0, shown.indexOf(now));
  return (
    <>
      <ol class="card stages">
        {shown.map((stage, index) => {
          const how = index < here ? "done" : index === here ? "running" : "next";
          return (
            <li key={stage} class={how} aria-current={how === "running" ? "step" : undefined}>
              <span class="stage-mark">{how === "done" ? <Icon name="check" size={16} /> : <span class="dot" />}</span>
              <span>
                <strong>{say.stages[stage].title}</strong>
                <span class="unseen"> ({say.progress[how]})</span>
                <small>{say.stages[stage].text}</small>
              </span>
            </li>
          );
        })}
      </ol>
      <p class="unseen" aria-live="polite">
        {say.stages[now].title}
      </p>
    </>
  );
}

function Files({ diagnosis }: { diagnosis: Diagnosis }): JSX.Element {
  const say = garageWords.value.progress;
  const [replaced, setReplaced] = useState<Media | null>(null);
  const Studio = replaced?.kind === "sound" ? Recorder : Camera;
  const poor = diagnosis.media.some((one) => one.quality?.is_good === false);
  return (
    <section class="card">
      <h2>{say.files}</h2>
      <ul class="file-cards" aria-live="polite">
        {diagnosis.media.map((one, index) => (
          <FileLine key={one.id} media={one} number={diagnosis.media.slice(0, index + 1).filter((each) => each.kind === one.kind).length} onReplace={() => {
            again(diagnosis, one);
            setReplaced(one);
          }} />
        ))}
      </ul>
      {poor && <p class="hint">{say.stays}</p>}
      {replaced !== null && (
        <Studio
          onClose={() => {
            setReplaced(null);
            visit("diagnose");
          }}
        />
      )}
    </section>
  );
}

function FileLine({ media, number, onReplace }: { media: Media; number: number; onReplace(): void }): JSX.Element {
  const say = garageWords.value;
  const picture = usePicture(media.kind === "dashboard" ? media.id : null, 320);
  const name = media.kind === "dashboard" ? say.files.photo(number) : say.files.sound(number);
  const { quality } = media;
  return (
    <li class={`file-card ${media.kind}`}>
      <span class="thumb">
        <Icon name={media.kind === "dashboard" ? "camera" : "microphone"} size={22} />
        {typeof picture === "object" && <img src={picture.url} alt={name} />}
      </span>
      <div class="file-body">
        <strong>{name}</strong>
        {quality === null ? (
          <p class="file-state">{say.files.checking}</p>
        ) : quality.is_good ? (
          <p class="file-state fine">
            <Icon name="check" size={16} />
            {say.files.good}
          </p>
        ) : (
          <>
            <Problems problems={quality.problems} />
            <p class="hint">{say.progress.goesOn}</p>
            <button type="button" class="small" onClick={onReplace}>
              {say.progress.another}
            </button>
          </>
        )}
      </div>
    </li>
  );
}

/** Begins another case with everything of this one but the file that shall be taken anew. */
export function again(diagnosis: Diagnosis, without: Media | null): void {
  const { vehicle, symptoms, description, codes } = diagnosis;
  const kept = diagnosis.media.filter((one) => one.id !== without?.id && one.kind !== "attachment" && one.state === "stored").map(fileOf);
  beginLike({ vehicle: vehicle?.id ?? null, symptoms, description, codes }, kept);
  if (without === null) visit("diagnose");
}

/** A file that the server has already, as part of a new case: nothing is sent twice. */
function fileOf(media: Media): CaseFile {
  return {
    id: makeId(), case: "", kind: media.kind === "sound" ? "sound" : "dashboard", name: "", content_type: media.content_type, bytes: media.bytes,
    captured_at: media.captured_at ?? media.created_at, seconds: null, warnings: [], blob: null, sha256: null, media: media.id, isStored: true,
    refusal: null, quality: media.quality, added_at: Date.now(),
  };
}
