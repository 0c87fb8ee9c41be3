// A table of points as a file that spreadsheets open.
import type { Point } from "./points";

const COLUMNS = ["samples", "mean", "min", "max", "p50", "p95"] as const;

export function pointsAsCsv(points: readonly Point[]): string {
  const lines = points.map((point) =>
    [new Date(point.at).toISOString(), ...COLUMNS.map((column) => point[column] ?? "")].join(","),
  );
  return [["at", ...COLUMNS].join(","), ...lines].join("\r\n") + "\r\n";
}
