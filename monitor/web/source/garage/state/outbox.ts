// Sends off what a driver has handed over, as soon as its files are at the server and there is a link: once, however often it is tried.
import { effect, signal, untracked } from "@preact/signals";
import { ask, Refused } from "../../http";
import { link } from "../../stream/link";
import { codesIn } from "../logic/codes";
import { cases, change, files, filesOf, outbox, removeCase, type Case } from "./cases";
import { fetchDiagnosis } from "./diagnoses";
import { route, visit } from "./route";

const AGAIN_MS = 5_000;

const busy = new Set<string>();
/** Rises when what could not be sent should be tried again. */
const round = signal(0);

export function beginOutbox(): void {
  effect(() => {
    void [files.value, link.state.value, round.value, cases.value];
    const ready = outbox.value.filter((one) => one.refusal === null && filesOf(one.id).every((file) => file.isStored));
    untracked(() => ready.forEach((one) => void post(one)));
  });
}

async function post(one: Case): Promise<void> {
  if (busy.has(one.id)) return;
  busy.add(one.id);
  const media = filesOf(one.id).flatMap((file) => file.media ?? []);
  const { vehicle, description, symptoms, codes, language } = one;
  const body = { vehicle, media, description, symptoms, codes: codesIn(codes).good, language };
  try {
    const { diagnosis } = await ask<{ diagnosis: number }>("POST", "/v1/diagnoses", body, one.id);
    await fetchDiagnosis(diagnosis).catch(() => undefined);
    removeCase(one.id);
    if (route.peek().page === "sending") visit("diagnosis", { id: diagnosis, replace: true });
  } catch (error) {
    if (error instanceof Refused && error.problem.retry !== true && error.status < 500) change(one.id, { refusal: faultOf(error) });
    else setTimeout(() => (round.value += 1), AGAIN_MS);
  } finally {
    busy.delete(one.id);
  }
}

/** The member at fault, such as `vehicle`, or else the code. */
function faultOf({ problem, code }: Refused): string {
  return (problem.errors?.[0]?.path ?? "").replace(/\W.*/, "") || code;
}

/** Hands a case over: from here on it sends itself. */
export function handOver(id: string): void {
  change(id, { isSent: true, refusal: null });
  visit("sending");
}

/** Takes it back to be changed. */
export function takeBack(id: string): void {
  change(id, { isSent: false, refusal: null });
  visit("diagnose");
}
