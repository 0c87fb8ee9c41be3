// Gives people a file of what a page shows.

/** Long after the browser has begun to save it. */
const FORGOTTEN_AFTER_MS = 10_000;

export function offerFile(name: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), FORGOTTEN_AFTER_MS);
}

/** What something is called and when it was saved, as the beginning of a file's name. */
export function fileName(title: string): string {
  return `${title} ${new Date().toISOString().slice(0, 16)}`.replace(/[^\p{L}\p{N}]+/gu, "-");
}
