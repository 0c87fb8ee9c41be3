// Every diagnosis, newest first, of one car or of all: what it said, when, with its picture, and what it turned out to be.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { day, time } from "../../format";
import { ask, get } from "../../http";
import { Pending } from "../../parts/bone";
import { Confirmation } from "../../parts/confirmation";
import { Icon } from "../../parts/icons";
import { channels } from "../../stream/channels";
import { Link } from "../parts/link";
import { WaitingNote } from "../parts/waiting_note";
import { VerdictMark } from "../parts/verdict_mark";
import { cars } from "../state/cars";
import { conclusions, forget } from "../state/diagnoses";
import { usePicture } from "../state/pictures";
import type { Page, Summary } from "../wire";
import { garageWords, pick } from "../words";

const PAGE_ROWS = 20;
/** A pause in writing after which it is searched for. */
const PAUSE_MS = 300;
const MOST_LETTERS = 200;

export function HistoryPage(): JSX.Element {
  const say = garageWords.value.history;
  const [vehicle, setVehicle] = useState<number | null>(null);
  const [leaving, setLeaving] = useState<Summary | null>(null);
  const [written, setWritten] = useState("");
  const sought = usePaused(written.trim());
  const { rows, next, error, more, drop } = useHistory(vehicle, sought);
  return (
    <>
      <header class="page-head">
        <h1>{say.title}</h1>
        <p>{say.lead}</p>
      </header>
      <Filters written={written} onWrite={setWritten} vehicle={vehicle} onVehicle={setVehicle}>
        {sought !== "" && rows !== null && say.found(rows.length, next !== null)}
      </Filters>
      <WaitingNote />
      {rows === null ? (
        <Pending height={240} error={error} />
      ) : rows.length === 0 ? (
        <Nothing sought={sought} isOfCar={vehicle !== null} />
      ) : (
        <ul class="history-rows">
          {rows.map((one) => (
            <Row key={one.id} one={one} onRemove={() => setLeaving(one)} />
          ))}
        </ul>
      )}
      {next !== null && (
        <button type="button" class="large" onClick={more}>
          {say.more}
        </button>
      )}
      {leaving !== null && <Removal one={leaving} onClose={() => setLeaving(null)} onRemoved={() => drop(leaving.id)} />}
    </>
  );
}

interface FiltersProps {
  written: string;
  onWrite(text: string): void;
  vehicle: number | null;
  onVehicle(id: number | null): void;
  /** what a screen reader is told of what was found */
  children: ComponentChildren;
}

function Filters({ written, onWrite, vehicle, onVehicle, children }: FiltersProps): JSX.Element {
  const say = garageWords.value.history;
  const known = cars.value ?? [];
  return (
    <div class="history-filters" role="search">
      <label class="field">
        <span>{say.search}</span>
        <input
          type="search" name="words" maxLength={MOST_LETTERS} autocomplete="off" enterKeyHint="search" placeholder={say.searchPlaceholder}
          value={written} onInput={(event) => onWrite(event.currentTarget.value)}
        />
      </label>
      {known.length > 0 && (
        <label class="field">
          <span>{say.filter}</span>
          <select value={vehicle === null ? "" : String(vehicle)} onChange={(event) => onVehicle(Number(event.currentTarget.value) || null)}>
            <option value="">{say.all}</option>
            {known.map((car) => (
              <option key={car.id} value={String(car.id)}>
                {car.name}
              </option>
            ))}
          </select>
        </label>
      )}
      <p class="unseen" role="status">
        {children}
      </p>
    </div>
  );
}

function Nothing({ sought, isOfCar }: { sought: string; isOfCar: boolean }): JSX.Element {
  const say = garageWords.value.history;
  const isSought = sought !== "";
  return (
    <section class="card empty">
      <p class="empty-main">{isSought ? say.noneWith(sought) : isOfCar ? say.noneOfCar : say.none}</p>
      <p>{isSought ? say.noneWithMore : say.noneMore}</p>
      {!isSought && (
        <Link page="diagnose" className="button primary">
          {say.begin}
        </Link>
      )}
    </section>
  );
}

