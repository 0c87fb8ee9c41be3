// The files that nothing could be read in, each with the reason and a way to take it again.
import type { JSX } from "preact";
import { labelled } from "../../format";
import { Icon } from "../../parts/icons";
import { takeAgain } from "../state/retaking";
import type { Diagnosis, Media, Unread } from "../wire";
import { garageWords, pick } from "../words";

export function UnreadFiles({ diagnosis, unread }: { diagnosis: Diagnosis; unread: readonly Unread[] }): JSX.Element | null {
  if (unread.length === 0) return null;
  return (
    <section class="card unread">
      <h2>{garageWords.value.result.unread}</h2>
      <ul class="warnings">
        {unread.map((one) => (
          <UnreadLine key={one.media} diagnosis={diagnosis} unread={one} />
        ))}
      </ul>
    </section>
  );
}

function UnreadLine({ diagnosis, unread }: { diagnosis: Diagnosis; unread: Unread }): JSX.Element {
  const file = diagnosis.media.find((one) => one.id === unread.media);
  return (
    <li>
      <Icon name="warning" size={16} />
      <span>
        <strong>{file === undefined ? null : labelled(nameOf(diagnosis, file), "")}</strong>
        {pick(unread.why)}
      </span>
      {file !== undefined && unread.kind !== "attachment" && (
        <button type="button" class="small no-print" onClick={() => takeAgain(diagnosis, file)}>
          {garageWords.value.progress.another}
        </button>
      )}
    </li>
  );
}

/** `Photo 2`: as its driver counts them. */
export function nameOf({ media }: Diagnosis, file: Media): string {
  const say = garageWords.value.files;
  const number = media.filter((each) => each.kind === file.kind).indexOf(file) + 1;
  if (file.kind === "attachment") return say.attachment(number);
  return file.kind === "dashboard" ? say.photo(number) : say.sound(number);
}
