// Sends an answer and puts the list that comes back in its place; says aloud what has changed.
import { signal } from "@preact/signals";
import { ask } from "../../http";
import { toast } from "../../parts/toasts";
import type { Answer, Diagnosis } from "../wire";
import { garageWords, pick } from "../words";
import { learn } from "./diagnoses";

/** What a screen reader is told after the last answer. */
export const told = signal("");
/** The question whose answer is under way. */
export const underWay = signal<string | null>(null);

export async function answer(diagnosis: Diagnosis, question: string, given: Answer): Promise<void> {
  if (underWay.peek() !== null) return;
  underWay.value = question;
  const say = garageWords.peek().result;
  try {
    const again = await ask<Diagnosis>("POST", `/v1/diagnoses/${diagnosis.id}/answers`, { question, answer: given });
    const [before, after] = [diagnosis.result?.causes[0], again.result?.causes[0]];
    learn(again);
    told.value = after === undefined || before?.id === after.id ? say.rerankedSame : say.reranked(pick(after.name));
  } catch {
    toast(say.answerFailed, null, true);
  } finally {
    underWay.value = null;
  }
}
