// The fields in which people tell of themselves, what is wrong with each, and the foot of such a form.
import type { JSX, RefObject } from "preact";
import { useState } from "preact/hooks";
import { faultsOf, type Faults } from "../state/profile";
import { words } from "../words";
import type { ProfileDraft } from "../wire";
import { TextField } from "./text_field";

interface ProfileFieldsProps {
  draft: ProfileDraft;
  faults: Faults;
  onChange(part: Partial<ProfileDraft>): void;
}

export function NameAndPhone({ draft, faults, onChange }: ProfileFieldsProps): JSX.Element {
  const say = words.value.you;
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

interface FoundFaults {
  faults: Faults;
  clear(): void;
  /** says what is wrong beside the fields, and goes to the first of them */
  fail(error: unknown, instead?: Faults): void;
}

/** `instead` has words of the form's own, by field. */
export function useFaults(form: RefObject<HTMLFormElement | null>): FoundFaults {
  const [faults, setFaults] = useState<Faults>({});
  const fail = (error: unknown, instead: Faults = {}): void => {
    const found = faultsOf(error);
    setFaults(Object.fromEntries(Object.entries(found).map(([name, text]) => [name, instead[name] ?? text])));
    // Once its message stands beside it.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };
  return { faults, clear: () => setFaults({}), fail };
}

interface FormFootProps {
  /** what is wrong with none of the fields */
  fault: string | undefined;
  submit: string;
  isBusy: boolean;
  told: string;
  isDone: boolean;
}

export function FormFoot({ fault, submit, isBusy, told, isDone }: FormFootProps): JSX.Element {
  return (
    <>
      {fault !== undefined && (
        <p class="field-error" role="alert">
          {fault}
        </p>
      )}
      <div class="you-foot">
        <button type="submit" class="primary large" disabled={isBusy}>
          {submit}
        </button>
        <p role="status" class={isDone ? "fine" : "hint"}>
          {told}
        </p>
      </div>
    </>
  );
}
