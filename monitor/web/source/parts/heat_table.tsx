// Seven days by hour for one area: at which times of which days it is bad.
import type { JSX } from "preact";
import { day, quantity, time } from "../format";
import { classOf } from "../logic/measures";
import { middle } from "../logic/points";
import { DAY_MS, HOUR_MS, presentMinute } from "../state/clock";
import { place } from "../state/place";
import { provider } from "../state/providers";
import { useSeries } from "../state/using";
import { words } from "../words";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const NAMED_HOURS = 6;

export function HeatTable({ cell }: { cell: string }): JSX.Element {
  const say = words.value;
  const { kpi, generation } = place.value;
  const until = Math.floor(presentMinute.value / HOUR_MS) * HOUR_MS + HOUR_MS;
  const key = { provider: provider.value ?? "", kpi, cell, generation: generation ?? "*", step: 3600 as const, fixed: null };
  const { points } = useSeries(key, until - 7 * DAY_MS, until);
  const values = new Map(points.map((point) => [point.at, middle(point)]));
  const days = Array.from({ length: 7 }, (_, back) => midnight(until - 1 - back * DAY_MS)).reverse();
  return (
    <section>
      <h3>
        {say.area.week} <span class="hint">{say.area.weekHint}</span>
      </h3>
      <table class="heat">
        <caption class="unseen">{`${say.area.week}: ${say.kpis[kpi]}`}</caption>
        <Head />
        <tbody>
          {days.map((start) => (
            <tr key={start}>
              <th scope="row">{day(start)}</th>
              {HOURS.map((hour) => (
                <Hour key={hour} at={start + hour * HOUR_MS} value={values.get(start + hour * HOUR_MS) ?? null} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Head(): JSX.Element {
  return (
    <thead>
      <tr>
        <th scope="col">
          <span class="unseen">{words.value.chart.time}</span>
        </th>
        {HOURS.map((hour) => (
          <th key={hour} scope="col">
            {hour % NAMED_HOURS === 0 ? hour : <span class="unseen">{hour}</span>}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Hour({ at, value }: { at: number; value: number | null }): JSX.Element {
  const { kpi } = place.value;
  const text = value === null ? words.value.common.noData : quantity(kpi, value);
  return (
    <td class={value === null ? "none" : `class-${classOf(kpi, value)}`} title={`${day(at)} ${time(at)}: ${text}`}>
      <span class="unseen">{text}</span>
    </td>
  );
}

function midnight(at: number): number {
  const date = new Date(at);
  date.setHours(0, 0, 0, 0);
  return date.getTime();
}
