// What the driver noticed: signs to tick, when it happens, own words, and trouble codes.
import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { plain } from "../../logic/plain";
import { channels } from "../../stream/channels";
import { Icon } from "../../parts/icons";
import { codesIn } from "../logic/codes";
import { change, draft } from "../state/cases";
import { GROUPS, groupOf, isTime, loadSymptoms, symptoms, symptomsFailed } from "../state/symptoms";
import type { Symptom } from "../wire";
import { garageWords, pick } from "../words";

export function WordsSection(): JSX.Element {
  const say = garageWords.value.diagnose;
  const reloads = channels.reloads.value;
  useEffect(() => void loadSymptoms(), [reloads]);
  const all = symptoms.value;
  const names = { description: useId(), codes: useId(), hint: useId() };
  const { id, description, codes } = draft.value;
  const { bad } = codesIn(codes);
  return (
    <section class="card">
      <h2>
        <Icon name="words" />
        {say.words}
      </h2>
      <p class="hint">{say.wordsHint}</p>
      <label class="field" for={names.description}>
        <span>{say.description}</span>
        <textarea
          id={names.description}
          rows={3}
          maxLength={4000}
          placeholder={say.descriptionPlaceholder}
          value={description}
          onInput={(event) => change(id, { description: event.currentTarget.value })}
        />
      </label>
      {all !== null && <Signs all={all.filter((one) => !isTime(one))} />}
      {all !== null && <Chips legend={say.when} all={all.filter(isTime)} />}
      {all === null && symptomsFailed.value && <p class="hint">{say.signsUnloaded}</p>}
      <label class="field" for={names.codes}>
        <span>{say.codes}</span>
        <input
          id={names.codes}
          class="codes"
          autocapitalize="characters"
          autocomplete="off"
          spellcheck={false}
          maxLength={300}
          placeholder={say.codesPlaceholder}
          aria-describedby={names.hint}
          value={codes}
          onInput={(event) => change(id, { codes: event.currentTarget.value })}
        />
        <span id={names.hint} class="hint warn" aria-live="polite">
          {bad.length > 0 ? say.codesBad(bad.join(" ")) : ""}
        </span>
      </label>
    </section>
  );
}

function Signs({ all }: { all: Symptom[] }): JSX.Element {
  const say = garageWords.value;
  const [wanted, setWanted] = useState("");
  const sought = plain(wanted);
  const found = sought === "" ? [] : all.filter((one) => plain(pick(one.name)).includes(sought));
  const chosen = new Set(draft.value.symptoms);
  return (
    <div>
      <label class="search-field">
        <Icon name="search" size={16} />
        <span class="unseen">{say.diagnose.search}</span>
        <input type="search" placeholder={say.diagnose.search} value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
      </label>
      {sought !== "" ? (
        found.length > 0 ? <Chips legend={say.diagnose.search} all={found} isLegendHidden /> : <p class="hint">{say.diagnose.noneFound}</p>
      ) : (
        GROUPS.map((group) => {
          const own = all.filter((one) => groupOf(one) === group);
          const count = own.filter((one) => chosen.has(one.id)).length;
          return own.length === 0 ? null : (
            <details key={group} class="sign-group">
              <summary>
                <span>{say.groups[group]}</span>
                {count > 0 && <span class="panel-count">{say.diagnose.chosen(count)}</span>}
                <Icon name="down" size={16} />
              </summary>
              <Chips legend={say.groups[group]} all={own} isLegendHidden />
            </details>
          );
        })
      )}
    </div>
  );
}

function Chips({ legend, all, isLegendHidden = false }: { legend: string; all: Symptom[]; isLegendHidden?: boolean }): JSX.Element | null {
  const { id, symptoms: chosen } = draft.value;
  if (all.length === 0) return null;
  return (
    <fieldset class="chips">
      <legend class={isLegendHidden ? "unseen" : ""}>{legend}</legend>
      {all.map((one) => (
        <label key={one.id} class="chip">
          <input
            type="checkbox"
            checked={chosen.includes(one.id)}
            onChange={(event) =>
              change(id, { symptoms: event.currentTarget.checked ? [...chosen, one.id] : chosen.filter((each) => each !== one.id) })
            }
          />
          <span>{pick(one.name)}</span>
        </label>
      ))}
    </fieldset>
  );
}