interface History {
  rows: Summary[] | null;
  next: string | null;
  /** null unless the newest page could not be read */
  error: unknown;
  more(): void;
  drop(id: number): void;
}

/** What was written, once its writer pauses. */
function usePaused(written: string): string {
  const [paused, setPaused] = useState(written);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(written), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [written]);
  return paused;
}

function useHistory(vehicle: number | null, sought: string): History {
  const [rows, setRows] = useState<Summary[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const asked = useRef(0);
  const read = async (after: string | null): Promise<void> => {
    const mine = (asked.current += 1);
    try {
      const page = await get<Page<Summary>>("/v1/diagnoses", { vehicle, words: sought, limit: PAGE_ROWS, after });
      // Something else is asked for by now.
      if (mine !== asked.current) return;
      setRows((before) => (after === null ? page.items : [...(before ?? []), ...page.items]));
      setNext(page.next ?? null);
      setError(null);
    } catch (failure) {
      setError(failure);
    }
  };
  const fresh = conclusions.value + channels.reloads.value;
  useEffect(() => void read(null), [vehicle, sought, fresh]);
  return { rows, next, error, more: () => void read(next), drop: (id) => setRows((before) => (before ?? []).filter((one) => one.id !== id)) };
}

function Row({ one, onRemove }: { one: Summary; onRemove(): void }): JSX.Element {
  const say = garageWords.value.history;
  const photo = one.media.find((each) => each.kind === "dashboard" && each.state === "stored") ?? null;
  const picture = usePicture(photo?.id ?? null, 160);
  const at = Date.parse(one.created_at);
  const headline = one.verdict !== null ? pick(one.verdict.headline) : one.failure !== null ? say.failed : say.running;
  const outcome = one.outcome === null ? null : one.outcome.was_right === null ? say.unsure : one.outcome.was_right ? say.wasRight : say.wasWrong;
  return (
    <li class="history-row">
      <Link page="diagnosis" id={one.id} className="history-link" label={`${say.open(String(one.id))}: ${headline}, ${day(at)} ${time(at)}`}>
        <span class="thumb">
          <Icon name={one.media.some((each) => each.kind === "sound") ? "microphone" : "words"} size={22} />
          {typeof picture === "object" && <img src={picture.url} alt={garageWords.value.files.photo(1)} />}
        </span>
        <span class="history-body">
          <span class="history-verdict">
            {one.verdict !== null && <VerdictMark verdict={one.verdict.verdict} size={20} />}
            <strong>{headline}</strong>
          </span>
          <span class="hint">
            {day(at)} {time(at)} · {one.vehicle?.name ?? say.noCar}
          </span>
          {one.description !== "" && <span class="history-words">{one.description}</span>}
          {outcome !== null && <span class={`outcome-badge ${one.outcome?.was_right === true ? "right" : ""}`}>{outcome}</span>}
        </span>
      </Link>
      <button type="button" class="quiet square" aria-label={say.removeThat(String(one.id))} title={say.remove} onClick={onRemove}>
        <Icon name="bin" />
      </button>
    </li>
  );
}

function Removal({ one, onClose, onRemoved }: { one: Summary; onClose(): void; onRemoved(): void }): JSX.Element {
  const say = garageWords.value.history;
  const [isWhole, setWhole] = useState(true);
  const remove = async (): Promise<void> => {
    await ask("DELETE", `/v1/diagnoses/${one.id}`);
    if (isWhole) await Promise.all(one.media.map((file) => ask("DELETE", `/v1/media/${file.id}`)));
    forget(one.id);
    onRemoved();
  };
  return (
    <Confirmation title={say.removeTitle} deed={say.remove} done={say.removed} onConfirm={remove} onClose={onClose}>
      <p>{say.removeAsk}</p>
      {one.media.length > 0 && (
        <label class="tick">
          <input type="checkbox" checked={isWhole} onChange={(event) => setWhole(event.currentTarget.checked)} />
          <span>
            {say.removeFiles}
            <small class="hint">{say.removeFilesMore}</small>
          </span>
        </label>
      )}
    </Confirmation>
  );
}
