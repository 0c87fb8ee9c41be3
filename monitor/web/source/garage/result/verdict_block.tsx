// May I drive? By shape, word and colour, with one line why, and what must never be overlooked when it says stop.
import type { JSX } from "preact";
import { Icon } from "../../parts/icons";
import { VerdictMark } from "../parts/verdict_mark";
import type { Diagnosis, Result } from "../wire";
import { garageWords, pick } from "../words";
import { tryAgain } from "../state/retaking";

export function VerdictBlock({ diagnosis, result }: { diagnosis: Diagnosis; result: Result }): JSX.Element {
  const say = garageWords.value.result;
  const { verdict, headline, why, by_rule, get_out } = result.verdict;
  return (
    <section class={`verdict-block ${verdict}`}>
      <div class="verdict-top">
        <VerdictMark verdict={verdict} size={56} />
        <div>
          <h1>{pick(headline)}</h1>
          <p class="verdict-why">{pick(why)}</p>
          {by_rule && <p class="verdict-rule">{say.byRule}</p>}
        </div>
      </div>
      {get_out !== null && (
        <p class="get-out">
          <Icon name="warning" />
          <strong>{pick(get_out)}</strong>
        </p>
      )}
      {result.alarms.length > 1 && (
        <ul class="alarms">
          {result.alarms.slice(1).map((alarm) => (
            <li key={alarm.evidence}>
              {pick(alarm.text)}
              {!alarm.certain && <span class="hint"> ({say.probablyAlarm})</span>}
            </li>
          ))}
        </ul>
      )}
      {verdict === "not_sure" && <WhatWouldHelp diagnosis={diagnosis} result={result} />}
      <p class="disclaimer">{say.disclaimer}</p>
    </section>
  );
}

function WhatWouldHelp({ diagnosis, result }: { diagnosis: Diagnosis; result: Result }): JSX.Element {
  const say = garageWords.value.result;
  const isGood = (kind: string): boolean => result.read.some((one) => one.kind === kind && one.quality.is_good && !one.abstained);
  const helps = [
    ...(result.question === null ? [] : [say.helpQuestion]),
    ...(isGood("dashboard") ? [] : [say.helpPhoto]),
    ...(isGood("sound") ? [] : [say.helpSound]),
    ...(diagnosis.description === "" && diagnosis.symptoms.length === 0 ? [say.helpWords] : []),
    ...(diagnosis.vehicle === null ? [say.helpCar] : []),
  ];
  return (
    <div class="would-help">
      <p>{say.notSureLead}</p>
      <ul>
        {helps.map((help) => (
          <li key={help}>{help}</li>
        ))}
      </ul>
      <button type="button" class="no-print" onClick={() => tryAgain(diagnosis)}>
        <Icon name="plus" size={16} />
        {say.addMore}
      </button>
    </div>
  );
}
