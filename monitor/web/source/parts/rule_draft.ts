// A rule that another page has begun and the rules page goes on with.
import { signal } from "@preact/signals";
import type { Kpi } from "../wire";

export const ruleDraft = signal<{ cell: string; kpi: Kpi } | null>(null);
