// What every message shares: roles, ids, lists and refusals.

export type Role = "subscriber" | "mechanic" | "operator" | "analyst" | "administrator";

/** Rows are numbered by the database; older or other servers may say it as text. */
export type Id = number | string;

export interface Listing<Item> {
  items: Item[];
  next: string | null;
}

/** RFC 9457, and the error member of a socket's answer. */
export interface ProblemBody {
  type?: string;
  title?: string;
  detail?: string;
  status?: number;
  retry?: boolean;
  errors?: { path: string; reason: string }[];
}
