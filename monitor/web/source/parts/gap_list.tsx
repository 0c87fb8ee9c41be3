// Gaps in coverage in words: a list for all, and one line for the area that is open.
import type { JSX } from "preact";
import { day, number, quantity } from "../format";
import { DAY_MS } from "../state/clock";
import { cellName, gaps } from "../state/gaps";
import { go } from "../state/place";
import { words } from "../words";
import type { Gap } from "../wire";

export function GapList(): JSX.Element | null {
  const say = words.value.gaps;
  const all = gaps.value;
  if (all.length === 0) return null;
  return (
    <details class="gaps">
      <summary>
        <span class="gap-mark" aria-hidden="true" />
        {say.title(all.length, number(all.length))}
      </summary>
      <ul>
        {all.map((gap) => (
          <li key={gap.cell}>
            <button type="button" class="link" onClick={() => go({ cell: gap.cell })}>
              {cellName(gap.cell)}
            </button>
            <span class="hint">{sentence(gap)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

export function GapLine({ cell }: { cell: string }): JSX.Element | null {
  const gap = gaps.value.find((one) => one.cell === cell);
  if (gap === undefined) return null;
  return (
    <p class="gap-line">
      <span class="gap-mark" aria-hidden="true" />
      {words.value.gaps.here(sentence(gap))}
    </p>
  );
}

/** Noon lies in the server's day whatever the zone of who looks, but for the farthest. */
function sentence(gap: Gap): string {
  const say = words.value.gaps;
  const parts = gap.kinds.map((kind) => {
    if (kind === "silent") return say.silent(day(Date.parse(gap.last_day) + DAY_MS / 2));
    if (kind === "weak") return say.weak(quantity("signal_dbm", gap.signal_dbm ?? 0));
    return say.unconnected(quantity("connected", gap.connected ?? 0));
  });
  return parts.join(say.then);
}
