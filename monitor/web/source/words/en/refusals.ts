// What is said in English where something was refused or set aside: by the server's codes, and by what is wrong with a value.

const refusals: Record<string, string> = {
  invalid_message: "The server could not read what this page sent. Load the page again.",
  invalid_field: "Something is missing, or not possible as it is.",
  body_too_large: "This is too large to be sent.",
  not_allowed: "This account may not do that.",
  not_signed_in: "Sign in first.",
  token_expired: "The session has ended. Sign in again.",
  token_invalid: "The session has ended. Sign in again.",
  suspended: "The account is suspended, or the phone revoked.",
  credentials_wrong: "The e-mail or the password is not right.",
  claim_invalid: "The code is unknown, used or expired.",
  not_found: "It is not there, or not there any more.",
  conflict: "It has changed meanwhile. Load the page again.",
  already_taken: "This e-mail or name belongs to an account already.",
  request_under_way: "The same request is still under way. Try again in a moment.",
  idempotency_key_reused: "This was sent before, as something else. Load the page again.",
  media_too_large: "The file is too large.",
  media_too_small: "The picture has fewer than 12 pixels a side.",
  media_unreadable: "The file cannot be read.",
  media_unknown: "This is no photo or recording that can be read.",
  media_truncated: "The file is damaged or breaks off.",
  media_empty: "The file is empty.",
  media_infected: "The file carries malware and was not kept.",
  media_quota_spent: "There is no room left for your files. Delete old diagnoses first.",
  media_hash_differs: "The file arrived damaged.",
  media_not_ready: "The file has not been looked at yet. Try again in a moment.",
  unknown_upload: "The upload has ended. Add the file again.",
  upload_offset_wrong: "The upload stands elsewhere. It goes on by itself.",
  upload_expired: "The upload was left unfinished for too long. Add the file again.",
  upload_fragmented: "The file came in too many small pieces. Add it again.",
  too_many_uploads: "Too many files are under way. Wait for some of them.",
  too_many_vehicles: "This account has as many cars as it may have.",
  too_many_diagnoses: "Too many of your diagnoses are under way. Wait for one of them.",
  too_many_requests: "Too many tries. Wait a moment, then try again.",
  too_many_connections: "This account is open in too many places.",
  too_busy: "The server is too busy. Try again in a while.",
  unavailable: "Something that this needs is down. Try again in a while.",
  internal: "Something broke on the server. It was noted; try again.",
  draining: "The server is being restarted. Try again in a moment.",
  refused: "The server refused it.",
};

const faults = {
  least: (bound: string): string => `must be at least ${bound}`,
  most: (bound: string): string => `must be at most ${bound}`,
  above: (bound: string): string => `must be above ${bound}`,
  below: (bound: string): string => `must be below ${bound}`,
  short: (least: string): string => (least === "1" ? "is empty" : `has fewer than ${least} letters`),
  long: (most: string): string => `has more than ${most} letters`,
  missing: (): string => "is missing",
  number: (): string => "is not a number",
  text: (): string => "is not a text",
  truth: (): string => "is neither yes nor no",
  time: (): string => "is not a time",
  zone: (): string => "is a time without its zone",
  ahead: (span: string): string => `lies more than ${span} in the future`,
  old: (span: string): string => `is older than ${span}`,
  alone: (): string => "came alone: latitude and longitude come together or not at all",
  shape: (): string => "is not laid out as a measurement",
  unkept: (): string => "cannot be kept",
};

/** What a phone's measurement has, beside its KPIs. */
const members: Record<string, string> = {
  "": "Whole measurement",
  measured_at: "Time",
  carrier: "Network",
  network_type: "Technology",
  latitude: "Latitude",
  longitude: "Longitude",
  accuracy_m: "Accuracy of the place",
  device_info: "Phone model",
  app_version: "App version",
};

/** What one's own phones sent and the server did not keep. */
const setAside = {
  title: "What was not kept",
  lead: "Measurements that your phones sent in the last 30 days and that could not be right as they came. All others were kept.",
  none: "Everything that your phones sent was kept.",
  what: "What",
  why: "Why",
  count: "How many",
  last: "Last",
};

export const refused = { refusals, faults, members, setAside };
