// Reads trouble codes out of what somebody types; the server knows what they mean.

const CODE = /^[PBCU][0-3][0-9A-F]{3}$/;
const MOST = 50;

/** Codes in the order typed, each once, and what could not be read as one. */
export function codesIn(text: string): { good: string[]; bad: string[] } {
  const parts = text.toUpperCase().split(/[\s,;./]+/).filter((part) => part !== "");
  const good = [...new Set(parts.filter((part) => CODE.test(part)))].slice(0, MOST);
  return { good, bad: parts.filter((part) => !CODE.test(part)) };
}
