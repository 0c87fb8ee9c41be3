// A call tried for real: its parameters as fields, its example as the body, and the answer with all its headers.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { missingFor, tokenFor } from "./callers";
import { exampleOf, type Call, type Parameter, type Schema } from "./documents";
import { enlivened, freshId, HINTS } from "./live";
import { resolved } from "./schema";
import { Json, laidOut } from "./text";

interface Answered {
  status: number;
  text: string;
  headers: [string, string][];
  took: number;
}

export function Attempt({ call, known }: { call: Call; known: Record<string, Schema> }): JSX.Element {
  const shown = call.parameters.filter((parameter) => parameter.name !== "If-None-Match");
  const [given, setGiven] = useState(() => new Map(shown.map((each) => [each.name, beginning(each)])));
  const [body, setBody] = useState(() => bodyOf(call));
  const [isBusy, setBusy] = useState(false);
  const [answered, setAnswered] = useState<Answered | string | null>(null);
  const missing = missingFor(call);
  const live = Object.entries(exampleOf(call)?.live ?? {}).filter(([, kind]) => kind in HINTS);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      setAnswered(await made(call, given, body));
    } catch (error) {
      setAnswered(`No answer: ${error instanceof Error ? error.message : String(error)}`);
    }
    setBusy(false);
  };
  return (
    <form class="attempt" onSubmit={(event) => void send(event)}>
      {shown.map((parameter) => (
        <Field
          key={parameter.name}
          of={parameter}
          choices={resolved(parameter.schema, known).enum?.map(String)}
          value={given.get(parameter.name) ?? ""}
          onChange={(value) => setGiven(new Map(given).set(parameter.name, value))}
        />
      ))}
      {call.requestBody !== undefined && (
        <label class="body-field">
          <span>Body</span>
          <textarea rows={rowsFor(body)} spellcheck={false} value={body} onInput={(event) => setBody(event.currentTarget.value)} />
        </label>
      )}
      {live.map(([name, kind]) => (
        <p key={name} class="hint">
          <code>{name}</code>: {HINTS[kind]}
        </p>
      ))}
      <div class="attempt-bar">
        <button type="submit" class="primary" disabled={isBusy}>
          Send
        </button>
        {call.requestBody !== undefined && (
          <button type="button" class="quiet" onClick={() => setBody(bodyOf(call))}>
            Example again
          </button>
        )}
        {missing !== null && <span class="hint">{missing}</span>}
      </div>
      {answered !== null && <Result of={answered} />}
    </form>
  );
}

interface Asked {
  of: Parameter;
  choices: string[] | undefined;
  value: string;
  onChange(value: string): void;
}

function Field({ of, choices, value, onChange }: Asked): JSX.Element {
  return (
    <label class="attempt-field">
      <span>
        <code>{of.name}</code>
        {of.required === true && <span class="needed">required</span>}
      </span>
      {choices === undefined ? (
        <input type="text" autocomplete="off" spellcheck={false} required={of.required === true} placeholder={of.schema.format ?? of.schema.type} value={value} onInput={(event) => onChange(event.currentTarget.value)} />
      ) : (
        <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {of.required !== true && <option value="" />}
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      )}
    </label>
  );
}

function Result({ of }: { of: Answered | string }): JSX.Element {
  if (typeof of === "string") {
    return (
      <p class="field-error" role="alert">
        {of}
      </p>
    );
  }
  return (
    <div class="result" role="status">
      <p class="result-line">
        <span class={of.status < 400 ? "status good" : "status bad"}>{of.status}</span>
        <span class="hint">{Math.round(of.took)} ms</span>
      </p>
      {of.text !== "" && <Json text={laidOut(of.text)} />}
      <details class="inner">
        <summary>{of.headers.length} headers</summary>
        <pre>{of.headers.map(([name, value]) => `${name}: ${value}`).join("\n")}</pre>
      </details>
    </div>
  );
}

async function made(call: Call, given: Map<string, string>, body: string): Promise<Answered> {
  const headers = new Headers({ accept: "application/json" });
  const token = await tokenFor(call);
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  const query = new URLSearchParams();
  let path = call.path;
  for (const parameter of call.parameters) {
    const value = given.get(parameter.name) ?? "";
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value === "") continue;
    else if (parameter.in === "query") query.set(parameter.name, value);
    else headers.set(parameter.name, value);
  }
  if (body !== "") headers.set("content-type", "application/json");
  const address = query.size === 0 ? path : `${path}?${query}`;
  const began = performance.now();
  const answer = await fetch(address, { method: call.method, headers, body: body === "" ? null : body, credentials: "same-origin" });
  const text = await answer.text();
  return { status: answer.status, text, headers: [...answer.headers], took: performance.now() - began };
}

function beginning(parameter: Parameter): string {
  if (parameter.name === "Idempotency-Key") return freshId();
  return parameter.example === undefined ? "" : String(parameter.example);
}

function bodyOf(call: Call): string {
  const example = exampleOf(call);
  return example === null ? "" : JSON.stringify(enlivened(example.value, example.live), null, 2);
}

function rowsFor(text: string): number {
  return Math.max(3, Math.min(18, text.split("\n").length));
}
