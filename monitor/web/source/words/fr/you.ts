// What is said in French of the person: what they tell of themselves, and their password.
import type { Words } from "../en";

export const you: Pick<Words, "you"> = {
  you: {
    title: "Vous",
    lead: "Visible par vous et par les administrateurs, par personne d’autre. Chaque champ peut rester vide.",
    about: "À propos de vous",
    email: "E-mail",
    username: "Nom affiché ici",
    fullName: "Nom complet",
    phone: "Téléphone",
    phoneHint: "Avec + et l’indicatif du pays : +237 6 71 23 45 67",
    town: "Ville",
    language: "Langue",
    languageHint: "Parlée partout où vous vous connectez.",
    saving: "Enregistrement…",
    saved: "Enregistré.",
    unsaved: "Pas encore enregistré.",
    badName: "128 lettres au plus, sans retour à la ligne.",
    badPhone: "Ce n’est pas un numéro avec l’indicatif du pays, comme +237 6 71 23 45 67.",
    badTown: "256 lettres au plus.",
    password: "Mot de passe",
    passwordLead: "Un nouveau vous déconnecte partout ailleurs. Les téléphones qui mesurent continuent.",
    oldPassword: "Mot de passe actuel",
    newPassword: "Nouveau mot de passe",
    badOldPassword: "Ce n’est pas votre mot de passe.",
    samePassword: "C’est l’ancien.",
    change: "Changer le mot de passe",
    changed: "Mot de passe changé. Vous êtes déconnecté partout ailleurs.",
  },
};
