// A car's particulars, for adding and for changing; only its name is needed.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { labelled } from "../../format";
import { reasonOf } from "../../logic/refusals";
import { Dialog } from "../../parts/dialog";
import { toast } from "../../parts/toasts";
import { words } from "../../words";
import { saveCar } from "../state/cars";
import type { Vehicle, VehicleDraft } from "../wire";
import { garageWords } from "../words";
import { CarFields, NEW_CAR, nameOf } from "./car_fields";

interface CarDialogProps {
  car: Vehicle | null;
  onClose(): void;
  onSaved?: (car: Vehicle) => void;
}

export function CarDialog({ car, onClose, onSaved }: CarDialogProps): JSX.Element {
  const say = garageWords.value;
  const [form, setForm] = useState<VehicleDraft>(car === null ? NEW_CAR : draftOf(car));
  const [fault, setFault] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
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
      setFault(error);
      setBusy(false);
    }
  };
  return (
    <Dialog title={car === null ? say.cars.add : labelled(say.cars.edit, car.name)} onClose={onClose} wide>
      <form class="rule-form car-form" onSubmit={(event) => void submit(event)}>
        {fault !== null && (
          <p class="field-error" role="alert">
            {reasonOf(fault)}
          </p>
        )}
        <CarFields form={form} isNeeded onChange={(part) => setForm({ ...form, ...part })} />
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

function draftOf({ name, make, model, year, fuel, gearbox, odometer_km }: Vehicle): VehicleDraft {
  return { name, make, model, year, fuel, gearbox, odometer_km };
}
