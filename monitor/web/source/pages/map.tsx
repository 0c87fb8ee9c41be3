// The map with the whole page to itself, and the list of areas beside it.
import type { JSX } from "preact";
import { AreaList } from "../parts/area_list";
import { Bone } from "../parts/bone";
import { MapPanel } from "../parts/map_panel";
import { areas } from "../state/areas";
import { words } from "../words";

export function MapPage(): JSX.Element {
  const say = words.value;
  return (
    <>
      <h1 class="unseen">{say.pages.map}</h1>
      <MapPanel isWholePage />
      <section class="panel area-panel" aria-label={say.common.list}>
        {areas.value === null ? <Bone height="full" /> : <AreaList areas={areas.value} />}
      </section>
    </>
  );
}
