// Draws the little Markdown that the documents' descriptions use, and JSON in colour.
import type { ComponentChildren, JSX } from "preact";

const MARKS = /(\*\*[^*]+\*\*|`[^`]+`|\[[^\]]+\]\([^)\s]+\))/;

export function Text({ of }: { of: string }): JSX.Element {
  return (
    <>
      {of
        .trim()
        .split(/\n\n+|\n(?=\*\*)/)
        .map((paragraph, index) => (
          <p key={index}>{inline(paragraph)}</p>
        ))}
    </>
  );
}

export function inline(text: string): ComponentChildren {
  return text.split(MARKS).map((part) => {
    if (part.startsWith("**")) return <strong>{part.slice(2, -2)}</strong>;
    if (part.startsWith("`")) return <code>{part.slice(1, -1)}</code>;
    const link = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part);
    return link === null ? part : <a href={link[2] ?? ""}>{link[1]}</a>;
  });
}

const TOKENS = /("(?:[^"\\]|\\.)*"(?=\s*:))|("(?:[^"\\]|\\.)*")|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
const KINDS = ["name", "text", "word", "number"];
/** More than this is slow to colour, and nobody reads it so. */
const MOST_COLOURED = 60_000;

export function Json({ text }: { text: string }): JSX.Element {
  return <pre class="json">{text.length > MOST_COLOURED ? text : coloured(text)}</pre>;
}

function coloured(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let end = 0;
  for (const found of text.matchAll(TOKENS)) {
    const kind = KINDS[found.slice(1).findIndex((group) => group !== undefined)];
    parts.push(text.slice(end, found.index), <span class={`json-${kind}`}>{found[0]}</span>);
    end = found.index + found[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

/** JSON text laid out, or the text itself where it is none. */
export function laidOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
