// Why a socket closed, in terms that a person can act on, and whether it makes sense to come back.

export type ClosedBecause =
  | "lost"
  | "silent"
  | "unreachable"
  | "draining"
  | "token_expired"
  | "too_slow"
  | "lost_position"
  | "no_pong"
  | "busy"
  | "bad_token"
  | "bad_request"
  | "no_connect"
  | "flood"
  | "too_many"
  | "not_allowed"
  | "revoked"
  | "frame_too_big"
  | "unknown";

const BY_CODE: Record<number, ClosedBecause> = {
  1001: "draining",
  1006: "lost",
  1009: "frame_too_big",
  1011: "unknown",
  1012: "draining",
  4001: "draining",
  4005: "token_expired",
  4008: "too_slow",
  4010: "lost_position",
  4012: "no_pong",
  4013: "busy",
  4500: "bad_token",
  4501: "bad_request",
  4502: "no_connect",
  4503: "flood",
  4504: "too_many",
  4507: "not_allowed",
  4508: "revoked",
};

export function whyClosed(code: number): ClosedBecause {
  return BY_CODE[code] ?? "unknown";
}

/** 4500 to 4999, and a frame too big, would only fail again. */
export function comesBack(code: number): boolean {
  return code !== 1009 && !(code >= 4500 && code <= 4999);
}

/** Full jitter: a thousand consoles that lost one server must not return in one moment. */
export function backOff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(30_000, 500 * 2 ** Math.min(attempt, 10));
  return 200 + random() * ceiling;
}
