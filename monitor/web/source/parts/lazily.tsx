// Fetches a heavy part of the console only when it is first shown, and says so if it does not come.
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { words } from "../words";
import { Splash } from "./splash";

export function lazily<Props extends object>(load: () => Promise<ComponentType<Props>>, height: string | "page"): ComponentType<Props> {
  let kept: ComponentType<Props> | null = null;
  return function Lazy(props: Props): JSX.Element {
    const [Part, setPart] = useState<{ of: ComponentType<Props> } | null>(kept === null ? null : { of: kept });
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
    }, []);
    if (Part !== null) return <Part.of {...props} />;
    if (!isFailed && height === "page") return <Splash />;
    if (!isFailed) return <div class="bone block" style={{ height }} aria-busy="true" />;
    return (
      <div class="empty">
        <p>{words.value.common.failed}</p>
        {/* A part that does not come mostly belongs to a page older than the server: the whole page is asked for anew. */}
        <button type="button" onClick={() => location.reload()}>
          {words.value.common.retry}
        </button>
      </div>
    );
  };
}
