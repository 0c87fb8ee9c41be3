// One alert in the list: what, where, since when, on what evidence, in whose hands, and what can be done about it.
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { duration, moment, number } from "../format";
import { headline, limitOf, shortName, valueOf, whereOf, worstOf } from "../logic/naming";
import { reasonOf } from "../logic/refusals";
import { isSnoozed, isWholeNetwork } from "../logic/severities";
import { act } from "../state/alerts";
import { present } from "../state/clock";
import { go } from "../state/place";
import { words } from "../words";
import type { Alert, AlertHistory } from "../wire";
import { Refused } from "../http";
import { AlertLine } from "./alert_line";
import { History } from "./alert_history";
import { SeverityMark } from "./icons";
import { Menu } from "./menu";
import { ruleDraft } from "./rule_draft";
import { snoozeChoices } from "./snoozing";
import { useSwipe } from "./swiping";
import { toast } from "./toasts";

interface AlertRowProps {
  alert: Alert;
  /** an area's own drawer need not say where */
  hasPlace?: boolean;
  /** what has happened to it, for pages with room to tell */
  history?: AlertHistory[] | null;
  hasLine?: boolean;
}

export function AlertRow({ alert, hasPlace = true, history = null, hasLine = true }: AlertRowProps): JSX.Element {
  const say = words.value;
  const now = present.value;
  const snoozed = isSnoozed(alert, now);
  const isOver = alert.state === "cleared";
  const isCalm = snoozed || isOver || alert.acknowledged_by !== null;
  const box = useRef<HTMLLIElement>(null);
  const toRight = isOver || alert.acknowledged_by !== null ? null : () => void acknowledge(alert);
  const toLeft = isOver || snoozed ? null : () => box.current?.querySelector<HTMLElement>("button.snooze")?.click();
  const swipe = useSwipe(toRight, toLeft);
  return (
    <li
      ref={box}
      class={isCalm ? "alert calm" : `alert ${alert.severity}`}
      data-alert={String(alert.id)}
      data-right={say.alerts.acknowledge}
      data-left={say.alerts.snooze}
      tabIndex={-1}
      {...swipe}
    >
      <SeverityMark severity={alert.severity} size={22} label={say.severities[alert.severity]} />
      <div class="alert-body">
        <div>
          <p class="alert-what">
            <strong>{headline(alert)}</strong>
            <span class="alert-value">{isOver ? worstOf(alert, history ?? alert.history ?? []) : valueOf(alert)}</span>
          </p>
          <p class="alert-where">
            {hasPlace && <Place alert={alert} />}
            <span>{isOver ? endOf(alert, now) : sinceOf(alert)}</span>
          </p>
        </div>
        <div class="alert-proof">
          <p class="alert-evidence">{evidence(alert)}</p>
          {history !== null && history.length > 0 && <History alert={alert} steps={history} />}
        </div>
        <div class="alert-foot">
          <State alert={alert} />
          {!isOver && <Deeds alert={alert} />}
        </div>
      </div>
      {hasLine && <AlertLine alert={alert} />}
    </li>
  );
}

function Place({ alert }: { alert: Alert }): JSX.Element {
  const where = whereOf(alert);
  if (isWholeNetwork(alert)) return <span class="alert-place">{where}</span>;
  return (
    <button type="button" class="link alert-place" title={words.value.map.open(where)} onClick={() => go({ cell: alert.cell })}>
      {where}
    </button>
  );
}

function sinceOf(alert: Alert): string {
  const opened = Date.parse(alert.opened_at);
  return words.value.alerts.since(moment(opened, present.value), duration(Math.max(0, present.value - opened)));
}

function endOf(alert: Alert, now: number): string {
  const ended = Date.parse(alert.cleared_at ?? alert.changed_at);
  return `${words.value.alerts.clearedAt(moment(ended, now))} · ${duration(Math.max(0, ended - Date.parse(alert.opened_at)))}`;
}

