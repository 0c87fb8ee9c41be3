// What people tell of themselves, as the server keeps it, and what is wrong with each field in words of ours.
import { ask, get, Refused } from "../http";
import { reasonOf } from "../logic/refusals";
import { words } from "../words";
import type { Profile, ProfileDraft } from "../wire";

/** What is wrong, by field; "" for what belongs to none. */
export type Faults = Record<string, string>;

export const BLANK: ProfileDraft = { full_name: "", phone: "", town: "" };

export async function loadProfile(): Promise<Profile> {
  return get<Profile>("/v1/accounts/me");
}

/** An empty field takes back what was said; one that is not there leaves it. */
export async function saveProfile({ town, ...draft }: Partial<ProfileDraft>): Promise<Profile> {
  const given = Object.fromEntries(Object.entries(draft).map(([name, text]) => [name, said(text)]));
  const attributes = town === undefined ? {} : { attributes: { town: said(town) } };
  return ask<Profile>("PATCH", "/v1/accounts/me", { ...given, ...attributes });
}

/** The draft without the fields that were left empty. */
export function filled(draft: ProfileDraft): Partial<ProfileDraft> {
  return Object.fromEntries(Object.entries(draft).filter(([, text]) => said(text) !== null));
}

export async function changePassword(old_password: string, new_password: string): Promise<void> {
  await ask("PUT", "/v1/accounts/me/password", { old_password, new_password });
}

export function draftOf(profile: Profile): ProfileDraft {
  const { town } = profile.attributes;
  return { full_name: profile.full_name ?? "", phone: profile.phone ?? "", town: typeof town === "string" ? town : "" };
}

export function faultsOf(error: unknown): Faults {
  const { you: say, register } = words.peek();
  const known: Faults = { full_name: say.badName, phone: say.badPhone, attributes: say.badTown, old_password: say.badOldPassword, new_password: register.weak };
  const errors = error instanceof Refused ? (error.problem.errors ?? []) : [];
  const paths = errors.map((one) => one.path.replace(/\W.*/, "")).filter((path) => path in known);
  return paths.length > 0 ? Object.fromEntries(paths.map((path) => [path, known[path] ?? ""])) : { "": reasonOf(error) };
}

function said(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}
