// Makes or changes one rule; what the server refuses is said beside the field that it names.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, Refused } from "../http";
import { measures } from "../logic/measures";
import { areaNames, areas } from "../state/areas";
import { words } from "../words";
import { GENERATIONS, KPIS, SEVERITIES, STATISTICS, type Kpi, type Rule, type RuleDraft, type RuleScope, type Severity, type Statistic } from "../wire";

export function newRule(provider: string): RuleDraft {
  return {
    provider,
    kpi: "latency_ms",
    statistic: "p95",
    comparison: "above",
    threshold: 500,
    scope: {},
    window_s: 300,
    for_s: 60,
    keep_firing_for_s: 120,
    min_samples: 20,
    severity: "major",
    enabled: true,
  };
}

interface RuleFormProps {
  id: Rule["id"] | null;
  draft: RuleDraft;
  onDone(): void;
  onCancel(): void;
}

export function RuleForm({ id, draft, onDone, onCancel }: RuleFormProps): JSX.Element {
  const say = words.value;
  const [rule, setRule] = useState<RuleDraft>(draft);
  const [faults, setFaults] = useState<Record<string, string>>({});
  const change = (part: Partial<RuleDraft>): void => setRule((before) => ({ ...before, ...part }));
  const scope = (part: RuleScope): void => change({ scope: { ...rule.scope, ...part } });
  /** What a rule measures stays for its life, since its open alerts are about that. */
  const isFixed = id !== null;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await (id === null ? ask("POST", "/v1/rules", bodyOf(rule)) : ask("PATCH", `/v1/rules/${encodeURIComponent(String(id))}`, changesOf(draft, rule)));
      onDone();
    } catch (error) {
      setFaults(faultsOf(error));
    }
  };
  const numeric = (name: NumberField, unit: string, step: string): JSX.Element => (
    <span class="with-unit">
      <input
        type="number"
        required
        step={step}
        min={name === "threshold" ? undefined : "0"}
        aria-invalid={faults[name] !== undefined}
        value={shown(rule, name)}
        onInput={(event) => change({ [name]: kept(rule, name, event.currentTarget.valueAsNumber) })}
      />
      <span>{unit}</span>
    </span>
  );
  return (
    <form class="rule-form" onSubmit={(event) => void submit(event)}>
      {faults[""] !== undefined && (
        <p class="field-error" role="alert">
          {faults[""]}
        </p>
      )}
      {isFixed && <p class="hint wide">{say.rules.fixed}</p>}
      <Field name={say.rules.name} fault={faults["name"]} isWide>
        <input type="text" maxLength={128} value={rule.name ?? ""} onInput={(event) => change({ name: event.currentTarget.value || null })} />
      </Field>
      <Field name={say.rules.kpi} fault={faults["kpi"]}>
        <select value={rule.kpi} disabled={isFixed} onChange={(event) => change(sideOf(event.currentTarget.value as Kpi))}>
          {KPIS.map((kpi) => (
            <option key={kpi} value={kpi}>
              {say.kpis[kpi]}
            </option>
          ))}
        </select>
      </Field>
      <Field name={say.rules.statistic} fault={faults["statistic"]}>
        <select value={rule.statistic} disabled={isFixed} onChange={(event) => change({ statistic: event.currentTarget.value as Statistic })}>
          {STATISTICS.map((statistic) => (
            <option key={statistic} value={statistic}>
              {say.statistics[statistic]}
            </option>
          ))}
        </select>
      </Field>
      <Field name={say.rules.comparison} fault={faults["comparison"]}>
        <select value={rule.comparison} disabled={isFixed} onChange={(event) => change({ comparison: event.currentTarget.value as "above" | "below" })}>
          <option value="above">{say.rules.above}</option>
          <option value="below">{say.rules.below}</option>
        </select>
      </Field>
      <Field name={say.rules.threshold} fault={faults["threshold"]}>
        {numeric("threshold", unitOf(rule), "any")}
      </Field>
      <Field name={say.rules.where} fault={faults["scope.cell"]}>
        <select value={rule.scope.cell ?? ""} disabled={isFixed} onChange={(event) => scope({ cell: event.currentTarget.value || null })}>
          <option value="">{say.common.wholeNetwork}</option>
          {(areas.value ?? []).map((area) => (
            <option key={area.cell} value={area.cell}>
              {areaNames.value.get(area.cell)}
            </option>
          ))}
        </select>
      </Field>
      <Field name={say.rules.technology} fault={faults["scope.generation"]}>
        <select value={rule.scope.generation ?? ""} disabled={isFixed} onChange={(event) => scope({ generation: event.currentTarget.value || null })}>
          <option value="">{say.common.all}</option>
          {GENERATIONS.map((generation) => (
            <option key={generation}>{generation}</option>
          ))}
        </select>
      </Field>
      <Field name={say.rules.window} fault={faults["window_s"]}>
        {numeric("window_s", say.rules.minutes, "1")}
      </Field>
      <Field name={say.rules.lasting} fault={faults["for_s"]}>
        {numeric("for_s", say.rules.seconds, "1")}
      </Field>
      <Field name={say.rules.keep} fault={faults["keep_firing_for_s"]}>
        {numeric("keep_firing_for_s", say.rules.seconds, "1")}
      </Field>
      <Field name={say.rules.minSamples} fault={faults["min_samples"]}>
        {numeric("min_samples", say.rules.minSamplesUnit, "1")}
      </Field>
      <Field name={say.rules.severity} fault={faults["severity"]}>
        <select value={rule.severity} onChange={(event) => change({ severity: event.currentTarget.value as Severity })}>
          {SEVERITIES.map((severity) => (
            <option key={severity} value={severity}>
              {say.severities[severity]}
            </option>
          ))}
        </select>
      </Field>
      <div class="dialog-foot">
        <button type="button" onClick={onCancel}>
          {say.common.cancel}
        </button>
        <button type="submit" class="primary">
          {say.common.save}
        </button>
      </div>
    </form>
  );
}

