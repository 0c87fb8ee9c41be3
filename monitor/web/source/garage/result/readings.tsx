// What the models saw and heard, file by file, with how good each file was.
import type { JSX } from "preact";
import { Icon } from "../../parts/icons";
import { placed, worthSaying } from "../logic/findings";
import { Problems } from "../parts/warnings";
import type { Diagnosis, Finding, Reading } from "../wire";
import { garageWords, pick } from "../words";
import { sureness } from "../../format";
import { takeAgain } from "../state/retaking";
import { Detail, Picture } from "./picture";
import { Sound } from "./sound";
import { LightSymbol } from "./symbol";

export function Readings({ diagnosis, read }: { diagnosis: Diagnosis; read: readonly Reading[] }): JSX.Element {
  const say = garageWords.value.result;
  const photos = read.filter((one) => one.kind === "dashboard");
  const sounds = read.filter((one) => one.kind === "sound");
  return (
    <>
      {photos.length > 0 && (
        <section class="card">
          <h2>{say.seen}</h2>
          {photos.map((one, index) => (
            <ReadingView key={one.media} diagnosis={diagnosis} reading={one} number={index + 1} />
          ))}
        </section>
      )}
      {sounds.length > 0 && (
        <section class="card">
          <h2>{say.heard}</h2>
          {sounds.map((one, index) => (
            <ReadingView key={one.media} diagnosis={diagnosis} reading={one} number={index + 1} />
          ))}
        </section>
      )}
    </>
  );
}

function ReadingView({ diagnosis, reading, number }: { diagnosis: Diagnosis; reading: Reading; number: number }): JSX.Element {
  const say = garageWords.value.result;
  const isPhoto = reading.kind === "dashboard";
  const findings = worthSaying(reading);
  const marked = placed(reading);
  const file = diagnosis.media.find((one) => one.id === reading.media);
  return (
    <div class="reading">
      {isPhoto ? <Picture reading={reading} findings={marked} number={number} /> : <Sound reading={reading} marked={marked} told={findings} />}
      <p class={reading.quality.is_good ? "input-quality good" : "input-quality"}>
        <Icon name={reading.quality.is_good ? "check" : "warning"} size={16} />
        {reading.quality.is_good ? (isPhoto ? say.inputGood : say.inputGoodSound) : say.inputPoor}
      </p>
      <Problems problems={reading.quality.problems} />
      {!reading.quality.is_good && file !== undefined && (
        <button type="button" class="small no-print" onClick={() => takeAgain(diagnosis, file)}>
          {garageWords.value.progress.another}
        </button>
      )}
      {reading.abstained && (
        <p class="abstained">
          {isPhoto ? say.abstainedSeen : say.abstainedHeard}
          {findings.length > 0 && ` ${say.guesses}`}
        </p>
      )}
      <ol class={reading.abstained ? "findings guesses" : "findings"}>
        {findings.map((finding, place) => (
          <FindingLine
            key={`${finding.label} ${String(finding.box)}`}
            finding={finding}
            number={marked.length > 1 ? marked.indexOf(finding) + 1 : 0}
            reading={reading}
            // Lights are lit side by side; a recording is one sound, and what follows is what else it could be.
            isGuess={reading.abstained || (!isPhoto && place > 0)}
          />
        ))}
      </ol>
    </div>
  );
}

function FindingLine({
  finding,
  number,
  reading,
  isGuess,
}: {
  finding: Finding;
  number: number;
  reading: Reading;
  isGuess: boolean;
}): JSX.Element {
  const say = garageWords.value.result;
  const plain = plainly(finding);
  return (
    <li class={`finding ${isGuess ? "" : (finding.drive ?? "")}`}>
      {finding.box !== null && <Detail reading={reading} finding={finding} />}
      <div class="finding-body">
        <p class="finding-name">
          {number > 0 && <span class="finding-number">{number}</span>}
          {finding.iso !== null && plain === null && <LightSymbol finding={finding} />}
          <strong>{plain?.name ?? pick(finding.name)}</strong>
          <span class="hint">{isGuess ? `${say.guess}, ${sureness(finding.confidence)}` : say.confidence(sureness(finding.confidence))}</span>
        </p>
        {finding.iso !== null && plain === null && <p class="hint">{say.iso(finding.iso)}</p>}
        {!isGuess && <p>{plain?.more ?? pick(finding.meaning)}</p>}
        {!isGuess && finding.action !== null && plain === null && <p class="finding-action">{pick(finding.action)}</p>}
      </div>
    </li>
  );
}

/** Nothing lit, something unknown, not a car: each is an answer of its own, not a lesser finding. */
function plainly({ label }: Finding): { name: string; more: string } | null {
  const say = garageWords.value.result;
  if (label === "none") return { name: say.none, more: say.noneMore };
  if (label === "unknown") return { name: say.unknownLight, more: say.unknownLightMore };
  if (label === "not_car") return { name: say.notCar, more: say.notCarMore };
  return null;
}
