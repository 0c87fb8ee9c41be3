// What is said in French to somebody who has just come.
import type { GarageWords } from "../en";

export const welcome: Pick<GarageWords, "welcome"> = {
  welcome: {
    title: "Bienvenue",
    lead: "Quelques mots rendent les réponses plus sûres. Tout peut rester vide et se change plus tard.",
    car: "Votre voiture",
    carHint: "Âge, carburant et kilométrage disent quelles pannes elle peut avoir.",
    go: "Enregistrer et commencer",
    skip: "Passer",
  },
};
