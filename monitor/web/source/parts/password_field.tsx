// A password that its writer may look at.
import type { JSX, RefObject } from "preact";
import { useId, useState } from "preact/hooks";
import { words } from "../words";

interface PasswordFieldProps {
  label: string;
  kind: "current-password" | "new-password";
  value: string;
  onChange(value: string): void;
  name?: string;
  isWrong?: boolean;
  hint?: string;
  /** what is wrong with it, said in place of the hint */
  fault?: string | undefined;
  field?: RefObject<HTMLInputElement | null>;
}

export function PasswordField({ label, kind, value, onChange, name = "password", isWrong = false, hint, fault, field }: PasswordFieldProps): JSX.Element {
  const say = words.value.signIn;
  const [isShown, setShown] = useState(false);
  const moreName = useId();
  const more = fault ?? hint;
  return (
    <label>
      {label}
      <span class="password">
        <input
          ref={field ?? null}
          {...(isShown ? { type: "text" as const } : { type: "password" as const })}
          name={name}
          autocomplete={kind}
          required
          aria-invalid={isWrong || fault !== undefined}
          aria-describedby={more === undefined ? undefined : moreName}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
        <button type="button" class="quiet small" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
          {isShown ? say.hide : say.show}
        </button>
      </span>
      {more !== undefined && (
        <span class={fault === undefined ? "hint" : "field-error"} id={moreName} role={fault === undefined ? undefined : "alert"}>
          {more}
        </span>
      )}
    </label>
  );
}
