// A message's members as a table: name, type with its bounds, and what the source says under the field.
import type { ComponentChildren, JSX } from "preact";
import { lastOf, type Schema } from "./documents";
import { inline } from "./text";

type Known = Record<string, Schema>;

/** What is `said` by the server has all its members but those marked; what it hears needs only those marked. */
export function Members({ of, known, said = false }: { of: Schema; known: Known; said?: boolean }): JSX.Element | null {
  const whole = resolved(of, known);
  if (whole.anyOf !== undefined && whole.properties === undefined) {
    return (
      <>
        {whole.anyOf.map((choice, index) => (
          <Choice key={index} of={choice} known={known} said={said} />
        ))}
      </>
    );
  }
  if (whole.properties === undefined) return <p class="hint">{typeOf(whole, known)}</p>;
  const required = new Set(whole.required ?? []);
  return (
    <dl class="members">
      {Object.entries(whole.properties).map(([name, member]) => (
        <div key={name} class="member">
          <dt>
            <code>{name}</code>
            {said ? <Sometimes of={member} isSure={required.has(name)} /> : required.has(name) && <span class="needed">required</span>}
          </dt>
          <dd>
            <span class="type">{typeOf(member, known)}</span>
            {member.description !== undefined && <span class="note">{inline(member.description)}</span>}
            <Inner of={member} known={known} said={said} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A member with a default is always said, as the default if need be. */
function Sometimes({ of, isSure }: { of: Schema; isSure: boolean }): JSX.Element | null {
  return isSure || "default" in of ? null : <span class="hint">sometimes</span>;
}

function Choice({ of, known, said }: { of: Schema; known: Known; said: boolean }): JSX.Element {
  const whole = resolved(of, known);
  return (
    <div class="choice-of">
      <p class="choice-name">
        <strong>{whole.title ?? typeOf(of, known)}</strong> <span class="hint">{inline(whole.description ?? "")}</span>
      </p>
      <Members of={of} known={known} said={said} />
    </div>
  );
}

/** The members of what a member holds, one click away. */
function Inner({ of, known, said }: { of: Schema; known: Known; said: boolean }): JSX.Element | null {
  const record = recordIn(of, known);
  if (record === null) return null;
  return (
    <details class="inner">
      <summary>{record.title ?? "members"}</summary>
      <Members of={record} known={known} said={said} />
    </details>
  );
}

function recordIn(of: Schema, known: Known): Schema | null {
  const whole = resolved(of, known);
  if (whole.properties !== undefined) return whole;
  if (whole.items !== undefined) return recordIn(whole.items, known);
  if (typeof whole.additionalProperties === "object") return recordIn(whole.additionalProperties, known);
  const records = (whole.anyOf ?? []).map((choice) => recordIn(choice, known)).filter((record) => record !== null);
  return records[0] ?? null;
}

export function resolved(of: Schema, known: Known): Schema {
  if (of.$ref !== undefined) return known[lastOf(of.$ref)] ?? {};
  const [only] = of.allOf ?? [];
  return only === undefined ? of : { ...resolved(only, known), ...(of.description === undefined ? {} : { description: of.description }) };
}

/** The type in words: `integer, 1 to 1000`. */
export function typeOf(of: Schema, known: Known): string {
  const whole = resolved(of, known);
  if (whole.anyOf !== undefined) return whole.anyOf.map((choice) => typeOf(choice, known)).join(" or ");
  if (whole.enum !== undefined) return whole.enum.map((each) => JSON.stringify(each)).join(" · ");
  if (whole.const !== undefined) return JSON.stringify(whole.const);
  if (whole.items !== undefined) return `list of ${typeOf(whole.items, known)}${whole.maxItems === undefined ? "" : `, at most ${whole.maxItems}`}`;
  if (whole.properties !== undefined) return whole.title ?? "object";
  const parts = [whole.format ?? whole.type ?? "anything", bounds(whole), whole.pattern === undefined ? "" : `like ${whole.pattern}`];
  if (whole.default !== undefined && whole.default !== null) parts.push(`${JSON.stringify(whole.default)} if absent`);
  return parts.filter((part) => part !== "").join(", ");
}

function bounds(of: Schema): string {
  if (of.minLength !== undefined || of.maxLength !== undefined) return span(of.minLength, of.maxLength, " characters");
  if (of.exclusiveMinimum !== undefined && of.exclusiveMaximum !== undefined) return `above ${of.exclusiveMinimum}, below ${of.exclusiveMaximum}`;
  const step = of.multipleOf === undefined ? "" : `, a multiple of ${of.multipleOf}`;
  return span(of.minimum, of.maximum, "") + step;
}

function span(least: number | undefined, most: number | undefined, unit: string): string {
  if (least === undefined && most === undefined) return "";
  if (most === undefined || most >= Number.MAX_SAFE_INTEGER) return `at least ${least}${unit}`;
  return least === undefined ? `at most ${most}${unit}` : `${least} to ${most}${unit}`;
}

export function Chip({ children, tone }: { children: ComponentChildren; tone?: string }): JSX.Element {
  return <span class={tone === undefined ? "chip" : `chip ${tone}`}>{children}</span>;
}
