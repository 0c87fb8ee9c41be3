// A chart in one sentence, for those who cannot see it and those who need not look.
import { between, moment, number, quantity } from "../format";
import { words } from "../words";
import type { Kpi } from "../wire";
import type { Gap, Point } from "./points";
import { describe } from "./trends";

const GAPS_NAMED = 2;

export function summaryOf(kpi: Kpi, points: readonly Point[], gaps: readonly Gap[], now: number): string {
  const say = words.value.chart;
  const name = words.value.kpis[kpi];
  const trend = describe(points);
  if (trend.kind === "empty") return say.empty;
  const at = (when: number): string => moment(when, now);
  let text: string;
  if (trend.kind === "moved") {
    const tell = trend.direction === "rose" ? say.rose : say.fell;
    text = tell(name, quantity(kpi, trend.start), quantity(kpi, trend.end), between(trend.from, trend.to, now));
  } else {
    const { value, low, high } = trend;
    text = say.level(name, quantity(kpi, value), quantity(kpi, low.value), at(low.at), quantity(kpi, high.value), at(high.at));
  }
  return gaps.length === 0 ? text : `${text} ${gapsOf(gaps, now)}`;
}

function gapsOf(gaps: readonly Gap[], now: number): string {
  const say = words.value.chart;
  const longest = [...gaps].sort((one, other) => other.to - other.from - (one.to - one.from)).slice(0, GAPS_NAMED);
  const spans = longest.sort((one, other) => one.from - other.from).map((gap) => between(gap.from, gap.to, now));
  const rest = gaps.length - longest.length;
  return say.gaps(rest === 0 ? spans.join(", ") : `${spans.join(", ")} ${say.moreGaps(rest, number(rest))}`);
}
