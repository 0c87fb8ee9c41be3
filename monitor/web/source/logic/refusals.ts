// Why something was refused, in the words of the chosen language; the server's own are for programs.
import { Refused, Unreachable } from "../http";
import { words } from "../words";

/** Of a code that these pages do not know, the server's text. */
export function reasonOf(error: unknown): string {
  const { common } = words.value;
  if (error instanceof Unreachable) return common.unreachable;
  if (!(error instanceof Refused)) return common.failed;
  return refusalOf(error.code) ?? error.message;
}

/** The words for a code such as `too_many_vehicles`, or null. */
export function refusalOf(code: string): string | null {
  return words.value.refusals[code] ?? null;
}
