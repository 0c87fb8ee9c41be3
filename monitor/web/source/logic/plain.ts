// Text as people type it into a search field.

/** Without accents, capitals and outer spaces, so that `edea` finds Edéa. */
export function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}
