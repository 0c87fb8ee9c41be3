// A rule that another page has begun, or wants changed, and the rules page goes on with.
import { signal } from "@preact/signals";
import type { Id, Kpi } from "../wire";

export const ruleDraft = signal<{ cell: string; kpi: Kpi } | { rule: Id } | null>(null);
