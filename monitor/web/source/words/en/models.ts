// What is said in English of the models.
import { one } from "./plural";

export const models = {
  models: {
    title: "Models",
    lead: "What reads photos and listens to recordings: how good it is, and where it fails.",
    english: "The cards are written in English.",
    version: (version: string): string => `version ${version}`,
    researchOnly: "Research only",
    researchMore: "The weights were trained on data whose licence is unstated or non-commercial. They may not be used in a product that is sold.",
    code: "Licence of the code",
    weights: "Licence of the weights",
    file: "File (sha256)",
    figures: "Figures",
    limits: "Known limits",
    data: "Trained on",
    none: "No model is loaded.",
    weeks: "How it turned out",
    weeksLead: "What people told of its diagnoses afterwards. Weeks with fewer than ten people are not shown.",
    noWeeks: "No week yet in which ten people had a file read.",
    right: (share: string, count: number, text: string, span: string): string =>
      `${span}: found right in ${share} of ${text} told ${one(count, "outcome", "outcomes")}.`,
    untold: (text: string, span: string): string => `${span}: ${text} files read; fewer than ten people a week told how it turned out.`,
    span: (from: string, to: string): string => (from === to ? `Week of ${from}` : `Weeks of ${from} to ${to}`),
    bar: (week: string, share: string, count: string): string => `${week}: right in ${share} of ${count}`,
    barUntold: (week: string): string => `${week}: too few told`,
    table: "Week by week",
    week: "Week of",
    byVersion: "Version",
    readings: "Files read",
    median: "Median",
    slow: "p95",
    unsure: "Not sure",
    outcomes: "Told",
    agreed: "Right",
    few: "too few",
  },
};
