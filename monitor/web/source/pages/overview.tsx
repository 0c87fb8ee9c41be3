// The first page: the verdict, six numbers, where, what, and how it has been.
import type { JSX } from "preact";
import { AlertList } from "../parts/alert_list";
import { ChartPanel } from "../parts/chart_panel";
import { MapPanel } from "../parts/map_panel";
import { Tiles } from "../parts/tiles";
import { VerdictLine } from "../parts/verdict_line";
import { words } from "../words";

export function OverviewPage(): JSX.Element {
  return (
    <>
      <h1 class="unseen">{words.value.pages.overview}</h1>
      <VerdictLine />
      <Tiles />
      <MapPanel />
      <AlertList />
      <ChartPanel cell={null} where={words.value.common.wholeNetwork} />
    </>
  );
}
