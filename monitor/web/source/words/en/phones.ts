// What is said in English of kinds of phones.

export const phones = {
  phones: {
    title: "Device models",
    lastDay: "The last 24 hours of the range",
    kind: "Model and app",
    others: "Others, fewer than 10 devices each",
    unknown: "Model unknown",
    version: (version: string): string => `app ${version}`,
    reach: (least: string, most: string): string => `from ${least} to ${most}`,
  },
};
