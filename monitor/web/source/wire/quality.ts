// How good what phones send is.
import type { Id } from "./basics";

/** One operator's measurements of one day. */
export interface DayQuality {
  at: string;
  provider: string | null;
  rows: number;
  suspects: number;
}

/** Why items were set aside. */
export interface Rejection {
  /** the member at fault; empty for the item as a whole */
  path: string;
  reason: string;
  items: number;
  last_at: string;
}

export interface DataQuality {
  days: DayQuality[];
  quarantined: Rejection[];
  /** null for all but administrators */
  inactive_accounts: number | null;
}

export interface SetAside {
  id: Id;
  received_at: string;
  path: string;
  reason: string;
  /** base 64 */
  raw: string;
}
