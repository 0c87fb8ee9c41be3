// The models and how far to trust them: licence, figures, limits and data, as each model's card says.
import type { JSX } from "preact";
import { plainNumber } from "../../format";
import { get } from "../../http";
import { language } from "../../state/preferences";
import { usePolled } from "../../state/using";
import { words } from "../../words";
import type { Model } from "../wire";
import { garageWords } from "../words";

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
      {RESEARCH.test(weights) && (
        <p class="research">
          <strong>{say.researchOnly}.</strong> {say.researchMore}
        </p>
      )}
      <dl class="facts">
        <div>
          <dt>{say.weights}</dt>
          <dd lang="en">
            {weights}. {say.why}: {why}
          </dd>
        </div>
        <div>
          <dt>{say.code}</dt>
          <dd lang="en">{code}</dd>
        </div>
        <div>
          <dt>{say.file}</dt>
          <dd>
            <code class="sha">{model.sha256}</code>
          </dd>
        </div>
      </dl>
      <Part title={say.limits} value={model.limits} isOpen />
      <Part title={say.figures} value={model.metrics} />
      <Part title={say.data} value={model.data} />
    </section>
  );
}

function Part({ title, value, isOpen = false }: { title: string; value: unknown; isOpen?: boolean }): JSX.Element | null {
  if (isEmpty(value)) return null;
  return (
    <details class="model-part" open={isOpen}>
      <summary>{title}</summary>
      <div lang="en">
        <Value value={value} />
      </div>
    </details>
  );
}

/** A card is a tree of words and numbers whose shape each model decides. */
function Value({ value }: { value: unknown }): JSX.Element {
  if (Array.isArray(value)) {
    if (value.every((one) => typeof one === "number")) return <span>{value.map((one) => plainNumber(one)).join(" – ")}</span>;
    return (
      <ul class="notes">
        {value.map((one, index) => (
          <li key={index}>
            <Value value={one} />
          </li>
        ))}
      </ul>
    );
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, one]) => !isEmpty(one));
    const [only] = entries;
    if (entries.length === 1 && only !== undefined && Array.isArray(only[1])) return <Value value={only[1]} />;
    return (
      <dl class="tree">
        {entries.map(([name, one]) => (
          <div key={name}>
            <dt>{name.replaceAll("_", " ")}</dt>
            <dd>
              <Value value={one} />
            </dd>
          </div>
        ))}
      </dl>
    );
  }
  return <span>{typeof value === "number" ? plainNumber(value) : String(value)}</span>;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
}
