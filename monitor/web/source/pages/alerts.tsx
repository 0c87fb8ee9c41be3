// Every alert of the chosen time, open and past, with filters that say how to lift themselves.
import type { JSX } from "preact";
import { number } from "../format";
import { alertsAsCsv } from "../logic/csv";
import { MOST_LINES, Quiet } from "../parts/alert_list";
import { AlertRow } from "../parts/alert_row";
import { Bone } from "../parts/bone";
import { Choice } from "../parts/choice";
import { SeverityMark } from "../parts/icons";
import { PanelMenu } from "../parts/panel_menu";
import { byAttention } from "../logic/severities";
import { alerts } from "../state/alerts";
import { present } from "../state/clock";
import { alertsReading, openReading, useAlertHistory } from "../state/histories";
import { go, place, span } from "../state/place";
import { provider } from "../state/providers";
import { words } from "../words";
import { SEVERITIES, type Alert, type Severity } from "../wire";

export function AlertsPage(): JSX.Element {
  const say = words.value;
  const { alerts: which, severity } = place.value;
  const { from, to } = span.value;
  const read = useAlertHistory(from, to, null);
  const open = (alerts.shown.value ?? []).filter((alert) => alert.state !== "cleared");
  const all = which === "open" ? [...open].sort(byAttention(present.value)) : newestEnd(read.items.filter((alert) => alert.state === "cleared"));
  const rows = severity === null ? all : all.filter((alert) => alert.severity === severity);
  const histories = new Map(read.items.map((alert) => [String(alert.id), alert.history ?? null]));
  const isLoading = which === "open" ? alerts.shown.value === null : read.isLoading;
  return (
    <section class="panel alerts-page">
      <header class="panel-head">
        <h1>{say.alerts.title}</h1>
        <Choice
          label={say.alerts.state}
          options={[
            { value: "open", label: `${say.alerts.open} (${number(open.length)})` },
            { value: "cleared", label: say.alerts.cleared },
          ]}
          chosen={which}
          onChoose={(chosen) => go({ alerts: chosen as "open" | "cleared" })}
        />
        <SeverityFilter chosen={severity} />
        <div class="panel-tools">
          <PanelMenu
            title={say.alerts.title}
            reading={which === "open" ? openReading(provider.value) : alertsReading(provider.value, from, to, which)}
            table={rows.length === 0 ? null : () => alertsAsCsv(rows)}
          />
        </div>
      </header>
      {isLoading ? (
        <Bone height={160} />
      ) : rows.length === 0 ? (
        all.length === 0 && which === "open" ? <Quiet /> : <Nothing all={all} severity={severity} />
      ) : (
        <ul class="alerts roomy" aria-label={say.alerts.listLabel}>
          {rows.map((alert, index) => (
            <AlertRow key={String(alert.id)} alert={alert} history={histories.get(String(alert.id)) ?? null} hasLine={index < MOST_LINES} />
          ))}
        </ul>
      )}
    </section>
  );
}

function newestEnd(items: readonly Alert[]): Alert[] {
  return [...items].sort((one, other) => Date.parse(other.cleared_at ?? other.changed_at) - Date.parse(one.cleared_at ?? one.changed_at));
}

function SeverityFilter({ chosen }: { chosen: Severity | null }): JSX.Element {
  const say = words.value;
  const options = [
    { value: "all", label: <>{say.common.all}</> },
    ...SEVERITIES.map((severity) => ({
      value: severity as string,
      label: (
        <>
          <SeverityMark severity={severity} size={16} /> {say.severities[severity]}
        </>
      ),
    })),
  ];
  return (
    <Choice
      label={say.alerts.severity}
      options={options}
      chosen={chosen ?? "all"}
      onChoose={(value) => go({ severity: value === "all" ? null : (value as Severity) })}
    />
  );
}

function Nothing({ all, severity }: { all: readonly Alert[]; severity: Severity | null }): JSX.Element {
  const say = words.value;
  return (
    <div class="empty">
      <p class="empty-main">{say.alerts.none}</p>
      {severity !== null && all.length > 0 && (
        <button type="button" onClick={() => go({ severity: null })}>
          {say.alerts.dropFilter(say.severities[severity])}
        </button>
      )}
    </div>
  );
}
