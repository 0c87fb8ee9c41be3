// What the driver said, wrote and read off a scanner, as it was understood.
import type { JSX } from "preact";
import type { Diagnosis, Result } from "../wire";
import { garageWords, pick } from "../words";

export function Evidence({ diagnosis, result }: { diagnosis: Diagnosis; result: Result }): JSX.Element | null {
  const say = garageWords.value.result;
  if (diagnosis.description === "" && result.said.length === 0 && result.codes.length === 0) return null;
  return (
    <section class="card">
      <h2>{say.read}</h2>
      {diagnosis.description !== "" && <blockquote class="own-words">{diagnosis.description}</blockquote>}
      {result.said.length > 0 && (
        <ul class="said" aria-label={say.signs}>
          {result.said.map((one) => (
            <li key={one.evidence} class={one.present ? "" : "denied"} title={one.words === "" ? undefined : one.words}>
              {pick(one.name)}
              {!one.present && <small> ({say.denied})</small>}
            </li>
          ))}
        </ul>
      )}
      {result.codes.length > 0 && (
        <dl class="codes-read">
          {result.codes.map((one) => (
            <div key={one.code}>
              <dt>
                <code>{one.code}</code>
              </dt>
              <dd>{one.generic ? pick(one.meaning) : say.makersCode}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
