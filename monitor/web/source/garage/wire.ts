// The shapes of what the server says about cars, media and diagnoses; every human text comes in both languages.
import type { Listing, ProblemBody } from "../wire";

/** One text in both languages, so that a page can switch without asking again. */
export interface Text {
  en: string;
  fr: string;
}

export type Fuel = "petrol" | "diesel" | "hybrid" | "electric" | "gas";
export type Gearbox = "manual" | "automatic";
export const FUELS: readonly Fuel[] = ["petrol", "diesel", "hybrid", "electric", "gas"];
export const GEARBOXES: readonly Gearbox[] = ["manual", "automatic"];

export interface VehicleDraft {
  name: string;
  make: string | null;
  model: string | null;
  year: number | null;
  fuel: Fuel | null;
  gearbox: Gearbox | null;
  odometer_km: number | null;
}

export interface Vehicle extends VehicleDraft {
  id: number;
  created_at: string;
}

export type MediaKind = "dashboard" | "sound" | "attachment";

export interface Problem {
  code: string;
  text: Text;
  advice: Text;
}

export interface Quality {
  is_good: boolean;
  problems: Problem[];
  measures: Record<string, number | string | null>;
}

export interface Media {
  id: string;
  kind: MediaKind;
  content_type: string;
  bytes: number;
  state: "receiving" | "stored" | "failed";
  captured_at: string | null;
  created_at: string;
  refusal: string | null;
  quality: Quality | null;
}

export type VerdictName = "stop" | "go_slowly" | "check_soon" | "no_sign" | "not_sure";
export type Drive = "stop" | "slow" | "soon" | "fine";
export type Answer = "yes" | "no" | "unknown";

export interface Verdict {
  verdict: VerdictName;
  headline: Text;
  why: Text;
  by_rule: boolean;
  get_out: Text | null;
}

export interface Finding {
  label: string;
  name: Text;
  meaning: Text;
  action: Text | null;
  iso: string | null;
  colour: string | null;
  drive: Drive | null;
  confidence: number;
  /** in pixels of the picture as shown */
  box: [number, number, number, number] | null;
  /** in seconds */
  span: [number, number] | null;
  /** in hertz */
  band: [number, number] | null;
}

export interface Reading {
  media: string;
  kind: "dashboard" | "sound";
  model: string;
  took_ms: number;
  quality: Quality;
  abstained: boolean;
  findings: Finding[];
}

/** A file that the diagnosis does without. */
export interface Unread {
  media: string;
  kind: MediaKind;
  code: string;
  why: Text;
}

export interface Reason {
  source: string;
  name: Text;
  why: Text;
  weight: number;
}

export interface Cause {
  id: string;
  name: Text;
  explanation: Text;
  probability: number;
  low: number;
  high: number;
  words: Text;
  in_set: boolean;
  serious: boolean;
  drive: Drive;
  reasons_for: Reason[];
  reasons_against: Reason[];
  checks: string[];
  steps: Text[];
  tools: Text[];
  minutes: number;
  difficulty: "easy" | "handy" | "garage";
  parts: Text[];
  cost: { parts: [number, number]; labour: [number, number]; currency: string; quotes: number };
  video: { query: Text } | null;
}

export interface Question {
  id: string;
  text: Text;
  how: Text | null;
}

export interface Check extends Question {
  answer: Answer | null;
}

export interface Result {
  verdict: Verdict;
  alarms: { evidence: string; drive: Drive; text: Text; certain: boolean }[];
  read: Reading[];
  said: { evidence: string; name: Text; present: boolean; words: string }[];
  codes: { code: string; meaning: Text; generic: boolean }[];
  causes: Cause[];
  is_sure: boolean;
  healthy: number;
  unknown: number;
  question: Question | null;
  checks: Check[];
  notes: Text[];
  /** `cases` of 0: our own estimate */
  calibration: { temperature: number; set_mass: number; cases: number };
  models: string[];
  concluded_at: string;
  unread: Unread[];
}

export interface Failure {
  code: string;
  text: Text;
  retry: boolean;
}

export interface Outcome {
  was_right: boolean | null;
  cause: string | null;
  comment: string;
  /** null: not told */
  repaired: boolean | null;
}

/** A piece of advice that was taken up. */
export interface Interaction {
  what: "step" | "video" | "part" | "check";
  /** a check's or a cause's id, or `cause/number` */
  item: string;
  done: boolean;
  helped: boolean | null;
}

export type DiagnosisState = "queued" | "working" | "concluded" | "failed";
export type Stage = "queued" | "quality" | "reading" | "reasoning";

export interface Summary {
  id: number;
  version: number;
  vehicle: Vehicle | null;
  language: "en" | "fr";
  description: string;
  symptoms: string[];
  codes: string[];
  media: Media[];
  state: DiagnosisState;
  stage: Stage | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  failure: Failure | null;
  outcome: Outcome | null;
  verdict: { verdict: VerdictName; headline: Text } | null;
}

export interface Diagnosis extends Omit<Summary, "verdict"> {
  answers: Record<string, Answer>;
  result: Result | null;
  interactions: Interaction[];
}

/** What `diagnosis.progress` carries: only what has changed. */
export interface Progress {
  id: number;
  version: number;
  state: DiagnosisState;
  stage: Stage | null;
  media?: Record<string, { quality: Quality | null }>;
}

export interface Examined {
  media: string;
  quality: Quality;
}

/** A file that came in whole and could not be read after all. */
export interface Unfit {
  media: string;
  error: ProblemBody;
}

export interface Symptom {
  id: string;
  name: Text;
  group: string;
}

export interface Spectrogram {
  seconds_per_column: number;
  /** the centre of each row, low to high */
  hz: number[];
  columns: number;
  /** base64 of one byte a cell, row by row from low to high */
  rows: string;
  /** seconds from and to which somebody may be speaking: dark in the picture */
  hidden: [number, number][];
}

export interface SharedLink {
  url: string;
  expires_at: string;
}

export type Page<Item> = Listing<Item>;
