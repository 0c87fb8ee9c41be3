// A table of points as a file that spreadsheets open.
import type { Point } from "./points";

const COLUMNS = ["samples", "mean", "min", "max", "p50", "p95"] as const;

export function pointsAsCsv(points: readonly Point[]): string {
  const lines = points.map((point) =>
    [new Date(point.at).toISOString(), ...COLUMNS.map((column) => point[column] ?? "")].join(","),
  );
  return [["at", ...COLUMNS].join(","), ...lines].join("\r\n") + "\r\n";
}

export function offerFile(name: string, content: string, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
