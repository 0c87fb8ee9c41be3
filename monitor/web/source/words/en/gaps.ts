// What is said in English of gaps in coverage.
import { one } from "./plural";

export const gaps = {
  gaps: {
    title: (count: number, text: string): string => `${text} ${one(count, "coverage gap", "coverage gaps")} in the last 7 days`,
    legend: "coverage gap, 7 days",
    here: (what: string): string => `Coverage gap in the last 7 days: ${what}.`,
    then: "; ",
    unconnected: (share: string): string => `only ${share} of the measurements were connected`,
    weak: (signal: string): string => `mean signal ${signal}`,
    silent: (day: string): string => `no measurement since ${day}`,
  },
};
