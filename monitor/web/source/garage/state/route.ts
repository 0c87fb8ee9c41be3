// Where a driver is in these pages, kept in the address so that a reload or a link shows the same.
import { signal } from "@preact/signals";

export const TABS = ["diagnose", "history", "cars", "models", "devices"] as const;
export type Tab = (typeof TABS)[number];
export type PageName = Tab | "sending" | "diagnosis" | "you" | "welcome";

export interface Route {
  page: PageName;
  /** of the diagnosis that is shown */
  id: number | null;
}

export const PATHS: Record<Exclude<PageName, "diagnosis">, string> = {
  diagnose: "/",
  sending: "/sending",
  history: "/diagnoses",
  cars: "/cars",
  models: "/models",
  devices: "/devices",
  you: "/you",
  welcome: "/welcome",
};

export const route = signal<Route>(read());
addEventListener("popstate", () => (route.value = read()));

export function addressOf({ page, id }: Route): string {
  return page === "diagnosis" ? `/diagnoses/${id ?? ""}` : PATHS[page];
}

/** Goes to a page; `replace` where the back button should not lead back here. */
export function visit(page: PageName, { id = null, replace = false }: { id?: number | null; replace?: boolean } = {}): void {
  const next = { page, id };
  if (replace) history.replaceState(null, "", addressOf(next));
  else if (addressOf(next) !== location.pathname) history.pushState(null, "", addressOf(next));
  route.value = next;
  scrollTo(0, 0);
}

function read(): Route {
  const numbered = /^\/diagnoses\/(\d+)\/?$/.exec(location.pathname);
  if (numbered !== null) return { page: "diagnosis", id: Number(numbered[1]) };
  const path = location.pathname.replace(/(.)\/$/, "$1");
  const found = Object.entries(PATHS).find(([, one]) => one === path);
  return { page: (found?.[0] as PageName | undefined) ?? "diagnose", id: null };
}
