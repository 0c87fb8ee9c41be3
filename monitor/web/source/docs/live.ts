// Makes examples true: the time of day into what is measured, fresh names into what must be new.

/** What a person must do for the members that this page cannot make up. */
export const HINTS: Record<string, string> = {
  claim: "a code from POST /v1/devices/claims",
  email: "an account's e-mail",
  password: "its password",
  refresh_token: "from POST /v1/sessions",
  account: "an account's id",
  alert: "an alert's id, from GET /v1/alerts",
  device: "a device's id, from GET /v1/devices",
  rule: "a rule's id, from GET /v1/rules",
};

export function enlivened(value: unknown, live: Record<string, string>): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name, made(live[name], member)]);
  return Object.fromEntries(members);
}

function made(kind: string | undefined, shown: unknown): unknown {
  switch (kind) {
    case "now":
      return new Date().toISOString();
    case "soon":
      return new Date(Date.now() + 3_600_000).toISOString();
    case "stream":
      return freshId();
    case "items":
      return Array.isArray(shown) ? shown.map((item) => enlivened(item, { measured_at: "now" })) : shown;
    default:
      return shown;
  }
}

/** A random UUID, also where the page did not come over TLS. */
export function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
