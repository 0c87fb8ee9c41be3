// The words of the language that is chosen now; a component that reads them changes with it.
import { computed } from "@preact/signals";
import { language } from "../state/preferences";
import { en, type Words } from "./en";
import { fr } from "./fr";

const dictionaries: Record<"en" | "fr", Words> = { en, fr };

export const words = computed<Words>(() => dictionaries[language.value]);
