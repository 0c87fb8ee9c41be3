// A car's particulars, for adding and for changing; only its name is needed.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { Refused } from "../../http";
import { Dialog } from "../../parts/dialog";
import { toast } from "../../parts/toasts";
import { words } from "../../words";
import { saveCar } from "../state/cars";
import { FUELS, GEARBOXES, type Fuel, type Gearbox, type Vehicle, type VehicleDraft } from "../wire";
import { garageWords, labelled } from "../words";

const OLDEST = 1950;
const BLANK: VehicleDraft = { name: "", make: null, model: null, year: null, fuel: null, gearbox: null, odometer_km: null };

interface CarDialogProps {
  car: Vehicle | null;
  onClose(): void;
  onSaved?: (car: Vehicle) => void;
}

export function CarDialog({ car, onClose, onSaved }: CarDialogProps): JSX.Element {
  const say = garageWords.value;
  const [form, setForm] = useState<VehicleDraft>(car === null ? BLANK : draftOf(car));
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const set = (part: Partial<VehicleDraft>): void => setForm({ ...form, ...part });
  const text = (value: string): string | null => (value.trim() === "" ? null : value);
  const whole = (value: string): number | null => (value === "" ? null : Math.round(Number(value)));
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    try {
      const saved = await saveCar(car?.id ?? null, { ...form, name: form.name.trim() || nameOf(form) });
      toast(say.cars.saved);
      onSaved?.(saved);
      onClose();
    } catch (error) {
      setFault(error instanceof Refused ? `${say.cars.wrong} ${error.message}` : words.peek().common.unreachable);
      setBusy(false);
    }
  };
  return (
    <Dialog title={car === null ? say.cars.add : labelled(say.cars.edit, car.name)} onClose={onClose} wide>
      <form class="rule-form car-form" onSubmit={(event) => void submit(event)}>
        {fault !== null && (
          <p class="field-error" role="alert">
            {fault}
          </p>
        )}
        <Field label={say.cars.make}>
          <input name="make" maxLength={64} autocomplete="off" placeholder="Toyota" value={form.make ?? ""} onInput={(event) => set({ make: text(event.currentTarget.value) })} />
        </Field>
        <Field label={say.cars.model}>
          <input name="model" maxLength={64} autocomplete="off" placeholder="Corolla" value={form.model ?? ""} onInput={(event) => set({ model: text(event.currentTarget.value) })} />
        </Field>
        <Field label={say.cars.year}>
          <input
            name="year" type="number" inputMode="numeric" min={OLDEST} max={new Date().getFullYear() + 1} placeholder="2008"
            value={form.year ?? ""} onInput={(event) => set({ year: whole(event.currentTarget.value) })}
          />
        </Field>
        <Field label={say.cars.odometer} unit={say.cars.km}>
          <input
            name="odometer_km" type="number" inputMode="numeric" min={0} max={2_000_000} placeholder="180000"
            value={form.odometer_km ?? ""} onInput={(event) => set({ odometer_km: whole(event.currentTarget.value) })}
          />
        </Field>
        <Field label={say.cars.fuel}>
          <select name="fuel" value={form.fuel ?? ""} onChange={(event) => set({ fuel: (event.currentTarget.value || null) as Fuel | null })}>
            <option value="">{say.cars.unsaid}</option>
            {FUELS.map((one) => (
              <option key={one} value={one}>
                {say.fuels[one]}
              </option>
            ))}
          </select>
        </Field>
        <Field label={say.cars.gearbox}>
          <select name="gearbox" value={form.gearbox ?? ""} onChange={(event) => set({ gearbox: (event.currentTarget.value || null) as Gearbox | null })}>
            <option value="">{say.cars.unsaid}</option>
            {GEARBOXES.map((one) => (
              <option key={one} value={one}>
                {say.gearboxes[one]}
              </option>
            ))}
          </select>
        </Field>
        <label class="field wide">
          <span>{say.cars.name}</span>
          <input
            name="name" maxLength={64} autocomplete="off" required={nameOf(form) === ""} placeholder={nameOf(form) || say.cars.namePlaceholder}
            value={form.name} onInput={(event) => set({ name: event.currentTarget.value })}
          />
        </label>
        <div class="dialog-foot">
          <button type="button" onClick={onClose}>
            {words.value.common.cancel}
          </button>
          <button type="submit" class="primary" disabled={isBusy}>
            {words.value.common.save}
          </button>
        </div>
      </form>
    </Dialog>
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
function nameOf(form: VehicleDraft): string {
  return [form.make, form.model].filter(Boolean).join(" ").slice(0, 64);
}

function draftOf({ name, make, model, year, fuel, gearbox, odometer_km }: Vehicle): VehicleDraft {
  return { name, make, model, year, fuel, gearbox, odometer_km };
}
