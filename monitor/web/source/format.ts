// Numbers, times and durations as people here write them, in the language that they chose.
import { language } from "./state/preferences";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./state/clock";
import { measures } from "./logic/measures";
import type { Kpi } from "./wire";

const NARROW = "\u202f";
const LOCALES = { en: "en-GB", fr: "fr-FR" } as const;
const kept = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n${language.value}${JSON.stringify(options)}`;
  const format = kept.get(key) ?? new Intl.NumberFormat(LOCALES[language.value], options);
  kept.set(key, format);
  return format as Intl.NumberFormat;
}

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `d${language.value}${JSON.stringify(options)}`;
  const format = kept.get(key) ?? new Intl.DateTimeFormat(LOCALES[language.value], { hourCycle: "h23", ...options });
  kept.set(key, format);
  return format as Intl.DateTimeFormat;
}

export function number(value: number, digits = 0): string {
  // A real minus, as wide as the digits, in place of the hyphen.
  return numbers({ maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value).replace("-", "−");
}

/** As many digits as a person gave, none that they did not. */
export function plainNumber(value: number): string {
  return numbers({ maximumFractionDigits: 4 }).format(value).replace("-", "−");
}

export function share(value: number, digits = 0): string {
  return `${number(value * 100, digits)}${percentGap()}%`;
}

/** From one share to another, with the sign once: `10–30 %`. */
export function shareSpan(low: number, high: number): string {
  return `${number(low * 100)}–${share(high)}`;
}

/** How sure a model is of what it says: never whole, as none ever is. */
export function sureness(value: number): string {
  return share(Math.min(value, 0.99));
}

export function percentGap(): string {
  return language.value === "fr" ? NARROW : "";
}

/** A change against something else, always with its sign. */
export function change(ratio: number): string {
  const text = numbers({ style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" }).format(ratio);
  return text.replace("-", "−");
}

/** The bare number of a KPI; latency of 9.4 keeps its tenth, 412 does not. */
export function figure(kpi: Kpi, value: number): string {
  const { digits, scale } = measures[kpi];
  const scaled = value * scale;
  return number(scaled, Math.abs(scaled) >= 100 ? 0 : digits);
}

export function unit(kpi: Kpi): string {
  return measures[kpi].unit;
}

/** A KPI's value with its unit, kept on one line. */
export function quantity(kpi: Kpi, value: number): string {
  return withUnit(kpi, figure(kpi, value));
}

/** The same of a value that a person gave, with all its digits. */
export function given(kpi: Kpi, value: number): string {
  return withUnit(kpi, plainNumber(value * measures[kpi].scale));
}

function withUnit(kpi: Kpi, text: string): string {
  const name = unit(kpi);
  return `${text}${name === "%" ? percentGap() : "\u00a0"}${name}`;
}

export function time(at: number, withSeconds = false): string {
  return dates({ hour: "2-digit", minute: "2-digit", ...(withSeconds ? { second: "2-digit" } : {}) }).format(at);
}

export function day(at: number): string {
  return dates({ weekday: "short", day: "numeric", month: "short" }).format(at);
}


/** A day of this year or the last, without its weekday. */
export function date(at: number): string {
  return dates({ day: "numeric", month: "short" }).format(at);
}

/** Across midnight, a time this near can be no other day's. */
const NEAR_MS = DAY_MS / 2;

/** The time alone for today and for what is near, with the day for any other. */
export function moment(at: number, now: number): string {
  return sameDay(at, now) || Math.abs(at - now) < NEAR_MS ? time(at) : `${day(at)} ${time(at)}`;
}

export function fullMoment(at: number): string {
  return dates({ dateStyle: "medium", timeStyle: "medium" }).format(at);
}

export function milliseconds(ms: number): string {
  return `${number(ms)}\u00a0ms`;
}

export function seconds(ms: number): string {
  return `${number(ms / 1_000, 1)}\u00a0s`;
}

export function megabytes(bytes: number): string {
  return `${number(bytes / 1_000_000, 1)}\u00a0${language.value === "fr" ? "Mo" : "MB"}`;
}

function sameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/** `Photo 2: too dark`, with the space before the colon that French has. */
export function labelled(label: string, text: string): string {
  return `${label}${language.value === "fr" ? "\u00a0" : ""}: ${text}`;
}

/** How long, in the two largest units: `12 min`, `3 h 4 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  const dayLetter = language.value === "fr" ? "j" : "d";
  const gap = "\u00a0";
  if (ms < MINUTE_MS) return `${number(Math.max(0, Math.floor(ms / 1_000)))}${gap}s`;
  if (ms < HOUR_MS) return `${number(Math.floor(ms / MINUTE_MS))}${gap}min`;
  const [large, largeName, small, smallName] =
    ms < DAY_MS
      ? [Math.floor(ms / HOUR_MS), "h", Math.floor((ms % HOUR_MS) / MINUTE_MS), "min"]
      : [Math.floor(ms / DAY_MS), dayLetter, Math.floor((ms % DAY_MS) / HOUR_MS), "h"];
  const first = `${number(large)}${gap}${largeName}`;
  return small === 0 ? first : `${first}${gap}${number(small)}${gap}${smallName}`;
}

/** A span that begins and ends; the day is named once, and only if it is not today. */
export function between(from: number, to: number, now: number): string {
  return `${moment(from, now)}–${sameDay(from, to) ? time(to) : moment(to, now)}`;
}
