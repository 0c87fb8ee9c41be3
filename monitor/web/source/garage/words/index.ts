// The words of the drivers' pages in the language that is chosen now, and one of two texts that the server sent.
import { computed } from "@preact/signals";
import { language } from "../../state/preferences";
import type { Text } from "../wire";
import { en, type GarageWords } from "./en";
import { fr } from "./fr";

const dictionaries: Record<"en" | "fr", GarageWords> = { en, fr };

export const garageWords = computed<GarageWords>(() => dictionaries[language.value]);

export function pick(text: Text): string {
  return text[language.value];
}
