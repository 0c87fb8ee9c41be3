// A password that its writer may look at.
import type { JSX, RefObject } from "preact";
import { useId, useState } from "preact/hooks";
import { words } from "../words";

interface PasswordFieldProps {
  label: string;
  kind: "current-password" | "new-password";
  value: string;
  onChange(value: string): void;
  isWrong?: boolean;
  hint?: string;
  field?: RefObject<HTMLInputElement | null>;
}

export function PasswordField({ label, kind, value, onChange, isWrong = false, hint, field }: PasswordFieldProps): JSX.Element {
  const say = words.value.signIn;
  const [isShown, setShown] = useState(false);
  const hintName = useId();
  return (
    <label>
      {label}
      <span class="password">
        <input
          ref={field ?? null}
          {...(isShown ? { type: "text" as const } : { type: "password" as const })}
          name="password"
          autocomplete={kind}
          required
          aria-invalid={isWrong}
          aria-describedby={hint === undefined ? undefined : hintName}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
        <button type="button" class="quiet small" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
          {isShown ? say.hide : say.show}
        </button>
      </span>
      {hint !== undefined && (
        <span class="hint" id={hintName}>
          {hint}
        </span>
      )}
    </label>
  );
}
