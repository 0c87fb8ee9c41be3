// What is said in English of what a panel gives away, and of folding it.

export const take = {
  label: (what: string): string => `Share or save: ${what}`,
  link: "Copy link",
  curl: "Copy as curl",
  csv: "Download CSV",
  png: "Download picture (PNG)",
  didLink: "Link copied. Whoever opens it sees what their own account may see.",
  didCurl: "Command copied. It takes an access token from $ROADPULSE_TOKEN.",
  fold: (what: string): string => `Fold: ${what}`,
  unfold: (what: string): string => `Open: ${what}`,
};
