// What many weeks of a model add up to, for the sentence beside its chart.
import type { ModelWeek } from "../wire";

export interface Turned {
  readings: number;
  outcomes: number;
  /** null where nobody may be told of it */
  agreed: number | null;
}

export function totalOf(weeks: readonly ModelWeek[]): Turned {
  const readings = weeks.reduce((sum, week) => sum + week.readings, 0);
  const told = weeks.filter((week) => week.outcomes !== null && week.agreed !== null);
  const outcomes = told.reduce((sum, week) => sum + (week.outcomes ?? 0), 0);
  const right = told.reduce((sum, week) => sum + (week.outcomes ?? 0) * (week.agreed ?? 0), 0);
  return { readings, outcomes, agreed: outcomes === 0 ? null : right / outcomes };
}
