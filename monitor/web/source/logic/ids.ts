// Names that no other client makes up.

export function makeId(): string {
  // randomUUID exists in secure contexts only, and a page on a plain-HTTP test host needs names as well.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
