// Finds an area or a page by its name, from anywhere, by keyboard.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { plain } from "../logic/plain";
import { areaNames, areas } from "../state/areas";
import { go } from "../state/place";
import { pages } from "../state/providers";
import { words } from "../words";
import { Dialog } from "./dialog";

export const searchShown = signal(false);

interface Found {
  key: string;
  name: string;
  kind: string;
  open(): void;
}

const MOST = 12;

export function Search(): JSX.Element | null {
  return searchShown.value ? <SearchDialog /> : null;
}

function SearchDialog(): JSX.Element {
  const say = words.value;
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const close = (): void => {
    searchShown.value = false;
  };
  const found = useMemo(() => find(text), [text, areas.value]);
  const choose = (one: Found | undefined): void => {
    if (one === undefined) return;
    close();
    one.open();
  };
  const key = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 && event.key !== "Enter") return;
    event.preventDefault();
    if (step === 0) choose(found[at]);
    else setAt((at + step + found.length) % Math.max(1, found.length));
  };
  return (
    <Dialog title={say.search.title} onClose={close}>
      <input
        type="text"
        class="search-field"
        role="combobox"
        aria-expanded="true"
        aria-controls="found"
        aria-activedescendant={found[at] === undefined ? undefined : `found-${at}`}
        aria-label={say.search.placeholder}
        placeholder={say.search.placeholder}
        autofocus
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={key}
      />
      <FoundList found={found} at={at} onChoose={choose} />
      {found.length === 0 && <p class="hint">{say.search.none}</p>}
    </Dialog>
  );
}

function FoundList({ found, at, onChoose }: { found: readonly Found[]; at: number; onChoose(one: Found): void }): JSX.Element {
  return (
    <ul id="found" class="found" role="listbox" aria-label={words.value.search.title}>
      {found.map((one, index) => (
        <li key={one.key} id={`found-${index}`} role="option" aria-selected={index === at} onClick={() => onChoose(one)}>
          <span>{one.name}</span>
          <span class="found-kind">{one.kind}</span>
        </li>
      ))}
    </ul>
  );
}

function find(text: string): Found[] {
  const say = words.value;
  const places = (areas.value ?? []).map((area) => ({
    key: area.cell,
    name: areaNames.value.get(area.cell) ?? area.name,
    kind: say.map.area,
    open: () => go({ cell: area.cell }),
  }));
  const named = [...pages.value, "you" as const].map((page) => ({ key: page, name: say.pages[page], kind: "", open: () => go({ page, cell: null }) }));
  const wanted = plain(text);
  return [...places, ...named].filter((one) => plain(one.name).includes(wanted)).slice(0, MOST);
}
