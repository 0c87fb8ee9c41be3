// One number that matters, with its change, its small line and how many measurements stand behind it.
import type { ComponentChildren, JSX } from "preact";
import { change, number } from "../format";
import { TOO_FEW } from "../logic/measures";
import { words } from "../words";

interface TileProps {
  name: string;
  hint?: string;
  /** the shown number with its unit apart, null while nothing is known */
  figure: string | null;
  unit?: string;
  /** a second number of the same matter, such as the 95th percentile beside the median */
  second?: { name: string; figure: string } | null;
  /** relative change against the same time last week; `isWorse` says which way it lies */
  delta?: { ratio: number; isWorse: boolean } | null;
  samples?: number | null;
  least?: number;
  isLoading: boolean;
  note?: string | null;
  children?: ComponentChildren;
}

/** A change smaller than this is noise and gets no colour. */
const NOISE = 0.03;

export function Tile(props: TileProps): JSX.Element {
  const { name, hint, figure, unit, second, delta, samples, least = TOO_FEW, isLoading, note, children } = props;
  const say = words.value;
  const isFew = figure !== null && samples != null && samples < least;
  if (isLoading) return <TileSkeleton name={name} />;
  return (
    <article class={isFew ? "tile few" : "tile"} title={hint}>
      <h2 class="tile-name">{name}</h2>
      {figure === null ? (
        <p class="tile-figure none">{say.common.noData}</p>
      ) : (
        <p class="tile-figure">
          <span class="figure">{figure}</span>
          {unit !== undefined && <span class="unit">{unit}</span>}
          {second != null && (
            <span class="second">
              <span class="second-name">{second.name}</span> {second.figure}
            </span>
          )}
        </p>
      )}
      <div class="tile-line">{children}</div>
      <p class="tile-foot">
        {isFew ? <span>{say.common.tooFew(number(samples))}</span> : <Foot samples={samples} note={note} />}
        {delta != null && !isFew && (
          <span class={Math.abs(delta.ratio) < NOISE ? "delta" : delta.isWorse ? "delta worse" : "delta better"}>
            {say.tiles.lastWeek(change(delta.ratio))}
          </span>
        )}
      </p>
    </article>
  );
}

function Foot({ samples, note }: { samples: number | null | undefined; note: string | null | undefined }): JSX.Element {
  const text = note ?? (samples == null || samples === 0 ? "" : words.value.common.sampleCount(number(samples)));
  return <span>{text}</span>;
}

function TileSkeleton({ name }: { name: string }): JSX.Element {
  return (
    <article class="tile" aria-busy="true">
      <h2 class="tile-name">{name}</h2>
      <p class="tile-figure">
        <span class="bone wide" />
      </p>
      <div class="tile-line">
        <span class="bone line" />
      </div>
      <p class="tile-foot">
        <span class="bone" />
      </p>
    </article>
  );
}
