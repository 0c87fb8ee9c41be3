// Why a file was not taken.
import type { JSX } from "preact";
import { labelled } from "../../format";
import { refusalOf } from "../../logic/refusals";
import { garageWords } from "../words";

/** By the server's code, or `unreadable_here` where the phone itself no longer gives the file. */
export function Refusal({ code }: { code: string }): JSX.Element {
  const say = garageWords.value.files;
  const why = code === "unreadable_here" ? say.unreadableHere : (refusalOf(code) ?? refusalOf("refused") ?? code);
  return <p class="field-error">{labelled(say.refused, why)}</p>;
}
