// What a person chose once and should not have to choose again: language, theme, whether keys act as shortcuts.
import { effect, signal, type Signal } from "@preact/signals";
import { isKiosk } from "./kiosk";

export type Language = "en" | "fr";
export type Theme = "system" | "light" | "dark";

const LANGUAGES: readonly Language[] = ["en", "fr"];
const THEMES: readonly Theme[] = ["system", "light", "dark"];

export function remembered<Value extends string>(name: string, allowed: readonly Value[], otherwise: Value): Signal<Value> {
  const key = `roadpulse.${name}`;
  const kept = localStorage.getItem(key) as Value | null;
  const value = signal(kept !== null && allowed.includes(kept) ? kept : otherwise);
  effect(() => localStorage.setItem(key, value.value));
  return value;
}

function spoken(): Language {
  return navigator.language.toLowerCase().startsWith("fr") ? "fr" : "en";
}

export const language = remembered("language", LANGUAGES, spoken());
/** Whether the account of whoever chose it knows. */
export const languageTold = remembered("language_told", ["yes", "no"] as const, "yes");
export const theme = remembered("theme", THEMES, "system");
export const shortcuts = remembered("shortcuts", ["on", "off"] as const, "on");

const systemDark = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(systemDark.matches);
systemDark.addEventListener("change", (change) => (systemIsDark.value = change.matches));

/** What is really shown, after the system's say; a wall is dark. */
export function isDark(): boolean {
  return isKiosk.value || theme.value === "dark" || (theme.value === "system" && systemIsDark.value);
}

export function nextTheme(): void {
  theme.value = isDark() ? "light" : "dark";
}

export function reducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

effect(() => {
  document.documentElement.dataset["theme"] = isDark() ? "dark" : "light";
});
effect(() => {
  document.documentElement.lang = language.value;
});
