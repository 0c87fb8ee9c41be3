// The frame that stays while pages change: skip link, navigation, header, notices, and what is said aloud.
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { alerts } from "../state/alerts";
import { announcement } from "../state/announcements";
import { overview } from "../state/following";
import { mayWatch, page, pages, shownProvider } from "../state/providers";
import { number } from "../format";
import { headline, whereOf } from "../logic/naming";
import { words } from "../words";
import { Header } from "./header";
import { Help } from "./help";
import { Icon, Logo } from "./icons";
import { PageLink } from "./page_link";
import { Search } from "./search";
import { Toasts } from "./toasts";

export function Shell({ children }: { children: ComponentChildren }): JSX.Element {
  const say = words.value;
  useTitle();
  return (
    <div class="shell">
      <a class="skip" href="#content">
        {say.common.skip}
      </a>
      <Navigation />
      <div class="stage">
        <Header />
        {overview.value?.demo === true && (
          <aside class="notice demo" aria-label={say.demo.title}>
            <strong>{say.demo.title}</strong> {say.demo.text}
          </aside>
        )}
        <main id="content" tabIndex={-1} class={`page page-${page.value}`}>
          {children}
        </main>
      </div>
      <Toasts />
      <Announcer />
      <Help />
      <Search />
    </div>
  );
}

function Navigation(): JSX.Element {
  const say = words.value;
  const open = openCount();
  return (
    <nav class="navigation" aria-label={say.header.navigation}>
      <span class="navigation-logo">
        <Logo size={32} />
      </span>
      <ul>
        {pages.value.map((tab) => (
          <li key={tab}>
            <PageLink page={tab} isCurrent={page.value === tab}>
              <span class="navigation-icon">
                <Icon name={tab} size={22} />
                {tab === "alerts" && open > 0 && <span class="badge" aria-hidden="true">{number(open)}</span>}
              </span>
              <span>{say.pages[tab]}</span>
            </PageLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function openCount(): number {
  return (alerts.shown.value ?? []).filter((alert) => alert.state !== "cleared").length;
}

function useTitle(): void {
  const count = mayWatch.value ? openCount() : 0;
  const name = [words.value.pages[page.value], shownProvider.value?.name, "Roadpulse"].filter(Boolean).join(" · ");
  const title = count > 0 ? `(${count}) ${name}` : name;
  useEffect(() => {
    document.title = title;
  }, [title]);
}

function Announcer(): JSX.Element {
  const { alerts: fresh, isUrgent } = announcement.value;
  const say = words.value;
  const first = fresh[0];
  let text = "";
  if (first !== undefined && fresh.length === 1) text = say.alerts.announce(headline(first), whereOf(first), say.severities[first.severity]);
  else if (fresh.length > 1) text = say.alerts.announceMany(number(fresh.length));
  return (
    <>
      <p class="unseen" aria-live="polite">
        {isUrgent ? "" : text}
      </p>
      <p class="unseen" aria-live="assertive">
        {isUrgent ? text : ""}
      </p>
    </>
  );
}
