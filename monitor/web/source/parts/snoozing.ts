// How long an alert may be put to sleep, counted from the moment of choosing.
import { HOUR_MS, MINUTE_MS } from "../state/clock";
import { words } from "../words";

export interface SnoozeChoice {
  label: string;
  until(): number;
}

export function snoozeChoices(): SnoozeChoice[] {
  const say = words.value.alerts;
  return [
    { label: say.snooze15, until: () => Date.now() + 15 * MINUTE_MS },
    { label: say.snooze60, until: () => Date.now() + HOUR_MS },
    { label: say.snooze240, until: () => Date.now() + 4 * HOUR_MS },
    { label: say.snoozeMorning, until: tomorrowMorning },
  ];
}

/** Seven o'clock on the next day, as the person's own clock shows it. */
function tomorrowMorning(): number {
  const date = new Date();
  date.setDate(date.getDate() + 1);
  date.setHours(7, 0, 0, 0);
  return date.getTime();
}
