// What is said in French of the quality of what phones send.
import type { Words } from "../en";
import { un } from "./plural";

export const quality: Pick<Words, "quality"> = {
  quality: {
    title: "Qualité des données",
    lead: "Ce que les téléphones ont envoyé ces 30 derniers jours.",
    days: "Mesures et valeurs suspectes par jour",
    daysHint: "Suspecte : possible, mais hors de la plage plausible",
    day: "Jour",
    rows: "Mesures",
    suspects: "Suspectes",
    share: "Part",
    noDays: "Aucune mesure ces jours-là.",
    faults: "Mises de côté",
    faultsHint: "Non gardées comme mesures, avec la raison dite au téléphone",
    ownFaults: "Seulement ce que vos propres appareils ont envoyé : un élément illisible n’appartient à aucun réseau.",
    path: "Champ",
    whole: "élément entier",
    reason: "Raison",
    items: "Éléments",
    last: "Dernier",
    noFaults: "Rien n’a été mis de côté.",
    open: (path) => `Montrer les plus récents : ${path}`,
    newest: (path) => `Les plus récents mis de côté : ${path}`,
    inactive: (count, text) =>
      count === 0 ? "Tous les comptes ont servi depuis moins d’un an." : `${text} ${un(count, "compte n’a", "comptes n’ont")} servi à personne depuis un an.`,
  },
};
