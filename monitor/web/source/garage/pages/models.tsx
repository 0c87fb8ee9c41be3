// The models and how far to trust them: licence, figures, limits and data, as each model's card says.
import type { JSX } from "preact";
import { get } from "../../http";
import { language } from "../../state/preferences";
import { usePolled } from "../../state/using";
import { words } from "../../words";
import { isEmpty } from "../logic/cards";
import { CardTree } from "../parts/card_tree";
import type { Model } from "../wire";
import { garageWords, labelled } from "../words";

const RESEARCH = /research/i;

export function ModelsPage(): JSX.Element {
  const say = garageWords.value.models;
  const { value, error } = usePolled(() => get<{ items: Model[] }>("/v1/models"), 0, []);
  return (
    <>
      <header class="page-head">
        <h1>{say.title}</h1>
        <p>
          {say.lead} {language.value !== "en" && say.english}
        </p>
      </header>
      {value === null ? (
        error === null ? <div class="bone block" style={{ height: "240px" }} aria-busy="true" /> : <p class="notice-card">{words.value.common.failed}</p>
      ) : value.items.length === 0 ? (
        <p class="notice-card">{say.none}</p>
      ) : (
        value.items.map((model) => <ModelCard key={model.name} model={model} />)
      )}
    </>
  );
}

function ModelCard({ model }: { model: Model }): JSX.Element {
  const say = garageWords.value.models;
  const { code, weights, why } = model.licence;
  return (
    <section class="card model">
      <h2>
        {model.name} <small>{say.version(String(model.version))}</small>
      </h2>
      <p class={RESEARCH.test(weights) ? "research" : ""}>
        {RESEARCH.test(weights) && (
          <>
            <strong>{say.researchOnly}.</strong> {say.researchMore}{" "}
          </>
        )}
        <span lang="en">
          {labelled(say.weights, `${weights}, ${why}`)}
        </span>
      </p>
      <Part title={say.limits} value={model.limits} isOpen />
      <Part title={say.figures} value={model.metrics} isOpen />
      <Part title={say.data} value={model.data} />
      <p class="technical">
        {labelled(say.code, code)} · {labelled(say.file, "")}
        <code class="sha">{model.sha256}</code>
      </p>
    </section>
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
