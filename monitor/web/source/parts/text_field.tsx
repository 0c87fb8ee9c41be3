// One line of text with its name, a hint, and what is wrong with it, which a screen reader hears with the field.
import type { JSX } from "preact";
import { useId } from "preact/hooks";

interface TextFieldProps {
  label: string;
  name: string;
  kind?: "text" | "tel";
  autocomplete: "name" | "tel" | "address-level2" | "off";
  maxLength: number;
  value: string;
  onChange(value: string): void;
  hint?: string;
  fault?: string | undefined;
}

export function TextField({ label, name, kind = "text", autocomplete, maxLength, value, onChange, hint, fault }: TextFieldProps): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...(kind === "tel" ? { type: "tel" as const } : { type: "text" as const })}
        id={id}
        name={name}
        autocomplete={autocomplete}
        maxLength={maxLength}
        value={value}
        aria-invalid={fault !== undefined}
        aria-describedby={hint === undefined && fault === undefined ? undefined : `${id}-more`}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <span id={`${id}-more`} class={fault === undefined ? "hint" : "field-error"} role={fault === undefined ? undefined : "alert"}>
        {fault ?? hint}
      </span>
    </div>
  );
}
