// Single keys for people who watch all day; never while they type, and not at all if they turned them off.
import { acknowledge, snooze } from "./parts/alert_row";
import { helpShown } from "./parts/help";
import { searchShown } from "./parts/search";
import { snoozeChoices } from "./parts/snoozing";
import { alerts } from "./state/alerts";
import { toggleFold } from "./state/folds";
import { isKiosk, toggleKiosk } from "./state/kiosk";
import { go, place, RANGES, shift, type Page, type RangeName } from "./state/place";
import { nextTheme, shortcuts } from "./state/preferences";
import { mayDiagnose, mayWatch, pages } from "./state/providers";
import { painter } from "./stream/painter";
import type { Alert } from "./wire";

const GO_WITHIN_MS = 1_500;
const PLACES: Record<string, Page> = { o: "overview", m: "map", a: "alerts", r: "rules", d: "devices", q: "quality", l: "models", s: "servers" };

const NEVER = -Infinity;
let goSince = NEVER;

export function beginKeyboard(): void {
  document.addEventListener("keydown", (event) => {
    // Brackets lie behind AltGr, which some systems report as Ctrl and Alt, or behind Option.
    const isBracket = event.key === "[" || event.key === "]";
    if (event.defaultPrevented || (event.altKey && !isBracket) || isTyping(event.target)) return;
    const isPalette = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (isPalette && mayWatch.peek()) {
      event.preventDefault();
      searchShown.value = true;
      return;
    }
    if ((event.ctrlKey && !isBracket) || event.metaKey) return;
    if (event.key === "Escape") escape();
    else if (shortcuts.peek() === "on" && document.querySelector("dialog[open]") === null && press(event.key)) event.preventDefault();
  });
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest(".map-canvas, .menu-panel") !== null) return true;
  if (target instanceof HTMLInputElement) return !["checkbox"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

function escape(): void {
  if (document.querySelector("dialog[open]") !== null) return;
  if (place.peek().cell !== null) go({ cell: null });
  else if (isKiosk.peek()) toggleKiosk();
}

/** Does what a key stands for; false if it stands for nothing here. */
function press(key: string): boolean {
  if (mayDiagnose.peek()) return false;
  if (performance.now() - goSince < GO_WITHIN_MS) {
    goSince = NEVER;
    const page = PLACES[key];
    if (page !== undefined && pages.peek().some((one) => one === page)) {
      go({ page, cell: null });
      return true;
    }
  }
  if (key === "?") return does(() => (helpShown.value = true));
  if (key === "d") return does(nextTheme);
  if (key === "g") return does(() => (goSince = performance.now()));
  return mayWatch.peek() && watch(key);
}

function watch(key: string): boolean {
  switch (key) {
    case "/":
      return does(() => (searchShown.value = true));
    case "p":
      return does(painter.toggle);
    case "[":
      return does(() => toggleFold("map"));
    case "]":
      return does(() => toggleFold("alerts"));
    case "f":
      return does(toggleKiosk);
    case "t":
      return does(nextRange);
    case "ArrowLeft":
      return does(() => shift(-1));
    case "ArrowRight":
      return does(() => shift(1));
    case "j":
      return step(1);
    case "k":
      return step(-1);
    default:
      return onAlert(key);
  }
}

function does(work: () => void): true {
  work();
  return true;
}

function nextRange(): void {
  const names = Object.keys(RANGES) as RangeName[];
  const next = names[(names.indexOf(place.peek().range) + 1) % names.length];
  if (next !== undefined) go({ range: next });
}

function step(by: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("main [data-alert]")].filter((row) => row.checkVisibility());
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.max(0, Math.min(rows.length - 1, here + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return next !== undefined;
}

function onAlert(key: string): boolean {
  const row = document.activeElement?.closest<HTMLElement>("[data-alert]") ?? null;
  const alert = row === null ? undefined : find(row.dataset["alert"] ?? "");
  if (alert === undefined || alert.state === "cleared") return false;
  if (key === "Enter" && document.activeElement === row && alert.cell !== null) return does(() => go({ cell: alert.cell }));
  if (key === "a" && alert.acknowledged_by === null) return does(() => void acknowledge(alert));
  const [shortest] = snoozeChoices();
  if (key === "s" && shortest !== undefined) return does(() => openSnooze(row, alert, shortest.until));
  return false;
}

/** The row's own menu of times, so that the key gives the same choice as the button. */
function openSnooze(row: HTMLElement | null, alert: Alert, until: () => number): void {
  const button = row?.querySelector<HTMLButtonElement>("button.snooze");
  if (button === null || button === undefined) void snooze(alert, until());
  else button.click();
}

function find(id: string): Alert | undefined {
  return alerts.shown.peek()?.find((alert) => String(alert.id) === id);
}
