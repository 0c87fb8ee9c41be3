// The minutes, mostly seconds, between sending and the result: quality first, then stage by stage, and what failed in words.
import type { JSX } from "preact";
import { Icon } from "../../parts/icons";
import { Refusal } from "../parts/refusal";
import { Problems } from "../parts/warnings";
import { usePicture } from "../state/pictures";
import { takeAgain, tryAgain } from "../state/retaking";
import type { Diagnosis, Media, Stage } from "../wire";
import { garageWords, pick } from "../words";
import { nameOf } from "./unread_files";

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
        failure.retry && (
          <div class="card-actions">
            <button type="button" class="large primary" onClick={() => tryAgain(diagnosis)}>
              {say.progress.retry}
            </button>
          </div>
        )
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
  const { media } = diagnosis;
  return (
    <section class="card">
      <h2>{say.files}</h2>
      <ul class="file-cards" aria-live="polite">
        {media.map((one) => (
          <FileLine key={one.id} media={one} name={nameOf(diagnosis, one)} isOver={diagnosis.failure !== null} onReplace={() => takeAgain(diagnosis, one)} />
        ))}
      </ul>
      {diagnosis.failure === null && media.some((one) => one.quality?.is_good === false) && <p class="hint">{say.stays}</p>}
    </section>
  );
}

interface FileLineProps {
  media: Media;
  name: string;
  /** nothing goes on any more */
  isOver: boolean;
  onReplace(): void;
}

function FileLine({ media, name, isOver, onReplace }: FileLineProps): JSX.Element {
  const say = garageWords.value;
  const picture = usePicture(media.kind === "dashboard" && media.state === "stored" ? media.id : null, 320);
  const { quality, refusal } = media;
  return (
    <li class={`file-card ${media.kind}`}>
      <span class="thumb">
        <Icon name={media.kind === "dashboard" ? "camera" : "microphone"} size={22} />
        {typeof picture === "object" && <img src={picture.url} alt={name} />}
      </span>
      <div class="file-body">
        <strong>{name}</strong>
        {refusal !== null ? (
          <Refusal code={refusal} />
        ) : quality === null ? (
          !isOver && <p class="file-state">{say.files.checking}</p>
        ) : quality.is_good ? (
          <p class="file-state fine">
            <Icon name="check" size={16} />
            {say.files.good}
          </p>
        ) : (
          <Problems problems={quality.problems} />
        )}
        {quality?.is_good === false && !isOver && <p class="hint">{say.progress.goesOn}</p>}
        {(refusal !== null || quality?.is_good === false) && media.kind !== "attachment" && (
          <button type="button" class="small" onClick={onReplace}>
            {say.progress.another}
          </button>
        )}
      </div>
    </li>
  );
}