interface FieldProps {
  name: string;
  fault: string | undefined;
  isWide?: boolean;
  children: ComponentChildren;
}

function Field({ name, fault, isWide = false, children }: FieldProps): JSX.Element {
  return (
    <label class={isWide ? "field wide" : "field"}>
      <span>{name}</span>
      {children}
      {fault !== undefined && <span class="field-error">{fault}</span>}
    </label>
  );
}

type NumberField = "threshold" | "window_s" | "for_s" | "keep_firing_for_s" | "min_samples";

/** What a field shows of what a rule keeps: minutes of seconds, per cent of a share. */
function factorOf(rule: RuleDraft, name: NumberField): number {
  if (name === "window_s") return 1 / 60;
  if (name !== "threshold" || rule.statistic === "count") return 1;
  return rule.statistic === "share_connected" ? 100 : measures[rule.kpi].scale;
}

function shown(rule: RuleDraft, name: NumberField): number | string {
  return Number.isNaN(rule[name]) ? "" : Number((rule[name] * factorOf(rule, name)).toFixed(6));
}

function kept(rule: RuleDraft, name: NumberField, value: number): number {
  return Number((value / factorOf(rule, name)).toFixed(9));
}

function unitOf(rule: RuleDraft): string {
  if (rule.statistic === "count") return words.value.rules.minSamplesUnit;
  return rule.statistic === "share_connected" ? "%" : measures[rule.kpi].unit;
}

/** Another measure lies in trouble on its own side. */
function sideOf(kpi: Kpi): Partial<RuleDraft> {
  return { kpi, comparison: measures[kpi].worse };
}

/** The members that a rule is made of, without what the server adds to one that it keeps. */
function bodyOf(rule: RuleDraft): RuleDraft {
  const { provider, name = null, kpi, statistic, comparison, threshold, scope, window_s, for_s, keep_firing_for_s, min_samples, severity, enabled } = rule;
  return { provider, name, kpi, statistic, comparison, threshold, scope, window_s, for_s, keep_firing_for_s, min_samples, severity, enabled };
}

/** Only what differs, so that a change by somebody else to another field is not undone. */
function changesOf(before: RuleDraft, after: RuleDraft): Partial<RuleDraft> {
  const [old, now] = [bodyOf(before), bodyOf(after)];
  const names = Object.keys(now) as (keyof RuleDraft)[];
  return Object.fromEntries(names.filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name])).map((name) => [name, now[name]]));
}

function faultsOf(error: unknown): Record<string, string> {
  if (!(error instanceof Refused)) return { "": words.peek().common.unreachable };
  const named = (error.problem.errors ?? []).map(({ path, reason }) => [path.split(".rules.").at(-1) ?? path, reason]);
  return { "": error.message, ...Object.fromEntries(named) };
}
