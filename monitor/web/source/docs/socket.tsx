// The socket: its verbs, what is pushed on which channel, why it closes and what it bears.
import type { JSX } from "preact";
import { lastOf, type AsyncApi, type SocketOperation } from "./documents";
import { Chip, Members } from "./schema";
import { Talk } from "./talk";
import { inline, Text } from "./text";

export function Socket({ api, open }: { api: AsyncApi; open: string }): JSX.Element {
  const verbs = Object.entries(api.operations).filter(([, operation]) => operation.action === "receive");
  return (
    <>
      <section class="group" id="socket">
        <h2>The socket</h2>
        <div class="prose">
          <p>
            <code>GET /v1/stream</code>
          </p>
          <Text of={api.info.description} />
        </div>
        <Talk api={api} />
      </section>
      <section class="group" id="verbs">
        <h2>Verbs</h2>
        {verbs.map(([verb, operation]) => (
          <Verb key={verb} verb={verb} operation={operation} api={api} isOpen={open === `verb.${verb}`} />
        ))}
      </section>
      <section class="group" id="channels">
        <h2>Channels</h2>
        <Channels api={api} open={open} />
      </section>
      <section class="group" id="closing">
        <h2>Close codes and limits</h2>
        <Closing api={api} />
      </section>
    </>
  );
}

function Verb({ verb, operation, api, isOpen }: { verb: string; operation: SocketOperation; api: AsyncApi; isOpen: boolean }): JSX.Element {
  const known = api.components.schemas;
  const body = api.components.messages[verb]?.payload.properties?.[verb];
  const answer = api.components.messages[`${verb}.reply`]?.payload.properties?.[verb];
  return (
    <details class="route" id={`verb.${verb}`} open={isOpen}>
      <summary>
        <span class="method verb">{verb}</span>
        <span class="route-summary">{inline(operation.summary)}</span>
      </summary>
      <div class="verb-open">
        <section>
          <h3>Says</h3>
          {body !== undefined && <Members of={body} known={known} />}
        </section>
        <section>
          <h3>Is answered</h3>
          {answer !== undefined && <Members of={answer} known={known} said />}
        </section>
        <section>
          <h3>For</h3>
          <Chips of={operation["x-roles"] ?? []} />
          <h3>May be refused with</h3>
          <Chips of={operation["x-errors"] ?? []} />
        </section>
      </div>
    </details>
  );
}

function Channels({ api, open }: { api: AsyncApi; open: string }): JSX.Element {
  const known = api.components.schemas;
  const channels = Object.entries(api.channels).filter(([name]) => name !== "stream");
  return (
    <>
      {channels.map(([name, channel]) => (
        <details key={name} class="route" id={`channel.${name}`} open={open === `channel.${name}`}>
          <summary>
            <span class="method channel">{channel.address}</span>
            <span class="route-summary">{inline(channel.title)}</span>
          </summary>
          <div class="verb-open">
            {Object.keys(channel.messages).map((event) => {
              const data = eventData(api, event);
              return (
                <section key={event}>
                  <h3>
                    <code>{event}</code>
                  </h3>
                  {data !== null && <Members of={data} known={known} said />}
                </section>
              );
            })}
            {channel["x-roles"] !== undefined && (
              <section>
                <h3>For</h3>
                <Chips of={channel["x-roles"]} />
              </section>
            )}
          </div>
        </details>
      ))}
    </>
  );
}

function eventData(api: AsyncApi, event: string): { $ref?: string } | null {
  const push = api.components.messages[lastOf(event)]?.payload.properties?.["push"];
  return push?.properties?.["events"]?.items?.properties?.["data"] ?? null;
}

function Closing({ api }: { api: AsyncApi }): JSX.Element {
  return (
    <div class="closing">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Code</th>
            <th scope="col">Because</th>
            <th scope="col">Come back?</th>
          </tr>
        </thead>
        <tbody>
          {api["x-close-codes"].map((each) => (
            <tr key={each.code}>
              <td>
                <code>{each.code}</code>
              </td>
              <td>{each.meaning}</td>
              <td>{each.comes_back ? "yes" : "no"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Limit</th>
            <th scope="col" class="number">
              Here
            </th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(api["x-limits"]).map(([name, value]) => (
            <tr key={name}>
              <td>
                <code>{name}</code>
              </td>
              <td class="number">{value.toLocaleString("en-GB")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Chips({ of }: { of: string[] }): JSX.Element {
  return (
    <p class="codes">
      {of.map((each) => (
        <Chip key={each}>{each}</Chip>
      ))}
    </p>
  );
}
