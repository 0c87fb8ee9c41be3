// How good what phones send is: suspects by day, what was set aside and why, and accounts that nobody uses.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { day, fullMoment, number, share } from "../format";
import { get } from "../http";
import { faultSaid } from "../logic/naming";
import { Pending } from "../parts/bone";
import { Dialog } from "../parts/dialog";
import { DAY_MS } from "../state/clock";
import { maySwitch, provider } from "../state/providers";
import { usePolled } from "../state/using";
import { words } from "../words";
import type { DataQuality, DayQuality, Listing, Rejection, SetAside } from "../wire";

const EVERY_MS = 60_000;
const SHOWN_ITEMS = 20;

export function QualityPage(): JSX.Element {
  const say = words.value;
  const slug = provider.value;
  const { value, error } = usePolled(() => get<DataQuality>("/v1/data-quality", { provider: slug }), EVERY_MS, [slug]);
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <>
      <header class="quality-head">
        <h1>{say.quality.title}</h1>
        <p class="hint">
          {say.quality.lead}
          {typeof value?.inactive_accounts === "number" && ` ${say.quality.inactive(value.inactive_accounts, number(value.inactive_accounts))}`}
        </p>
      </header>
      {value === null ? (
        <Pending height={160} error={error} />
      ) : (
        <>
          <Panel title={say.quality.days} hint={say.quality.daysHint} empty={value.days.length === 0 ? say.quality.noDays : null}>
            <Days days={value.days} />
          </Panel>
          <Panel
            title={say.quality.faults}
            hint={maySwitch.value ? say.quality.faultsHint : say.quality.ownFaults}
            empty={value.quarantined.length === 0 ? say.quality.noFaults : null}
          >
            <Rejections rejections={value.quarantined} onOpen={setOpened} />
          </Panel>
        </>
      )}
      {opened !== null && <Items path={opened} onClose={() => setOpened(null)} />}
    </>
  );
}

function Panel({ title, hint, empty, children }: { title: string; hint: string; empty: string | null; children: JSX.Element }): JSX.Element {
  return (
    <section class="panel quality-panel" aria-label={title}>
      <header class="panel-head">
        <div>
          <h2>{title}</h2>
          <p class="hint">{hint}</p>
        </div>
      </header>
      {empty === null ? (
        <div class="table-scroll" tabIndex={0} role="group" aria-label={title}>
          {children}
        </div>
      ) : (
        <p class="empty">{empty}</p>
      )}
    </section>
  );
}

function Days({ days }: { days: DayQuality[] }): JSX.Element {
  const say = words.value.quality;
  return (
    <table class="table">
      <caption class="unseen">{say.days}</caption>
      <thead>
        <tr>
          <th scope="col">{say.day}</th>
          <th scope="col" class="number">{say.rows}</th>
          <th scope="col" class="number">{say.suspects}</th>
          <th scope="col" class="number">{say.share}</th>
        </tr>
      </thead>
      <tbody>
        {days.map(({ at, rows, suspects }) => (
          <tr key={at}>
            {/* Noon lies in the server's day whatever the zone of who looks, but for the farthest. */}
            <th scope="row">{day(Date.parse(at) + DAY_MS / 2)}</th>
            <td class="number">{number(rows)}</td>
            <td class="number">{number(suspects)}</td>
            <td class="number">{share(suspects / rows, 1)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Rejections({ rejections, onOpen }: { rejections: Rejection[]; onOpen(path: string): void }): JSX.Element {
  const say = words.value.quality;
  return (
    <table class="table">
      <caption class="unseen">{say.faults}</caption>
      <thead>
        <tr>
          <th scope="col">{say.path}</th>
          <th scope="col">{say.reason}</th>
          <th scope="col" class="number">{say.items}</th>
          <th scope="col" class="wide-only">{say.last}</th>
        </tr>
      </thead>
      <tbody>
        {rejections.map((rejection) => (
          <tr key={`${rejection.path} ${rejection.reason}`}>
            <th scope="row">
              <button type="button" class="link" aria-label={say.open(nameOf(rejection.path))} onClick={() => onOpen(rejection.path)}>
                {nameOf(rejection.path)}
              </button>
            </th>
            <td>{faultSaid(rejection.reason)}</td>
            <td class="number">{number(rejection.items)}</td>
            <td class="wide-only">{fullMoment(Date.parse(rejection.last_at))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Items({ path, onClose }: { path: string; onClose(): void }): JSX.Element {
  const say = words.value;
  const { value, error } = usePolled(() => newest(path), 0, [path]);
  return (
    <Dialog title={say.quality.newest(nameOf(path))} onClose={onClose}>
      {value === null ? (
        <Pending height={160} error={error} />
      ) : (
        <ul class="set-aside" tabIndex={0} aria-label={say.quality.newest(nameOf(path))}>
          {value.map((one) => (
            <li key={String(one.id)}>
              <p>
                {faultSaid(one.reason)} <span class="hint">{fullMoment(Date.parse(one.received_at))}</span>
              </p>
              <pre>{textOf(one.raw)}</pre>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}

async function newest(path: string): Promise<SetAside[]> {
  const from = new Date(Date.now() - 30 * DAY_MS).toISOString();
  // An empty path is one as well, that of the item as a whole.
  const asked = new URLSearchParams({ path, from, limit: String(SHOWN_ITEMS) });
  return (await get<Listing<SetAside>>(`/v1/quarantine?${asked}`)).items;
}

function nameOf(path: string): string {
  return path === "" ? words.value.quality.whole : path;
}

/** JSON as it was sent; what is no text stays in its letters of base 64. */
function textOf(raw: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(atob(raw), (letter) => letter.charCodeAt(0)));
  } catch {
    return raw;
  }
}
