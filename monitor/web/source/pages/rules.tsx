// What opens alerts: the rules of the shown provider, switched, changed and made here.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { duration, number } from "../format";
import { limitGiven } from "../logic/naming";
import { reasonOf } from "../logic/refusals";
import { ask, list } from "../http";
import { Pending } from "../parts/bone";
import { Confirmation } from "../parts/confirmation";
import { Dialog } from "../parts/dialog";
import { Icon, SeverityMark } from "../parts/icons";
import { ruleDraft } from "../parts/rule_draft";
import { RuleForm, newRule } from "../parts/rule_form";
import { toast } from "../parts/toasts";
import { cellName } from "../state/gaps";
import { provider } from "../state/providers";
import { usePolled } from "../state/using";
import { words } from "../words";
import type { Rule, RuleDraft } from "../wire";

type Editing = { id: Rule["id"] | null; draft: RuleDraft } | null;

export function RulesPage(): JSX.Element {
  const say = words.value;
  const slug = provider.value ?? "";
  const { value: rules, error, again } = usePolled(() => list<Rule>("/v1/rules", { provider: slug }), 30_000, [slug]);
  const [editing, setEditing] = useState<Editing>(null);
  const [removing, setRemoving] = useState<Rule | null>(null);
  useEffect(() => {
    const begun = ruleDraft.value;
    if (begun === null || ("rule" in begun && rules === null)) return;
    ruleDraft.value = null;
    if ("cell" in begun) {
      setEditing({ id: null, draft: { ...newRule(slug), kpi: begun.kpi, scope: { cell: begun.cell } } });
      return;
    }
    const wanted = rules?.find((rule) => rule.id === begun.rule);
    if (wanted === undefined) toast(say.rules.gone, null, true);
    else setEditing({ id: wanted.id, draft: wanted });
  }, [rules]);
  const saved = (): void => {
    setEditing(null);
    toast(say.rules.saved);
    again();
  };
  return (
    <section class="panel rules-page">
      <header class="panel-head">
        <div>
          <h1>{say.rules.title}</h1>
          <p class="hint">{say.rules.lead}</p>
        </div>
        <div class="panel-tools">
          <button type="button" class="primary" onClick={() => setEditing({ id: null, draft: newRule(slug) })}>
            <Icon name="plus" size={16} />
            {say.rules.add}
          </button>
        </div>
      </header>
      {rules === null ? (
        <Pending height={160} error={error} />
      ) : rules.length === 0 ? (
        <div class="empty">
          <p class="empty-main">{say.rules.none}</p>
          <p>{say.rules.noneMore}</p>
        </div>
      ) : (
        <ul class="rules">
          {rules.map((rule) => (
            <RuleRow key={String(rule.id)} rule={rule} onEdit={() => setEditing({ id: rule.id, draft: rule })} onRemove={() => setRemoving(rule)} onChanged={again} />
          ))}
        </ul>
      )}
      {editing !== null && (
        <Dialog title={editing.id === null ? say.rules.add : say.rules.editTitle} onClose={() => setEditing(null)} wide>
          <RuleForm id={editing.id} draft={editing.draft} onDone={saved} onCancel={() => setEditing(null)} />
        </Dialog>
      )}
      {removing !== null && (
        <Confirmation title={say.rules.remove} deed={say.rules.remove} done={say.rules.removed} onConfirm={() => remove(removing).finally(again)} onClose={() => setRemoving(null)}>
          <p>
            <strong>{ruleName(removing)}</strong>
          </p>
          <p>{say.rules.removeAsk}</p>
        </Confirmation>
      )}
    </section>
  );
}

interface RuleRowProps {
  rule: Rule;
  onEdit(): void;
  onRemove(): void;
  onChanged(): void;
}

function RuleRow({ rule, onEdit, onRemove, onChanged }: RuleRowProps): JSX.Element {
  const say = words.value;
  const name = ruleName(rule);
  const change = (enabled: boolean): void => {
    ask("PATCH", `/v1/rules/${encodeURIComponent(String(rule.id))}`, { enabled }).then(() => {
      toast(say.rules.switched(enabled));
      onChanged();
    }, fail);
  };
  return (
    <li class={rule.enabled ? "rule" : "rule off"}>
      <SeverityMark severity={rule.severity} size={22} label={say.severities[rule.severity]} />
      <div class="rule-body">
        <p class="rule-name">{name}</p>
        <p class="hint">{detailOf(rule)}</p>
      </div>
      <label class="switch">
        <input type="checkbox" role="switch" checked={rule.enabled} onChange={(event) => change(event.currentTarget.checked)} />
        <span class="unseen">{say.rules.toggle(name)}</span>
      </label>
      <button type="button" class="quiet square" aria-label={`${say.rules.edit}: ${name}`} title={say.rules.edit} onClick={onEdit}>
        <Icon name="edit" />
      </button>
      <button type="button" class="quiet square" aria-label={`${say.rules.remove}: ${name}`} title={say.rules.remove} onClick={onRemove}>
        <Icon name="bin" />
      </button>
    </li>
  );
}

function ruleName(rule: RuleDraft): string {
  return rule.name == null || rule.name === "" ? conditionOf(rule) : rule.name;
}

function conditionOf(rule: RuleDraft): string {
  const say = words.value;
  const what = `${say.kpis[rule.kpi]} (${say.statistics[rule.statistic]})`;
  return say.rules.sentence(what, rule.comparison === "above" ? say.rules.above : say.rules.below, limitGiven(rule, rule.threshold));
}

function detailOf(rule: RuleDraft): string {
  const say = words.value;
  const cell = rule.scope.cell ?? null;
  return [
    rule.name == null || rule.name === "" ? null : conditionOf(rule),
    cell === null ? say.common.wholeNetwork : cellName(cell),
    rule.scope.generation ?? null,
    say.rules.windowed(duration(rule.window_s * 1_000)),
    rule.for_s === 0 ? say.rules.atOnce : say.rules.lasted(duration(rule.for_s * 1_000)),
    `n ≥ ${number(rule.min_samples)}`,
  ]
    .filter((part) => part !== null)
    .join(" · ");
}

async function remove(rule: Rule): Promise<void> {
  await ask("DELETE", `/v1/rules/${encodeURIComponent(String(rule.id))}`);
}

function fail(error: unknown): void {
  toast(words.peek().common.didNotWork(reasonOf(error)), null, true);
}
