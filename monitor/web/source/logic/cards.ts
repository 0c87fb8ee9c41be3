// Finds the shapes that people read best in the tree of words and numbers that a model's card is.

const LONGEST_IN_LINE = 40;

export type Tree = { [name: string]: unknown };

/** A value with its 95 % interval, however the card writes it. */
export interface Figure {
  value: number;
  low: number;
  high: number;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
}

/** `[0.7, 0.62, 0.75]` and `{value: 0.7, low: 0.62, high: 0.75}`. */
export function figureOf(value: unknown): Figure | null {
  if (Array.isArray(value)) {
    const [first, low, high] = value as unknown[];
    const isFigure = value.length === 3 && [first, low, high].every((one) => typeof one === "number");
    return isFigure ? { value: first as number, low: low as number, high: high as number } : null;
  }
  if (!isTree(value) || Object.keys(value).length !== 3) return null;
  return figureOf([value["value"], value["low"], value["high"]]);
}

export interface Table {
  columns: string[];
  rows: { name: string; cells: unknown[] }[];
}

/** Entries that are all trees of plain members are rows of one table; an interval goes with the figure before it. */
export function tableOf(tree: Tree): Table | null {
  const entries = Object.entries(tree);
  if (entries.length < 2 || !entries.every(([, one]) => isTree(one) && figureOf(one) === null)) return null;
  const names = [...new Set(entries.flatMap(([, one]) => Object.keys(one as Tree)))];
  const columns = names.filter((name) => name !== "low" && name !== "high");
  const rows = entries.map(([name, one]) => ({ name, cells: columns.map((column) => cellOf(one as Tree, column)) }));
  return rows.every((row) => row.cells.every((cell) => !isTree(cell) || figureOf(cell) !== null)) ? { columns, rows } : null;
}

function cellOf(row: Tree, column: string): unknown {
  const names = Object.keys(row);
  const hasInterval = names.includes("high") && names.indexOf("low") === names.indexOf(column) + 1 && column in row;
  return hasInterval ? [row[column], row["low"], row["high"]] : (row[column] ?? null);
}

/** A list in one line, such as `brake 4, abs 1`; null where its entries are sentences. */
export function lineOf(list: readonly unknown[]): string | null {
  const isShort = (one: unknown): boolean => typeof one === "number" || (typeof one === "string" && one.length <= LONGEST_IN_LINE);
  const parts = list.map((one) => (Array.isArray(one) && one.every(isShort) ? one.join(" ") : isShort(one) ? String(one) : null));
  return parts.every((part) => part !== null) ? parts.join(", ").replaceAll("_", " ") : null;
}