function evidence(alert: Alert): string {
  const say = words.value;
  const parts = [
    alert.generation,
    limitOf(alert),
    say.alerts.devices(alert.devices, number(alert.devices)),
    say.common.sampleCount(number(alert.samples)),
    alert.flapping ? say.alerts.flapping : null,
    alert.certainty === "learning" ? say.alerts.learning : null,
    alert.rule_name === null || alert.rule_name === "" ? null : alert.rule_name,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

/** Whose hands an alert is in, in words; with several true, the one that matters most to the next person. */
export function State({ alert }: { alert: Alert }): JSX.Element {
  const say = words.value;
  const now = present.value;
  if (alert.state === "cleared") return <span class="state cleared">{say.states.cleared}</span>;
  if (isSnoozed(alert, now)) {
    return <span class="state snoozed">{say.alerts.snoozedTo(moment(Date.parse(alert.snoozed_until ?? ""), now))}</span>;
  }
  if (alert.acknowledged_by !== null) {
    return <span class="state acknowledged">{say.alerts.acknowledgedBy(shortName(alert.acknowledged_by))}</span>;
  }
  return <span class={`state ${alert.state}`}>{say.states[alert.state]}</span>;
}

function Deeds({ alert }: { alert: Alert }): JSX.Element {
  const say = words.value.alerts;
  const what = `${headline(alert)}, ${whereOf(alert)}`;
  const snoozed = isSnoozed(alert, present.value);
  return (
    <div class="deeds">
      {alert.acknowledged_by === null ? (
        <button type="button" class="small" data-deed="acknowledge" aria-label={`${say.acknowledge}: ${what}`} onClick={() => void acknowledge(alert)}>
          {say.acknowledge}
        </button>
      ) : (
        <button type="button" class="small quiet" aria-label={`${say.unacknowledge}: ${what}`} onClick={() => void attempt(act(alert.id, "unacknowledge"))}>
          {say.unacknowledge}
        </button>
      )}
      {snoozed ? (
        <button type="button" class="small quiet" aria-label={`${say.unsnooze}: ${what}`} onClick={() => void attempt(act(alert.id, "unsnooze"))}>
          {say.unsnooze}
        </button>
      ) : (
        <SnoozeMenu alert={alert} label={`${say.snooze}: ${what}`} />
      )}
    </div>
  );
}

/** For how long; and for what comes too often, the rule itself. */
function SnoozeMenu({ alert, label }: { alert: Alert; label: string }): JSX.Element {
  const say = words.value.alerts;
  const { rule } = alert;
  return (
    <Menu label={label} buttonClass="small quiet snooze" face={say.snooze}>
      {(close) => (
        <>
          {snoozeChoices().map((choice) => (
            <button
              key={choice.label}
              type="button"
              class="menu-item"
              onClick={() => {
                close();
                void snooze(alert, choice.until());
              }}
            >
              {choice.label}
            </button>
          ))}
          {rule !== null && (
            <button
              type="button"
              class="menu-item apart"
              onClick={() => {
                ruleDraft.value = { rule };
                go({ page: "rules", cell: null });
              }}
            >
              {say.quieter}
            </button>
          )}
        </>
      )}
    </Menu>
  );
}

export async function acknowledge(alert: Alert): Promise<void> {
  const say = words.value.alerts;
  const done = await attempt(act(alert.id, "acknowledge"));
  if (done) toast(say.didAcknowledge(headline(alert)), () => void attempt(act(alert.id, "unacknowledge")));
}

/** Takes all alerts of one trouble at once; those that could not be taken say why. */
export async function acknowledgeAll(all: readonly Alert[]): Promise<void> {
  const done = await Promise.all(all.map((alert) => attempt(act(alert.id, "acknowledge"))));
  const taken = all.filter((_, index) => done[index] === true);
  const takeBack = (): void => taken.forEach((alert) => void attempt(act(alert.id, "unacknowledge")));
  if (taken.length > 0) toast(words.value.alerts.didAcknowledgeAll(taken.length, number(taken.length)), takeBack);
}

export async function snooze(alert: Alert, until: number): Promise<void> {
  const say = words.value.alerts;
  const done = await attempt(act(alert.id, "snooze", until));
  const text = say.didSnooze(headline(alert), moment(until, Date.now()));
  if (done) toast(text, () => void attempt(act(alert.id, "unsnooze")));
}

/** Does it, or says why it did not happen. */
async function attempt(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    // What has cleared meanwhile is in nobody's hands any more.
    const why = error instanceof Refused && error.code === "conflict" ? words.value.alerts.isOver : reasonOf(error);
    toast(words.value.common.didNotWork(why), null, true);
    return false;
  }
}
