// The open alerts, the most pressing first, which never move under a pointer or a finger.
import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import { duration, number } from "../format";
import { alertsAsCsv } from "../logic/csv";
import { gather } from "../logic/incidents";
import { byAttention } from "../logic/severities";
import { alerts } from "../state/alerts";
import { present, presentMinute } from "../state/clock";
import { folds } from "../state/folds";
import { overview } from "../state/following";
import { openReading } from "../state/histories";
import { provider } from "../state/providers";
import { words } from "../words";
import type { Alert } from "../wire";
import { FoldButton } from "./fold_button";
import { IncidentRows } from "./incident_rows";
import { PanelMenu } from "./panel_menu";

/** Each small line is a question to the server; after an outage of everything the first rows must do. */
export const MOST_LINES = 12;

export function AlertList(): JSX.Element {
  const say = words.value;
  const all = alerts.shown.value;
  const { rows, fresh, hold, release, show } = useSteadyOrder(all ?? []);
  const isFolded = folds.alerts.value === "yes";
  return (
    <section class={isFolded ? "panel alert-panel folded" : "panel alert-panel"} aria-label={say.alerts.title} onPointerEnter={hold} onPointerLeave={release} onFocusIn={hold} onFocusOut={release}>
      <header class="panel-head">
        <h2>{say.alerts.title}</h2>
        {rows.length > 0 && <span class="panel-count">{number(rows.length)}</span>}
        {fresh > 0 && (
          <button type="button" class="small primary" onClick={show}>
            {say.alerts.newOnes(fresh, number(fresh))}
          </button>
        )}
        <div class="panel-tools">
          {!isFolded && (
            <PanelMenu
              title={say.alerts.title}
              reading={openReading(provider.value)}
              table={rows.length === 0 ? null : () => alertsAsCsv(rows)}
            />
          )}
          <FoldButton panel="alerts" title={say.alerts.title} />
        </div>
      </header>
      {isFolded ? null : all === null ? <Bones /> : rows.length === 0 ? <Quiet /> : (
        <ul class={folds.map.value === "yes" ? "alerts roomy" : "alerts"} aria-label={say.alerts.listLabel}>
          {gather(rows).map((incident, index) => (
            <IncidentRows key={String(incident.lead.id)} incident={incident} hasLine={index < MOST_LINES} />
          ))}
        </ul>
      )}
    </section>
  );
}

interface Steady {
  rows: Alert[];
  /** alerts that wait outside the list until it may move */
  fresh: number;
  hold(): void;
  release(event: PointerEvent | FocusEvent): void;
  show(): void;
}

/** While somebody points at the list or is in it, rows keep their places and new ones wait to be let in. */
function useSteadyOrder(all: readonly Alert[]): Steady {
  const [isHeld, setHeld] = useState(false);
  const order = useRef<string[]>([]);
  const [shows, setShows] = useState(0);
  const sorted = useMemo(() => [...all].sort(byAttention(present.peek())), [all, presentMinute.value]);
  const asked = useRef(shows);
  if (!isHeld || asked.current !== shows) order.current = sorted.map((alert) => String(alert.id));
  asked.current = shows;
  const byId = new Map(sorted.map((alert) => [String(alert.id), alert]));
  const rows = order.current.flatMap((id) => byId.get(id) ?? []);
  return {
    rows,
    fresh: sorted.length - rows.length,
    hold: () => setHeld(true),
    release: (event) => {
      const next = event instanceof FocusEvent ? event.relatedTarget : document.activeElement;
      const box = event.currentTarget;
      if (box instanceof HTMLElement && (box.matches(":hover") || (next instanceof Node && box.contains(next)))) return;
      setHeld(false);
    },
    show: () => setShows(shows + 1),
  };
}

/** Nothing is wrong: since when, and that somebody watches. */
export function Quiet(): JSX.Element {
  const say = words.value;
  const known = overview.value;
  const last = known?.last_alert_at ?? null;
  return (
    <div class="empty">
      <p class="empty-main">{last === null ? say.alerts.quietUnknown : say.alerts.quiet(duration(Math.max(0, present.value - Date.parse(last))))}</p>
      {known !== null && (
        <p>{say.verdict.watching(known.rules, number(known.rules), known.areas, number(known.areas))}</p>
      )}
    </div>
  );
}

function Bones(): JSX.Element {
  return (
    <div class="alerts" aria-busy="true">
      {[0, 1, 2].map((row) => (
        <div key={row} class="alert">
          <span class="bone round" />
          <div class="alert-body">
            <span class="bone wide" />
            <span class="bone" />
          </div>
        </div>
      ))}
    </div>
  );
}
