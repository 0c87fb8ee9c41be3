// The language follows its person: what is chosen here is told to the account, and an account's own is taken over here.
import { effect, untracked } from "@preact/signals";
import { ask, get } from "../http";
import { session } from "../session";
import type { Profile } from "../wire";
import { language, languageTold, type Language } from "./preferences";

let last = Promise.resolve();

/** Speaks this language from now on, here and wherever the person signs in. */
export function speak(chosen: Language): void {
  language.value = chosen;
  languageTold.value = "no";
  if (session.state.peek().kind === "present") tell();
}

function tell(): void {
  // One after the other: of two quick choices the later one has to stay.
  last = last.then(async () => {
    const chosen = language.peek();
    try {
      await ask<Profile>("PATCH", "/v1/accounts/me", { language: chosen });
      if (language.peek() === chosen) languageTold.value = "yes";
    } catch {
      // It is told when the pages are opened next.
    }
  });
}

async function takeOver(): Promise<void> {
  try {
    const { language: own } = await get<Profile>("/v1/accounts/me");
    if (own !== null && languageTold.peek() === "yes") language.value = own;
  } catch {
    // The language of this browser will do.
  }
}

/** Called once. A language that was chosen at the door is the person's word too, and the newest. */
export function beginSpeaking(): void {
  effect(() => {
    const state = session.state.value;
    untracked(() => {
      if (state.kind === "present") {
        if (languageTold.peek() === "no") tell();
        else void takeOver();
      } else if (state.kind === "absent" && state.why !== "fresh") languageTold.value = "yes";
    });
  });
}
