// The six numbers under the verdict, all from the last minutes so that they move when the network does.
import type { JSX } from "preact";
import { figure, number, share, unit } from "../format";
import { measures } from "../logic/measures";
import { middle, weighted, type Point } from "../logic/points";
import { countBySeverity } from "../logic/severities";
import { alerts } from "../state/alerts";
import { DAY_MS, HOUR_MS, MINUTE_MS, presentMinute } from "../state/clock";
import { overview } from "../state/following";
import { place } from "../state/place";
import { provider } from "../state/providers";
import type { SeriesKey } from "../state/series";
import { useSeries, type Drawn } from "../state/using";
import { words } from "../words";
import { SEVERITIES, type Kpi, type Overview } from "../wire";
import { SeverityMark } from "./icons";
import { Sparkline } from "./sparkline";
import { Tile } from "./tile";

/** One minute alone jumps about; five move within a minute of the network and hold still otherwise. */
const MINUTES = 5;
const SPARK_MINUTES = 60;
const WEEK_MS = 7 * DAY_MS;

export function Tiles(): JSX.Element {
  const latency = useLastHour("latency_ms");
  const download = useLastHour("download_mbps");
  const connected = useLastHour("connected");
  return (
    <section class="tiles" aria-label={words.value.pages.overview}>
      <IncidentsTile />
      <GoodTile />
      <KpiTile kpi="latency_ms" now={latency} />
      <KpiTile kpi="download_mbps" now={download} />
      <DevicesTile />
      <RateTile all={[latency, download, connected]} />
    </section>
  );
}

function keyOf(kpi: Kpi): SeriesKey {
  const generation = place.value.generation ?? "*";
  return { provider: provider.value ?? "", kpi, cell: "*", generation, step: 60, fixed: null };
}

function useLastHour(kpi: Kpi): Drawn {
  const until = presentMinute.value + MINUTE_MS;
  return useSeries(keyOf(kpi), until - HOUR_MS - MINUTE_MS, until);
}

/** The same minutes one week before, read once an hour. */
function useLastWeek(kpi: Kpi): Drawn {
  const hour = Math.floor((presentMinute.value - WEEK_MS) / HOUR_MS) * HOUR_MS;
  const fixed = `week-${hour}`;
  return useSeries({ ...keyOf(kpi), fixed }, hour - HOUR_MS, hour + 2 * HOUR_MS);
}

function IncidentsTile(): JSX.Element {
  const say = words.value;
  const open = alerts.shown.value?.filter((alert) => alert.state !== "cleared") ?? null;
  const counts = countBySeverity(open ?? []);
  const shown = SEVERITIES.filter((severity) => counts[severity] > 0);
  return (
    <Tile name={say.tiles.incidents} figure={open === null ? null : number(open.length)} isLoading={open === null} note="">
      {shown.length === 0 ? (
        <span class="quiet-line" />
      ) : (
        <ul class="severity-counts">
          {shown.map((severity) => (
            <li key={severity} title={say.severities[severity]}>
              <SeverityMark severity={severity} size={20} label={say.severities[severity]} />
              <span>{number(counts[severity])}</span>
            </li>
          ))}
        </ul>
      )}
    </Tile>
  );
}

/** Null while what is known is of another technology. */
function overviewOfPlace(): Overview | null {
  return overview.value?.generation === place.value.generation ? overview.value : null;
}

function GoodTile(): JSX.Element {
  const say = words.value.tiles;
  const good = overviewOfPlace()?.good_share ?? null;
  const value = good?.value ?? null;
  return (
    <Tile
      name={say.good}
      hint={say.goodHint}
      figure={value === null ? null : number(value * 100)}
      unit="%"
      samples={good?.samples ?? null}
      isLoading={good === null}
    >
      {value !== null && <Meter share={value} />}
    </Tile>
  );
}

function Meter({ share: filled }: { share: number }): JSX.Element {
  return (
    <span class="meter" aria-hidden="true">
      <span style={{ width: `${filled * 100}%` }} />
    </span>
  );
}

function KpiTile({ kpi, now }: { kpi: Kpi; now: Drawn }): JSX.Element {
  const say = words.value;
  const week = useLastWeek(kpi);
  const until = presentMinute.value + MINUTE_MS;
  const recent = latest(now.points, until, MINUTES);
  const central = centre(recent);
  const slow = kpi === "latency_ms" ? weighted(recent, "p95").value : null;
  const before = centre(latest(week.points, until - WEEK_MS, HOUR_MS / MINUTE_MS));
  const isComparable = central.value !== null && before.value !== null && before.value !== 0;
  const ratio = isComparable ? (central.value as number) / (before.value as number) - 1 : 0;
  return (
    <Tile
      name={say.kpis[kpi]}
      hint={say.tiles.lastMinutes}
      figure={central.value === null ? null : figure(kpi, central.value)}
      unit={unit(kpi)}
      second={slow === null ? null : { name: say.tiles.slow, figure: figure(kpi, slow) }}
      delta={isComparable ? { ratio, isWorse: measures[kpi].worse === "above" ? ratio > 0 : ratio < 0 } : null}
      samples={central.samples}
      isLoading={now.status !== "ready"}
    >
      <Sparkline values={perMinute(now.points, until, middle)} label={say.tiles.trend(say.kpis[kpi])} />
    </Tile>
  );
}

function DevicesTile(): JSX.Element {
  const say = words.value.tiles;
  const known = overviewOfPlace();
  const devices = known?.devices ?? null;
  const late = devices?.late_share ?? null;
  const when = known?.generation == null ? say.thisHour : say.lastQuarter;
  return (
    <Tile
      name={say.devices}
      figure={devices === null ? null : number(devices.reporting)}
      isLoading={devices === null}
      note={late === null ? when : `${when} · ${say.late(share(late))}`}
    >
      {late !== null && <Meter share={1 - late} />}
    </Tile>
  );
}

/** Not every measurement has every value: the fullest KPI of a minute is nearest to how many came. */
function RateTile({ all }: { all: Drawn[] }): JSX.Element {
  const say = words.value.tiles;
  const until = presentMinute.value;
  const lines = all.map((drawn) => perMinute(drawn.points, until, (point) => point.samples));
  const fullest = (lines[0] ?? []).map((_, index) => {
    const counts = lines.map((line) => line[index] ?? null).filter((count): count is number => count !== null);
    return counts.length === 0 ? null : Math.max(...counts);
  });
  const last = fullest.at(-1) ?? null;
  return (
    <Tile
      name={say.rate}
      hint={say.lastMinute}
      figure={last === null ? null : number(last)}
      unit={say.perMinute}
      isLoading={all.every((drawn) => drawn.status !== "ready")}
      note={say.lastMinute}
    >
      <Sparkline values={fullest} label={say.trend(say.rate)} />
    </Tile>
  );
}

function latest(points: readonly Point[], until: number, minutes: number): Point[] {
  return points.filter((point) => point.at >= until - minutes * MINUTE_MS && point.at < until);
}

function centre(points: readonly Point[]): { value: number | null; samples: number } {
  const median = weighted(points, "p50");
  return median.value === null ? weighted(points, "mean") : median;
}

function perMinute(points: readonly Point[], until: number, read: (point: Point) => number | null): (number | null)[] {
  const start = until - SPARK_MINUTES * MINUTE_MS;
  const values: (number | null)[] = Array.from({ length: SPARK_MINUTES }, () => null);
  for (const point of points) {
    const index = Math.round((point.at - start) / MINUTE_MS);
    if (index >= 0 && index < SPARK_MINUTES) values[index] = read(point);
  }
  return values;
}
