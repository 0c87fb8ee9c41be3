// One route: what it does, who may call it, what goes in, what can come out, and a form to try it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Attempt } from "./attempt";
import type { Answer, Call, Schema } from "./documents";
import { Chip, Members, resolved, typeOf } from "./schema";
import { inline, Text } from "./text";

export function Route({ call, known, isOpen }: { call: Call; known: Record<string, Schema>; isOpen: boolean }): JSX.Element {
  // Forty forms at once would be slow: one is built when its route is opened, and stays.
  const [wasOpen, setWasOpen] = useState(isOpen);
  return (
    <details class="route" id={call.operationId} open={isOpen} onToggle={(event) => event.currentTarget.open && setWasOpen(true)}>
      <summary>
        <span class={`method ${call.method.toLowerCase()}`}>{call.method}</span>
        <code class="path">{call.path}</code>
        <span class="route-summary">{call.summary}</span>
      </summary>
      {wasOpen && (
        <div class="route-open">
          <div class="route-said">
            <div class="prose">
              <Text of={call.description} />
            </div>
            <Parameters call={call} known={known} />
            <Body call={call} known={known} />
            <Answers call={call} known={known} />
          </div>
          <div class="route-tried">
            <h3>Try it</h3>
            <Attempt call={call} known={known} />
          </div>
        </div>
      )}
    </details>
  );
}

function Parameters({ call, known }: { call: Call; known: Record<string, Schema> }): JSX.Element | null {
  if (call.parameters.length === 0) return null;
  return (
    <section>
      <h3>Parameters</h3>
      <dl class="members">
        {call.parameters.map((parameter) => (
          <div key={parameter.name} class="member">
            <dt>
              <code>{parameter.name}</code>
              {parameter.required === true && <span class="needed">required</span>}
            </dt>
            <dd>
              <span class="type">
                {parameter.in} · {typeOf(parameter.schema, known)}
              </span>
              {parameter.description !== undefined && <span class="note">{inline(parameter.description)}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Body({ call, known }: { call: Call; known: Record<string, Schema> }): JSX.Element | null {
  const schema = call.requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return null;
  return (
    <section>
      <h3>Body</h3>
      <p class="hint">{inline(resolved(schema, known).description ?? "")}</p>
      <Members of={schema} known={known} />
    </section>
  );
}

function Answers({ call, known }: { call: Call; known: Record<string, Schema> }): JSX.Element {
  const answers = Object.entries(call.responses);
  const good = answers.filter(([status]) => status < "300");
  const refusals = answers.filter(([status]) => status >= "400");
  return (
    <section>
      <h3>Answers</h3>
      {good.map(([status, answer]) => (
        <Good key={status} status={status} answer={answer} known={known} />
      ))}
      <ul class="refusals">
        {refusals.map(([status, answer]) => (
          <li key={status}>
            <span class="status bad">{status}</span>
            <span class="codes">
              {Object.keys(answer.content?.["application/problem+json"]?.examples ?? {}).map((code) => (
                <Chip key={code}>{code}</Chip>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Good({ status, answer, known }: { status: string; answer: Answer; known: Record<string, Schema> }): JSX.Element {
  const schema = answer.content?.["application/json"]?.schema;
  return (
    <div class="good-answer">
      <p>
        <span class="status good">{status}</span> <span class="hint">{schema === undefined ? answer.description : typeOf(schema, known)}</span>
      </p>
      {schema !== undefined && <Members of={schema} known={known} said />}
    </div>
  );
}
