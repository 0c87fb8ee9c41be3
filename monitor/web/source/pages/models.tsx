// The models as products: version, licences, figures, limits and data as each card says, and how its answers turned out.
import type { JSX } from "preact";
import "../styles/models.css";
import { get, list } from "../http";
import { isEmpty } from "../logic/cards";
import { Pending } from "../parts/bone";
import { CardTree } from "../parts/card_tree";
import { ModelWeeks } from "../parts/model_weeks";
import { language } from "../state/preferences";
import { mayTrackModels } from "../state/providers";
import { usePolled } from "../state/using";
import { words } from "../words";
import type { Listing, Model, ModelWeek } from "../wire";

const RESEARCH = /research/i;
const WEEKS = 12;

export function ModelsPage(): JSX.Element {
  const say = words.value.models;
  const { value, error } = usePolled(() => get<Listing<Model>>("/v1/models"), 0, []);
  return (
    <>
      <header class="page-head">
        <h1>{say.title}</h1>
        <p>
          {say.lead} {language.value !== "en" && say.english}
        </p>
      </header>
      {value === null ? (
        <Pending height={240} error={error} />
      ) : value.items.length === 0 ? (
        <p class="notice-card">{say.none}</p>
      ) : mayTrackModels.value ? (
        <Tracked models={value.items} />
      ) : (
        value.items.map((model) => <ModelCard key={model.name} model={model} />)
      )}
    </>
  );
}

function Tracked({ models }: { models: readonly Model[] }): JSX.Element {
  const { value, error } = usePolled(() => list<ModelWeek>("/v1/models/weeks", { weeks: WEEKS }), 0, []);
  return (
    <>
      {models.map((model) => (
        <ModelCard key={model.name} model={model}>
          {value === null ? <Pending height={120} error={error} /> : <ModelWeeks weeks={value.filter((week) => week.name === model.name)} />}
        </ModelCard>
      ))}
    </>
  );
}

function ModelCard({ model, children }: { model: Model; children?: JSX.Element }): JSX.Element {
  const say = words.value.models;
  const { code, weights, why } = model.licence;
  const isForResearch = RESEARCH.test(weights);
  return (
    <section class="card model" aria-label={model.name}>
      <h2>
        {model.name} <small>{say.version(String(model.version))}</small>
        {isForResearch && <span class="research-mark">{say.researchOnly}</span>}
      </h2>
      {isForResearch && <p class="research">{say.researchMore}</p>}
      <dl class="tree">
        <Fact name={say.weights} value={why === "" ? weights : `${weights}: ${why}`} />
        <Fact name={say.code} value={code} />
        <Fact name={say.file} value={<code class="sha">{model.sha256}</code>} />
      </dl>
      {children}
      <Part title={say.limits} value={model.limits} isOpen />
      <Part title={say.figures} value={model.metrics} />
      <Part title={say.data} value={model.data} />
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string | JSX.Element }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd lang="en">{value}</dd>
    </div>
  );
}

function Part({ title, value, isOpen = false }: { title: string; value: unknown; isOpen?: boolean }): JSX.Element | null {
  if (isEmpty(value)) return null;
  return (
    <details class="model-part" open={isOpen}>
      <summary>{title}</summary>
      <div lang="en">
        <CardTree value={value} />
      </div>
    </details>
  );
}
