// Fetches a heavy part of the console only when it is first shown, and says so if it does not come.
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { words } from "../words";

export function lazily<Props extends object>(load: () => Promise<ComponentType<Props>>, height: string): ComponentType<Props> {
  let kept: ComponentType<Props> | null = null;
  return function Lazy(props: Props): JSX.Element {
    const [Part, setPart] = useState<{ of: ComponentType<Props> } | null>(kept === null ? null : { of: kept });
    const [tries, setTries] = useState(0);
    const [isFailed, setFailed] = useState(false);
    useEffect(() => {
      if (kept !== null) return;
      load().then(
        (part) => {
          kept = part;
          setPart({ of: part });
        },
        () => setFailed(true),
      );
    }, [tries]);
    if (Part !== null) return <Part.of {...props} />;
    if (!isFailed) return <div class="bone block" style={{ height }} aria-busy="true" />;
    return (
      <div class="empty">
        <p>{words.value.common.failed}</p>
        <button
          type="button"
          onClick={() => {
            setFailed(false);
            setTries(tries + 1);
          }}
        >
          {words.value.common.retry}
        </button>
      </div>
    );
  };
}
