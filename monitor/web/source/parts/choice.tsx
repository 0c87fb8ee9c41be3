// A row of buttons of which one is chosen: radio buttons by nature, so that arrow keys and screen readers know them.
import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

interface ChoiceProps<Value extends string> {
  label: string;
  options: readonly { value: Value; label: ComponentChildren; title?: string }[];
  chosen: Value | null;
  onChoose(value: Value): void;
  small?: boolean;
}

export function Choice<Value extends string>({ label, options, chosen, onChoose, small = false }: ChoiceProps<Value>): JSX.Element {
  const name = useId();
  return (
    <fieldset class={small ? "choice small" : "choice"}>
      <legend class="unseen">{label}</legend>
      {options.map((option) => (
        <label key={option.value} title={option.title}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === chosen}
            onChange={() => onChoose(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
