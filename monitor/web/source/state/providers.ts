// Whose network is shown: an operator's own, or the one that an administrator has switched to.
import { computed, signal } from "@preact/signals";
import { list } from "../http";
import { session } from "../session";
import type { Provider } from "../wire";
import { place, TABS, type Page, type Tab } from "./place";

export const providers = signal<Provider[]>([]);

export const person = computed(() => (session.state.value.kind === "present" ? session.state.value.person : null));
export const mayWatch = computed(() => person.value?.role === "operator" || person.value?.role === "administrator");
/** Drivers and mechanics: they have pages of their own in place of the console. */
export const mayDiagnose = computed(() => person.value?.role === "subscriber" || person.value?.role === "mechanic");
export const maySwitch = computed(() => person.value?.role === "administrator");

/** Those who look after the models are told how their answers turned out. */
export const mayTrackModels = computed(() => person.value?.role === "analyst" || person.value?.role === "administrator");

/** The pages that this account's navigation has. */
export const pages = computed<readonly Tab[]>(() => {
  if (!mayWatch.value) return ["models", "devices"];
  return maySwitch.value ? TABS : TABS.filter((page) => page !== "servers" && page !== "models");
});

/** The page that is shown: whoever watches no network has none of its pages. */
export const page = computed<Page>(() => {
  const asked = place.value.page;
  return mayWatch.value || asked === "you" || pages.value.some((one) => one === asked) ? asked : "models";
});

/** Slug of the shown provider; null until it is known. */
export const provider = computed<string | null>(() => {
  if (!mayWatch.value) return null;
  if (!maySwitch.value) return person.value?.provider ?? null;
  const chosen = place.value.provider;
  const known = providers.value;
  if (known.length === 0) return chosen;
  return (known.find((one) => one.slug === chosen) ?? known[0])?.slug ?? null;
});

export const shownProvider = computed<Provider | null>(() => {
  const slug = provider.value;
  if (slug === null) return null;
  return providers.value.find((one) => one.slug === slug) ?? { slug, name: slug, color: null };
});

export async function loadProviders(): Promise<void> {
  providers.value = await list<Provider>("/v1/providers");
}
