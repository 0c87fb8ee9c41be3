// The fields in which people tell of themselves, on their own page and when they have just come.
import type { JSX } from "preact";
import type { Faults } from "../state/profile";
import type { ProfileDraft } from "../wire";
import { garageWords } from "../words";
import { TextField } from "./text_field";

interface ProfileFieldsProps {
  draft: ProfileDraft;
  faults: Faults;
  onChange(part: Partial<ProfileDraft>): void;
}

export function NameAndPhone({ draft, faults, onChange }: ProfileFieldsProps): JSX.Element {
  const say = garageWords.value.you;
  return (
    <>
      <TextField
        label={say.fullName} name="full_name" autocomplete="name" maxLength={128}
        value={draft.full_name} fault={faults["full_name"]} onChange={(full_name) => onChange({ full_name })}
      />
      <TextField
        label={say.phone} hint={say.phoneHint} kind="tel" name="phone" autocomplete="tel" maxLength={32}
        value={draft.phone} fault={faults["phone"]} onChange={(phone) => onChange({ phone })}
      />
    </>
  );
}

/** The first field that is wrong takes the focus once its message stands beside it. */
export function focusFault(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
}
