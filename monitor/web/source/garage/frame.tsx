// The frame of the drivers' pages: tabs at the foot of a phone and in the header of a wide screen, the link, the account.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon, Logo, type IconName } from "../parts/icons";
import { LanguageButton } from "../parts/language_button";
import { Menu } from "../parts/menu";
import { Toasts } from "../parts/toasts";
import { session } from "../session";
import { isDark, nextTheme } from "../state/preferences";
import { person } from "../state/providers";
import { words } from "../words";
import { Arrival } from "./parts/arrival";
import { LinkNote } from "./parts/link_note";
import { Link } from "./parts/link";
import { outbox } from "./state/cases";
import { route, TABS, type PageName, type Tab } from "./state/route";
import { garageWords } from "./words";

const ICONS: Record<Tab, IconName> = { diagnose: "pulse", history: "history", cars: "car", models: "models", devices: "devices" };

export function Frame({ children }: { children: ComponentChildren }): JSX.Element {
  const { page, id } = route.value;
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useTitle();
  useEffect(() => {
    // A new page is a new place for a screen reader; the first one is where it begins anyway.
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [page, id]);
  return (
    <div class="garage">
      <a class="skip" href="#content">
        {words.value.common.skip}
      </a>
      <header class="garage-header">
        <span class="garage-brand">
          <Logo size={28} />
          <strong>Roadpulse</strong>
        </span>
        <Tabs />
        <div class="header-state">
          <button type="button" class="quiet square" aria-label={words.value.header.theme} title={words.value.header.theme} onClick={nextTheme}>
            <Icon name={isDark() ? "sun" : "moon"} />
          </button>
          <LanguageButton className="quiet square" isShort />
          <Account />
        </div>
      </header>
      <LinkNote />
      <Arrival />
      <main id="content" ref={main} tabIndex={-1} class={`garage-page garage-${page}`}>
        {children}
      </main>
      <Toasts />
    </div>
  );
}

function Tabs(): JSX.Element {
  const say = garageWords.value.tabs;
  const here = tabOf(route.value.page);
  const waiting = outbox.value.length;
  return (
    <nav class="garage-tabs" aria-label={words.value.header.navigation}>
      <ul>
        {TABS.map((tab) => (
          <li key={tab}>
            <Link page={tab} current={here === tab}>
              <span class="navigation-icon">
                <Icon name={ICONS[tab]} size={22} />
                {tab === "history" && waiting > 0 && <span class="badge" aria-hidden="true">{waiting}</span>}
              </span>
              <span>{say[tab]}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function tabOf(page: PageName): Tab | null {
  if (page === "you" || page === "welcome") return null;
  return page === "diagnosis" || page === "sending" ? "history" : page;
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
          <Link page="you" className="menu-item" onVisit={close}>
            {say.you.title}
          </Link>
          <a class="menu-item" href="/docs">
            {say.header.documents}
          </a>
          <hr />
          <button type="button" class="menu-item" onClick={() => void session.signOut()}>
            {say.header.signOut}
          </button>
        </div>
      )}
    </Menu>
  );
}

function useTitle(): void {
  const say = garageWords.value;
  const { page, id } = route.value;
  const names: Record<PageName, string> = {
    ...say.tabs,
    you: words.value.you.title,
    welcome: say.welcome.title,
    sending: say.sending.title,
    diagnosis: say.result.title(String(id ?? "")),
  };
  const title = `${names[page]} · Roadpulse`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}
