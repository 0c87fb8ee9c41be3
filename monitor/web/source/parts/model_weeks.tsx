// How a model's answers turned out by week: one sentence, a bar a week, and all of it as a table.
import type { JSX } from "preact";
import { date, milliseconds, number, share } from "../format";
import { totalOf } from "../logic/outcomes";
import { words } from "../words";
import type { ModelWeek } from "../wire";

export function ModelWeeks({ weeks }: { weeks: readonly ModelWeek[] }): JSX.Element {
  const say = words.value.models;
  return (
    <section class="model-weeks">
      <h3>{say.weeks}</h3>
      <p class="hint">{say.weeksLead}</p>
      {weeks.length === 0 ? (
        <p>{say.noWeeks}</p>
      ) : (
        <>
          <p>{summaryOf(weeks)}</p>
          <Bars weeks={weeks} />
          <Table weeks={weeks} />
        </>
      )}
    </section>
  );
}

/** A week is named by its Monday; noon is that day wherever the reader is, but for the farthest. */
function mondayOf({ week }: ModelWeek): string {
  return date(Date.parse(week) + 12 * 3_600_000);
}

function summaryOf(weeks: readonly ModelWeek[]): string {
  const say = words.value.models;
  const { readings, outcomes, agreed } = totalOf(weeks);
  const [newest, oldest] = [weeks[0], weeks.at(-1)];
  const span = newest === undefined || oldest === undefined ? "" : say.span(mondayOf(oldest), mondayOf(newest));
  return agreed === null ? say.untold(number(readings), span) : say.right(share(agreed), outcomes, number(outcomes), span);
}

function Bars({ weeks }: { weeks: readonly ModelWeek[] }): JSX.Element {
  const oldestFirst = [...weeks].reverse();
  return (
    <figure class="week-bars" role="img" aria-label={summaryOf(weeks)}>
      {oldestFirst.map((week, index) => (
        <div key={`${week.week} ${week.version}`} title={titleOf(week)}>
          <span class={week.agreed === null ? "week-bar untold" : "week-bar"}>
            {week.agreed !== null && <span style={{ height: `${week.agreed * 100}%` }} />}
          </span>
          <span class="week-figure">{week.agreed === null ? "–" : share(week.agreed)}</span>
          <span class="week-name">{index === 0 || index === oldestFirst.length - 1 || index % 4 === 0 ? mondayOf(week) : ""}</span>
        </div>
      ))}
    </figure>
  );
}

function titleOf(week: ModelWeek): string {
  const say = words.value.models;
  const { outcomes, agreed } = week;
  return outcomes === null || agreed === null ? say.barUntold(mondayOf(week)) : say.bar(mondayOf(week), share(agreed), number(outcomes));
}

function Table({ weeks }: { weeks: readonly ModelWeek[] }): JSX.Element {
  const say = words.value.models;
  const columns = [say.byVersion, say.readings, say.median, say.slow, say.unsure, say.outcomes, say.agreed];
  return (
    <details class="model-part">
      <summary>{say.table}</summary>
      <div class="table-scroll" tabIndex={0} role="region" aria-label={say.table}>
        <table class="table">
          <caption class="unseen">{say.table}</caption>
          <thead>
            <tr>
              <th scope="col">{say.week}</th>
              {columns.map((name) => (
                <th key={name} scope="col" class="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {weeks.map((week) => (
              <Row key={`${week.week} ${week.version}`} week={week} />
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Row({ week }: { week: ModelWeek }): JSX.Element {
  const { few } = words.value.models;
  const cells = [
    String(week.version),
    number(week.readings),
    milliseconds(week.took_ms_p50),
    milliseconds(week.took_ms_p95),
    share(week.abstained),
    week.outcomes === null ? few : number(week.outcomes),
    week.agreed === null ? "–" : share(week.agreed),
  ];
  return (
    <tr>
      <th scope="row">{mondayOf(week)}</th>
      {cells.map((cell, index) => (
        <td key={index} class="number">
          {cell}
        </td>
      ))}
    </tr>
  );
}
