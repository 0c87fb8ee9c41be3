// The page of the API: what there is on the left, what it says and a way to try it in the middle.
import type { JSX } from "preact";
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Icon, Logo } from "../parts/icons";
import { isDark, nextTheme } from "../state/preferences";
import { Callers } from "./callers";
import { asyncApi, fault, openApi, type AsyncApi, type OpenApi } from "./documents";
import { Route } from "./operation";
import { Socket } from "./socket";
import { Text } from "./text";

const place = signal(decodeURIComponent(location.hash.slice(1)));
addEventListener("hashchange", () => (place.value = decodeURIComponent(location.hash.slice(1))));

export function Page(): JSX.Element {
  const http = openApi.value;
  const socket = asyncApi.value;
  return (
    <div class="docs">
      <Top />
      {http === null || socket === null ? (
        <p class="docs-waiting" role="status">
          {fault.value ?? "Fetching the documents…"}
        </p>
      ) : (
        <div class="docs-body">
          <Contents http={http} socket={socket} />
          <Main http={http} socket={socket} />
        </div>
      )}
    </div>
  );
}

function Top(): JSX.Element {
  return (
    <header class="docs-top">
      <a class="docs-brand" href="/" title="The console">
        <Logo size={26} />
        <strong>Roadpulse</strong>
        <span class="hint">API</span>
      </a>
      <nav aria-label="Documents">
        <a href="#socket">Socket</a>
        <a href="/v1/openapi.json">OpenAPI</a>
        <a href="/v1/asyncapi.json">AsyncAPI</a>
      </nav>
      <button type="button" class="quiet square" aria-label="Light or dark" title="Light or dark" onClick={nextTheme}>
        <Icon name={isDark() ? "sun" : "moon"} />
      </button>
    </header>
  );
}

function Contents({ http, socket }: { http: OpenApi; socket: AsyncApi }): JSX.Element {
  const [wanted, setWanted] = useState("");
  const [isOpen, setOpen] = useState(() => matchMedia("(min-width: 960px)").matches);
  const fits: Fits = (...texts) => texts.some((text) => text.toLowerCase().includes(wanted.trim().toLowerCase()));
  return (
    <nav class="contents" aria-label="Contents">
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Contents</summary>
        <label class="contents-search">
          <Icon name="search" size={16} />
          <input type="search" placeholder="Find" aria-label="Find" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
        </label>
        <CallEntries http={http} fits={fits} />
        <SocketEntries socket={socket} fits={fits} />
      </details>
    </nav>
  );
}

/** Whether one of the texts has what is looked for. */
type Fits = (...texts: string[]) => boolean;

function CallEntries({ http, fits }: { http: OpenApi; fits: Fits }): JSX.Element {
  const groups = http.tags.map(({ name }) => ({
    name,
    calls: http.calls.filter((call) => call.tags.includes(name) && fits(call.path, call.summary, call.method, name)),
  }));
  return (
    <>
      {groups.map(
        ({ name, calls }) =>
          calls.length > 0 && (
            <section key={name}>
              <h2>{name}</h2>
              <ul>
                {calls.map((call) => (
                  <Entry key={call.operationId} to={call.operationId} mark={call.method} kind={call.method.toLowerCase()} text={call.path.replace("/v1/", "")} />
                ))}
              </ul>
            </section>
          ),
      )}
    </>
  );
}

function SocketEntries({ socket, fits }: { socket: AsyncApi; fits: Fits }): JSX.Element {
  const verbs = Object.keys(socket.operations).filter((name) => socket.operations[name]?.action === "receive" && fits(name, "socket verbs"));
  const channels = Object.entries(socket.channels).filter(([name, channel]) => name !== "stream" && fits(name, channel.title, "channels"));
  return (
    <section>
      <h2>socket</h2>
      <ul>
        {fits("talk", "socket") && <Entry to="socket" mark="WS" kind="verb" text="talk to it" />}
        {verbs.map((verb) => (
          <Entry key={verb} to={`verb.${verb}`} mark="↑" kind="verb" text={verb} />
        ))}
        {channels.map(([name, channel]) => (
          <Entry key={name} to={`channel.${name}`} mark="↓" kind="channel" text={channel.address} />
        ))}
        {fits("close codes", "limits") && <Entry to="closing" mark="×" kind="delete" text="close codes, limits" />}
      </ul>
    </section>
  );
}

function Entry({ to, mark, kind, text }: { to: string; mark: string; kind: string; text: string }): JSX.Element {
  return (
    <li>
      <a href={`#${to}`} aria-current={place.value === to ? "true" : undefined}>
        <span class={`method ${kind}`}>{mark === "DELETE" ? "DEL" : mark}</span>
        <span>{text}</span>
      </a>
    </li>
  );
}

function Main({ http, socket }: { http: OpenApi; socket: AsyncApi }): JSX.Element {
  const at = place.value;
  const [lead = "", ...rest] = http.info.description.split("\n\n");
  useEffect(() => {
    // The browser looked for the place before it was drawn.
    if (at !== "") document.getElementById(at)?.scrollIntoView();
  }, [at]);
  return (
    <main>
      <section class="group" id="start">
        <h1>The API of Roadpulse</h1>
        <div class="prose">
          <Text of={lead} />
        </div>
        <Callers />
        <div class="prose">
          <Text of={rest.join("\n\n")} />
        </div>
      </section>
      {http.tags.map((tag) => (
        <section key={tag.name} class="group" id={`tag.${tag.name}`}>
          <h2>{tag.name}</h2>
          <p class="hint">{tag.description}</p>
          {http.calls
            .filter((call) => call.tags.includes(tag.name))
            .map((call) => (
              <Route key={call.operationId} call={call} known={http.schemas} isOpen={at === call.operationId} />
            ))}
        </section>
      ))}
      <Socket api={socket} open={at} />
    </main>
  );
}
