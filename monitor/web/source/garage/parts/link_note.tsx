// Says when there is no link, and that nothing is lost by it; silent while all is well.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { link } from "../../stream/link";
import { garageWords } from "../words";

/** A short loss mends itself before anybody could read of it. */
const TELL_AFTER_MS = 2_500;

export function LinkNote(): JSX.Element {
  const say = garageWords.value.link;
  const kind = link.state.value.kind;
  const isAway = kind === "waiting" || kind === "closed" || kind === "connecting";
  const [isTold, setTold] = useState(false);
  useEffect(() => {
    if (!isAway) setTold(false);
    const timer = isAway ? window.setTimeout(() => setTold(true), TELL_AFTER_MS) : 0;
    return () => clearTimeout(timer);
  }, [isAway]);
  return (
    <div role="status" aria-live="polite">
      {isTold && (
        <p class="link-note">
          <Icon name="offline" size={16} />
          <span>{say.away}</span>
          {kind !== "connecting" && (
            <button type="button" class="link" onClick={link.retryNow}>
              {say.retry}
            </button>
          )}
        </p>
      )}
    </div>
  );
}
