// The bar on top: whose network, which technology and time, whether it is live, and who looks at it.
import type { JSX } from "preact";
import { number } from "../format";
import { session } from "../session";
import { alerts } from "../state/alerts";
import { cellName } from "../state/gaps";
import { go, place } from "../state/place";
import { isDark, nextTheme, shortcuts } from "../state/preferences";
import { maySwitch, mayWatch, person, provider, providers, shownProvider } from "../state/providers";
import { painter } from "../stream/painter";
import { words } from "../words";
import { GENERATIONS, type Generation, type Provider } from "../wire";
import { Choice } from "./choice";
import { helpShown } from "./help";
import { Icon } from "./icons";
import { LanguageButton } from "./language_button";
import { Menu } from "./menu";
import { PageLink } from "./page_link";
import { Pill } from "./pill";
import { RangeChoice } from "./range_choice";

export function Header(): JSX.Element {
  const say = words.value;
  return (
    <header class={maySwitch.value && mayWatch.value ? "header switching" : "header"}>
      <div class="header-whose">
        {mayWatch.value ? <Whose /> : <Brand />}
        {place.value.cell !== null && <span class="breadcrumb">{cellName(place.value.cell)}</span>}
      </div>
      {mayWatch.value && (
        <div class="header-filters">
          <Technology />
          <RangeChoice />
          <PauseButton />
        </div>
      )}
      <div class="header-state">
        {mayWatch.value && <Pill />}
        {mayWatch.value && <Bell />}
        <button type="button" class="quiet square wide-only" aria-label={say.header.theme} title={say.header.theme} onClick={nextTheme}>
          <Icon name={isDark() ? "sun" : "moon"} />
        </button>
        <LanguageButton className="quiet wide-only" isShort />
        <Account />
      </div>
    </header>
  );
}

function Brand(): JSX.Element {
  return (
    <span class="whose">
      <strong>Roadpulse</strong>
    </span>
  );
}

function ProviderMark({ of }: { of: Provider }): JSX.Element {
  return (
    <span class="provider-mark" aria-hidden="true" style={of.color === null ? {} : { backgroundColor: of.color, color: inkOn(of.color) }}>
      {of.name.slice(0, 1).toUpperCase()}
    </span>
  );
}

/** Black or white, whichever is read better on a provider's own colour. */
function inkOn(color: string): string {
  const [red, green, blue] = [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16));
  if (red === undefined || green === undefined || blue === undefined || Number.isNaN(red + green + blue)) return "";
  return red * 0.299 + green * 0.587 + blue * 0.114 > 140 ? "#10181b" : "#ffffff";
}

function Whose(): JSX.Element | null {
  const shown = shownProvider.value;
  const say = words.value.header;
  if (shown === null) return <Brand />;
  if (!maySwitch.value) {
    return (
      <span class="whose">
        <ProviderMark of={shown} />
        <strong>{shown.name}</strong>
      </span>
    );
  }
  return (
    <label class="whose" title={say.switching}>
      <ProviderMark of={shown} />
      <span class="unseen">{say.provider}</span>
      <select value={provider.value ?? ""} onChange={(event) => go({ provider: event.currentTarget.value, cell: null })}>
        {providers.value.map((one) => (
          <option key={one.slug} value={one.slug}>
            {one.name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Technology(): JSX.Element {
  const say = words.value;
  const options = [{ value: "all", label: say.common.all }, ...GENERATIONS.map((one) => ({ value: one as string, label: one }))];
  return (
    <Choice
      label={say.header.technology}
      options={options}
      chosen={place.value.generation ?? "all"}
      onChoose={(value) => go({ generation: value === "all" ? null : (value as Generation) })}
    />
  );
}

function PauseButton(): JSX.Element {
  const say = words.value.header;
  const isPaused = painter.paused.value;
  const waiting = painter.waiting.value;
  return (
    <button type="button" class={isPaused ? "pause is-paused" : "pause"} aria-pressed={isPaused} onClick={painter.toggle}>
      <Icon name={isPaused ? "play" : "pause"} size={16} />
      <span>{isPaused ? say.resume : say.pause}</span>
      {isPaused && waiting > 0 && <span class="count">{say.waiting(number(waiting))}</span>}
    </button>
  );
}

function Bell(): JSX.Element {
  const open = (alerts.shown.value ?? []).filter((alert) => alert.state !== "cleared").length;
  const label = words.value.header.alerts(number(open));
  return (
    <button type="button" class="quiet square bell wide-only" aria-label={label} title={label} onClick={() => go({ page: "alerts" })}>
      <Icon name="alerts" />
      {open > 0 && <span class="badge">{number(open)}</span>}
    </button>
  );
}

function Account(): JSX.Element {
  const say = words.value;
  const who = person.value;
  return (
    <Menu label={say.header.account} buttonClass="quiet square" face={<Icon name="person" />}>
      {(close) => (
        <div class="account">
          <p class="account-who">
            <strong>{who?.email ?? ""}</strong>
            <span>{who === null ? "" : say.roles[who.role]}</span>
          </p>
          <PageLink page="you" className="menu-item" onVisit={close}>
            {say.you.title}
          </PageLink>
          <a class="menu-item" href="/docs">
            {say.header.documents}
          </a>
          <hr />
          <button type="button" class="menu-item narrow-only" onClick={nextTheme}>
            {say.header.theme}
          </button>
          <LanguageButton className="menu-item narrow-only" />
          <button
            type="button"
            class="menu-item"
            onClick={() => {
              close();
              helpShown.value = true;
            }}
          >
            {say.header.shortcuts}
          </button>
          <label class="menu-item">
            <input type="checkbox" checked={shortcuts.value === "on"} onChange={(event) => (shortcuts.value = event.currentTarget.checked ? "on" : "off")} />
            {say.header.shortcutsOn}
          </label>
          <hr />
          <button type="button" class="menu-item" onClick={() => void session.signOut()}>
            {say.header.signOut}
          </button>
        </div>
      )}
    </Menu>
  );
}
