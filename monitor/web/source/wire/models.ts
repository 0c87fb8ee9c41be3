// The models and how they do.

/** One model's card. */
export interface Model {
  name: string;
  version: number;
  sha256: string;
  licence: { code: string; weights: string; why: string };
  metrics: unknown;
  limits: unknown;
  data: unknown;
}

/** How one model did in one week; those who look after models see it. */
export interface ModelWeek {
  name: string;
  version: number;
  /** its first moment, in UTC */
  week: string;
  readings: number;
  took_ms_p50: number;
  took_ms_p95: number;
  /** share of its readings in which it was not sure */
  abstained: number;
  /** told of its diagnoses; null where fewer than ten people told */
  outcomes: number | null;
  /** share of those that found the diagnosis right */
  agreed: number | null;
}
