// Gives people a file of what a page shows.

/** Long after the browser has begun to save it. */
const FORGOTTEN_AFTER_MS = 10_000;

export function offerFile(name: string, content: string, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), FORGOTTEN_AFTER_MS);
}
