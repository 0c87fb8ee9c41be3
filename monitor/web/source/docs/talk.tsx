// The page's own socket: connect, take an example or write a message, send it, and read what comes.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { conversation, type Line, type Speaker } from "./conversation";
import type { AsyncApi } from "./documents";
import { enlivened } from "./live";
import { Json, laidOut } from "./text";

export function Talk({ api }: { api: AsyncApi }): JSX.Element {
  const [speaker, setSpeaker] = useState<Speaker>("account");
  const [text, setText] = useState('{"id":2,"subscribe":{"channel":"me"}}');
  const standing = conversation.standing.value;
  const explain = (code: number): string =>
    api["x-close-codes"].find((each) => each.code === code)?.meaning ?? (code === 1006 ? "The connection was lost." : "");
  const send = (event: Event): void => {
    event.preventDefault();
    conversation.sendText(text);
  };
  return (
    <div class="talk">
      <div class="talk-say">
        <div class="talk-bar">
          <span class={`talk-state ${standing}`}>{standing}</span>
          <select aria-label="Speak as" value={speaker} disabled={standing !== "closed"} onChange={(event) => setSpeaker(event.currentTarget.value as Speaker)}>
            <option value="account">as the account</option>
            <option value="phone">as the phone</option>
          </select>
          {standing === "closed" ? (
            <button type="button" class="primary" onClick={() => void conversation.open(speaker, explain)}>
              Connect
            </button>
          ) : (
            <button type="button" onClick={() => conversation.close()}>
              Close
            </button>
          )}
        </div>
        <div class="talk-examples" role="group" aria-label="Examples">
          {examples(api, speaker).map(([name, make]) => (
            <button key={name} type="button" class="small" onClick={() => setText(make())}>
              {name}
            </button>
          ))}
        </div>
        <form onSubmit={send}>
          <textarea aria-label="Message" rows={14} spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
          <button type="submit" class="primary" disabled={standing !== "open"}>
            Send
          </button>
        </form>
      </div>
      <Frames />
    </div>
  );
}

function Frames(): JSX.Element {
  const lines = conversation.lines.value;
  const end = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const list = end.current;
    if (list !== null) list.scrollTop = list.scrollHeight;
  }, [lines]);
  return (
    <div class="frames">
      <div class="frames-bar">
        <h3>Frames</h3>
        <button type="button" class="quiet small" disabled={lines.length === 0} onClick={() => conversation.clear()}>
          Clear
        </button>
      </div>
      <ol ref={end} tabIndex={0} aria-label="Frames" aria-live="polite">
        {lines.length === 0 && <li class="hint">What is sent and what comes appears here.</li>}
        {lines.map((line) => (
          <Frame key={line.number} line={line} />
        ))}
      </ol>
    </div>
  );
}

function Frame({ line }: { line: Line }): JSX.Element {
  const mark = { out: "↑", in: "↓", note: "·" }[line.way];
  const said = { out: "sent", in: "received", note: "note" }[line.way];
  return (
    <li class={`frame-line ${line.way}`}>
      <span class="way" role="img" aria-label={said}>
        {mark}
      </span>
      <time dateTime={line.at.toISOString()}>{line.at.toLocaleTimeString("en-GB")}</time>
      {line.way === "note" ? (
        <span>{line.text}</span>
      ) : (
        <details>
          <summary>{line.text.slice(0, 400)}</summary>
          <Json text={laidOut(line.text)} />
        </details>
      )}
    </li>
  );
}

/** The document's examples that this speaker may say, made true when they are taken. */
function examples(api: AsyncApi, speaker: Speaker): [string, () => string][] {
  const found: [string, () => string][] = [];
  for (const [verb, operation] of Object.entries(api.operations)) {
    const isForPhones = operation["x-roles"]?.length === 1;
    if (operation.action !== "receive" || verb === "connect" || verb === "refresh" || isForPhones !== (speaker === "phone")) continue;
    const message = api.components.messages[verb];
    for (const example of message?.examples ?? []) {
      const live = message?.["x-live"]?.[example.name ?? ""] ?? {};
      found.push([`${verb} · ${example.name}`, () => written(verb, example.payload[verb], live)]);
    }
  }
  return found;
}

function written(verb: string, body: unknown, live: Record<string, string>): string {
  const made = enlivened(body, live) as Record<string, unknown>;
  if (verb === "measure") made["seq"] = conversation.nextSeq.value;
  return JSON.stringify({ id: conversation.nextId.value, [verb]: made }, null, 2);
}
