// Which advice was taken up: told to the server in the background, and kept on this phone until it got there.
import { computed, effect, signal, untracked } from "@preact/signals";
import { ask, Refused } from "../../http";
import { person } from "../../state/providers";
import { link } from "../../stream/link";
import type { Diagnosis, Interaction } from "../wire";
import { diagnoses, learn } from "./diagnoses";

const KEPT = "roadpulse.interactions.";
const AGAIN_MS = 15_000;
const MOST_AT_ONCE = 50;

type Untold = Readonly<Record<number, readonly Interaction[]>>;

/** Under the person's name: another one at the same phone neither sees nor sends it. */
const shelf = computed(() => KEPT + (person.value?.email ?? ""));
const untold = signal<Untold>({});
const round = signal(0);
let isBusy = false;

const isSame = (one: Interaction, other: Interaction): boolean => one.what === other.what && one.item === other.item;

function merged(before: readonly Interaction[], news: readonly Interaction[]): Interaction[] {
  return [...before.filter((one) => !news.some((each) => isSame(one, each))), ...news];
}

/** What is known of a diagnosis's advice, told or not yet. */
export function taken(diagnosis: Diagnosis): Interaction[] {
  return merged(diagnosis.interactions, untold.value[diagnosis.id] ?? []);
}

/** The item of a cause's step or part: they are numbered from 1. */
export const numbered = (cause: string, index: number): string => `${cause}/${index + 1}`;

export function take(diagnosis: Diagnosis, news: Interaction): void {
  keep({ ...untold.peek(), [diagnosis.id]: merged(untold.peek()[diagnosis.id] ?? [], [news]) });
}

function keep(what: Untold): void {
  untold.value = what;
  try {
    localStorage.setItem(shelf.peek(), JSON.stringify(what));
  } catch {
    // A window that keeps nothing still tells it while it is open.
  }
}

function stored(name: string): Untold {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "{}") as Untold;
  } catch {
    return {};
  }
}

export function beginInteractions(): void {
  effect(() => {
    const mine = stored(shelf.value);
    untracked(() => (untold.value = mine));
  });
  effect(() => {
    void [link.state.value, round.value, untold.value];
    if (person.value !== null) untracked(() => void tellNext());
  });
}

async function tellNext(): Promise<void> {
  const [first] = Object.entries(untold.peek());
  if (isBusy || first === undefined) return;
  isBusy = true;
  const id = Number(first[0]);
  const items = first[1].slice(0, MOST_AT_ONCE);
  let isTold = true;
  try {
    await ask("POST", `/v1/diagnoses/${id}/interactions`, { items });
    const known = diagnoses.peek().get(id);
    if (known !== undefined) learn({ ...known, interactions: merged(known.interactions, items) });
  } catch (error) {
    // What is refused for good, as of a diagnosis that was deleted, is not said again.
    isTold = error instanceof Refused && error.problem.retry !== true && error.status < 500 && error.status !== 401;
  } finally {
    isBusy = false;
  }
  if (isTold) {
    const { [id]: mine = [], ...others } = untold.peek();
    const rest = mine.filter((one) => !items.includes(one));
    keep(rest.length > 0 ? { ...others, [id]: rest } : others);
  } else setTimeout(() => (round.value += 1), AGAIN_MS);
}
