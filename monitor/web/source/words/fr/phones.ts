// What is said in French of kinds of phones.
import type { Words } from "../en";

export const phones: Pick<Words, "phones"> = {
  phones: {
    title: "Modèles d’appareils",
    lastDay: "Les dernières 24 heures de la période",
    kind: "Modèle et application",
    others: "Autres, moins de 10 appareils chacun",
    unknown: "Modèle inconnu",
    version: (version) => `app ${version}`,
    reach: (least, most) => `de ${least} à ${most}`,
  },
};
