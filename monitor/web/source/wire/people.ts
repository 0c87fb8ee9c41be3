// Accounts and what belongs to them.
import type { Id, Role } from "./basics";

export interface Credentials {
  access_token: string;
  expires_at: string;
  role: Role;
  /** slug of the operator's own provider */
  provider: string | null;
}

export interface Provider {
  slug: string;
  name: string;
  color: string | null;
}

export interface Device {
  id: Id;
  name: string;
  created_at: string;
  /** to five minutes */
  last_seen_at: string | null;
  revoked_at: string | null;
}

export interface Claim {
  code: string;
  expires_at: string;
  /** the same code as a picture: SVG text, or an address that holds one */
  qr: string;
}

/** One's own account. */
export interface Profile {
  email: string;
  username: string;
  /** null: never chosen */
  language: "en" | "fr" | null;
  full_name: string | null;
  phone: string | null;
  attributes: Record<string, string | number | boolean>;
}

/** As it is being written: an empty field says nothing. */
export interface ProfileDraft {
  full_name: string;
  phone: string;
  town: string;
}
