// What is said in French of gaps in coverage.
import type { Words } from "../en";
import { un } from "./plural";

export const gaps: Pick<Words, "gaps"> = {
  gaps: {
    title: (count, text) => `${text} ${un(count, "trou", "trous")} de couverture ces 7 derniers jours`,
    legend: "trou de couverture, 7 jours",
    here: (what) => `Trou de couverture ces 7 derniers jours : ${what}.`,
    then: "\u00a0; ",
    unconnected: (share) => `seulement ${share} des mesures étaient connectées`,
    weak: (signal) => `signal moyen ${signal}`,
    silent: (day) => `aucune mesure depuis ${day}`,
  },
};
