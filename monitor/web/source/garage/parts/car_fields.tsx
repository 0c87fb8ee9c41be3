// The particulars of a car; of one that there is, only its name is needed.
import type { ComponentChildren, JSX } from "preact";
import { FUELS, GEARBOXES, type VehicleDraft } from "../wire";
import { garageWords } from "../words";

const OLDEST = 1950;
export const NEW_CAR: VehicleDraft = { name: "", make: null, model: null, year: null, fuel: null, gearbox: null, odometer_km: null };

interface CarFieldsProps {
  form: VehicleDraft;
  /** whether there is a car, which has to have a name */
  isNeeded: boolean;
  onChange(part: Partial<VehicleDraft>): void;
}

export function CarFields({ form, isNeeded, onChange }: CarFieldsProps): JSX.Element {
  const say = garageWords.value;
  const text = (value: string): string | null => (value.trim() === "" ? null : value);
  const whole = (value: string): number | null => (value === "" ? null : Math.round(Number(value)));
  return (
    <>
      <Field label={say.cars.make}>
        <input name="make" maxLength={64} autocomplete="off" placeholder="Toyota" value={form.make ?? ""} onInput={(event) => onChange({ make: text(event.currentTarget.value) })} />
      </Field>
      <Field label={say.cars.model}>
        <input name="model" maxLength={64} autocomplete="off" placeholder="Corolla" value={form.model ?? ""} onInput={(event) => onChange({ model: text(event.currentTarget.value) })} />
      </Field>
      <Field label={say.cars.year}>
        <input
          name="year" type="number" inputMode="numeric" min={OLDEST} max={new Date().getFullYear() + 1} placeholder="2008"
          value={form.year ?? ""} onInput={(event) => onChange({ year: whole(event.currentTarget.value) })}
        />
      </Field>
      <Field label={say.cars.odometer} unit={say.cars.km}>
        <input
          name="odometer_km" type="number" inputMode="numeric" min={0} max={2_000_000} placeholder="180000"
          value={form.odometer_km ?? ""} onInput={(event) => onChange({ odometer_km: whole(event.currentTarget.value) })}
        />
      </Field>
      <OneOf label={say.cars.fuel} name="fuel" all={FUELS} names={say.fuels} chosen={form.fuel} onChoose={(fuel) => onChange({ fuel })} />
      <OneOf label={say.cars.gearbox} name="gearbox" all={GEARBOXES} names={say.gearboxes} chosen={form.gearbox} onChoose={(gearbox) => onChange({ gearbox })} />
      <label class="field wide">
        <span>{say.cars.name}</span>
        <input
          name="name" maxLength={64} autocomplete="off" required={isNeeded && nameOf(form) === ""} placeholder={nameOf(form) || say.cars.namePlaceholder}
          value={form.name} onInput={(event) => onChange({ name: event.currentTarget.value })}
        />
      </label>
    </>
  );
}

interface OneOfProps<Value extends string> {
  label: string;
  name: string;
  all: readonly Value[];
  names: Record<Value, string>;
  chosen: Value | null;
  onChoose(value: Value | null): void;
}

/** One of a few, or nothing said of it. */
function OneOf<Value extends string>({ label, name, all, names, chosen, onChoose }: OneOfProps<Value>): JSX.Element {
  return (
    <Field label={label}>
      <select name={name} value={chosen ?? ""} onChange={(event) => onChoose((event.currentTarget.value || null) as Value | null)}>
        <option value="">{garageWords.value.cars.unsaid}</option>
        {all.map((one) => (
          <option key={one} value={one}>
            {names[one]}
          </option>
        ))}
      </select>
    </Field>
  );
}

function Field({ label, unit, children }: { label: string; unit?: string; children: ComponentChildren }): JSX.Element {
  return (
    <label class="field">
      <span>{label}</span>
      {unit === undefined ? (
        children
      ) : (
        <span class="with-unit">
          {children}
          <span>{unit}</span>
        </span>
      )}
    </label>
  );
}

/** Without a name of its own a car goes by its make and model. */
export function nameOf(form: VehicleDraft): string {
  return [form.make, form.model].filter(Boolean).join(" ").slice(0, 64);
}
