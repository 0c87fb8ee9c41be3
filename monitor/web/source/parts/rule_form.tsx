// Makes or changes one rule; what the server refuses is said beside the field that it names.
import type { ComponentChildren, JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { ask, Refused } from "../http";
import { faultSaid } from "../logic/naming";
import { measures } from "../logic/measures";
import { reasonOf } from "../logic/refusals";
import { areaNames, areas } from "../state/areas";
import { words } from "../words";
import { GENERATIONS, KPIS, SEVERITIES, STATISTICS, type Kpi, type Rule, type RuleDraft, type RuleScope } from "../wire";

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
  const [faults, setFaults] = useState<Faults>({});
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const change = (part: Partial<RuleDraft>): void => setRule((before) => ({ ...before, ...part }));
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await save(id, draft, rule);
      onDone();
    } catch (error) {
      setFaults(faultsOf(error));
      setBusy(false);
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
    }
  };
  const fields = { rule, faults, change };
  return (
    <form ref={form} class="rule-form" onSubmit={(event) => void submit(event)}>
      {faults[""] !== undefined && (
        <p class="field-error" role="alert">
          {faults[""]}
        </p>
      )}
      {id !== null && <p class="hint wide">{say.rules.fixed}</p>}
      <Field name={say.rules.name} fault={faults["name"]} isWide>
        <input type="text" maxLength={128} value={rule.name ?? ""} onInput={(event) => change({ name: event.currentTarget.value || null })} />
      </Field>
      {/* What a rule measures stays for its life, since its open alerts are about that. */}
      <MeasuredFields {...fields} isFixed={id !== null} />
      <Field name={say.rules.threshold} fault={faults["threshold"]}>
        <NumberInput {...fields} name="threshold" unit={unitOf(rule)} step="any" />
      </Field>
      <PlaceFields {...fields} isFixed={id !== null} />
      <Field name={say.rules.window} fault={faults["window_s"]}>
        <NumberInput {...fields} name="window_s" unit={say.rules.minutes} />
      </Field>
      <Field name={say.rules.lasting} fault={faults["for_s"]}>
        <NumberInput {...fields} name="for_s" unit={say.rules.seconds} />
      </Field>
      <Field name={say.rules.keep} fault={faults["keep_firing_for_s"]}>
        <NumberInput {...fields} name="keep_firing_for_s" unit={say.rules.seconds} />
      </Field>
      <Field name={say.rules.minSamples} fault={faults["min_samples"]}>
        <NumberInput {...fields} name="min_samples" unit={say.rules.minSamplesUnit} />
      </Field>
      <Field name={say.rules.severity} fault={faults["severity"]}>
        <Options all={SEVERITIES} names={say.severities} chosen={rule.severity} onChoose={(severity) => change({ severity })} />
      </Field>
      <div class="dialog-foot">
        <button type="button" onClick={onCancel}>
          {say.common.cancel}
        </button>
        <button type="submit" class="primary" disabled={isBusy}>
          {say.common.save}
        </button>
      </div>
    </form>
  );
}

/** What is wrong, by field; "" for what belongs to none. */
type Faults = Record<string, string>;

interface FieldsProps {
  rule: RuleDraft;
  faults: Faults;
  change(part: Partial<RuleDraft>): void;
}

function MeasuredFields({ rule, faults, change, isFixed }: FieldsProps & { isFixed: boolean }): JSX.Element {
  const say = words.value;
  return (
    <>
      <Field name={say.rules.kpi} fault={faults["kpi"]}>
        <Options all={KPIS} names={say.kpis} chosen={rule.kpi} isFixed={isFixed} onChoose={(kpi) => change(sideOf(kpi))} />
      </Field>
      <Field name={say.rules.statistic} fault={faults["statistic"]}>
        <Options all={STATISTICS} names={say.statistics} chosen={rule.statistic} isFixed={isFixed} onChoose={(statistic) => change({ statistic })} />
      </Field>
      <Field name={say.rules.comparison} fault={faults["comparison"]}>
        <Options all={SIDES} names={say.rules} chosen={rule.comparison} isFixed={isFixed} onChoose={(comparison) => change({ comparison })} />
      </Field>
    </>
  );
}

const SIDES = ["above", "below"] as const;

function PlaceFields({ rule, faults, change, isFixed }: FieldsProps & { isFixed: boolean }): JSX.Element {
  const say = words.value;
  const scope = (part: RuleScope): void => change({ scope: { ...rule.scope, ...part } });
  return (
    <>
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
    </>
  );
}

interface OptionsProps<Value extends string> {
  all: readonly Value[];
  names: Record<Value, string>;
  chosen: Value;
  isFixed?: boolean;
  onChoose(value: Value): void;
}

function Options<Value extends string>({ all, names, chosen, isFixed = false, onChoose }: OptionsProps<Value>): JSX.Element {
  return (
    <select value={chosen} disabled={isFixed} onChange={(event) => onChoose(event.currentTarget.value as Value)}>
      {all.map((one) => (
        <option key={one} value={one}>
          {names[one]}
        </option>
      ))}
    </select>
  );
}

interface NumberInputProps extends FieldsProps {
  name: NumberField;
  unit: string;
  step?: "any" | "1";
}

function NumberInput({ rule, faults, change, name, unit, step = "1" }: NumberInputProps): JSX.Element {
  return (
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

async function save(id: Rule["id"] | null, before: RuleDraft, rule: RuleDraft): Promise<void> {
  if (id === null) await ask("POST", "/v1/rules", bodyOf(rule));
  else await ask("PATCH", `/v1/rules/${encodeURIComponent(String(id))}`, changesOf(before, rule));
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

function faultsOf(error: unknown): Faults {
  if (!(error instanceof Refused)) return { "": reasonOf(error) };
  const named = (error.problem.errors ?? []).map(({ path, reason }) => [path.split(".rules.").at(-1) ?? path, faultSaid(reason)]);
  // Of a new rule the one conflict is that there are as many as there may be.
  return { "": error.code === "conflict" ? words.peek().rules.most : reasonOf(error), ...Object.fromEntries(named) };
}
