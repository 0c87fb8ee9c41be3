// What is said in English of the quality of what phones send.
import { one } from "./plural";

export const quality = {
  quality: {
    title: "Data quality",
    lead: "What phones sent in the last 30 days.",
    days: "Measurements and suspects by day",
    daysHint: "Suspect: possible, but outside the plausible range",
    day: "Day",
    rows: "Measurements",
    suspects: "Suspect",
    share: "Share",
    noDays: "No measurements in these days.",
    faults: "Set aside",
    faultsHint: "Not kept as measurements, with the reason that the phone was told",
    ownFaults: "Only what your own devices sent: an item that could not be read belongs to no network.",
    path: "Member",
    whole: "whole item",
    reason: "Reason",
    items: "Items",
    last: "Last",
    noFaults: "Nothing was set aside.",
    open: (path: string): string => `Show the newest items: ${path}`,
    newest: (path: string): string => `Newest items set aside: ${path}`,
    inactive: (count: number, text: string): string =>
      count === 0 ? "Every account was used within a year." : `${text} ${one(count, "account was", "accounts were")} used by nobody for a year.`,
  },
};
