// What is said in French of the models.
import type { Words } from "../en";
import { un } from "./plural";

export const models: Pick<Words, "models"> = {
  models: {
    title: "Modèles",
    lead: "Ce qui regarde les photos et écoute les enregistrements : sa qualité, et là où il échoue.",
    english: "Les fiches sont rédigées en anglais.",
    version: (version) => `version ${version}`,
    researchOnly: "Recherche seulement",
    researchMore: "Les poids ont été appris sur des données à licence non précisée ou non commerciale. Ils ne peuvent pas entrer dans un produit vendu.",
    code: "Licence du code",
    weights: "Licence des poids",
    file: "Fichier (sha256)",
    figures: "Chiffres",
    limits: "Limites connues",
    data: "Appris sur",
    none: "Aucun modèle n’est chargé.",
    weeks: "Ce qu’il en est advenu",
    weeksLead: "Ce que les gens ont dit ensuite de ses diagnostics. Les semaines de moins de dix personnes ne sont pas montrées.",
    noWeeks: "Encore aucune semaine où dix personnes ont fait lire un fichier.",
    right: (share, count, text, span) => `${span} : jugé juste dans ${share} de ${text} ${un(count, "suite racontée", "suites racontées")}.`,
    untold: (text, span) => `${span} : ${text} fichiers lus ; moins de dix personnes par semaine ont raconté la suite.`,
    span: (from, to) => (from === to ? `Semaine du ${from}` : `Semaines du ${from} au ${to}`),
    bar: (week, share, count) => `${week} : juste dans ${share} de ${count}`,
    barUntold: (week) => `${week} : trop peu de suites racontées`,
    table: "Semaine par semaine",
    week: "Semaine du",
    byVersion: "Version",
    readings: "Fichiers lus",
    median: "Médiane",
    slow: "p95",
    unsure: "Pas sûr",
    outcomes: "Racontées",
    agreed: "Juste",
    few: "trop peu",
  },
};
