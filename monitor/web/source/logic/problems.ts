// Reads what the server says of a refusal.
import type { ProblemBody } from "../wire";

/** The stable code at the end of `/problems/<code>`; `refused` where none is given. */
export function codeOf(problem: ProblemBody | undefined): string {
  return (problem?.type ?? "").replace("/problems/", "") || "refused";
}
