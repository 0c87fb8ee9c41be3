// What is said in French of what a panel gives away, and of folding it.
import type { Words } from "../en";

export const take: Words["take"] = {
  label: (what) => `Partager ou enregistrer : ${what}`,
  link: "Copier le lien",
  curl: "Copier en curl",
  csv: "Télécharger en CSV",
  png: "Télécharger l’image (PNG)",
  didLink: "Lien copié. Qui l’ouvre voit ce que son propre compte peut voir.",
  didCurl: "Commande copiée. Elle prend un jeton d’accès dans $ROADPULSE_TOKEN.",
  fold: (what) => `Plier : ${what}`,
  unfold: (what) => `Déplier : ${what}`,
};
