// Which car it is about; one that is not here yet is added on the spot.
import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { CarDialog } from "../parts/car_dialog";
import { cars, nameCar } from "../state/cars";
import { change, draft } from "../state/cases";
import { garageWords } from "../words";

export function CarChoice(): JSX.Element {
  const say = garageWords.value.diagnose;
  const [isAdding, setAdding] = useState(false);
  const name = useId();
  const known = cars.value ?? [];
  const { id, vehicle } = draft.value;
  useEffect(() => {
    // Whoever has one car means that one.
    const [only] = known;
    if (vehicle === null && known.length === 1 && only !== undefined && draft.peek().description === "") change(id, { vehicle: only.id });
  }, [known.length]);
  return (
    <>
      <section class="card car-choice">
        <label for={known.length > 0 ? name : undefined}>
          <Icon name="car" />
          {say.car}
        </label>
        {known.length > 0 && (
          <select id={name} value={vehicle === null ? "" : String(vehicle)} onChange={(event) => change(id, { vehicle: Number(event.currentTarget.value) || null })}>
            <option value="">{say.noCar}</option>
            {known.map((car) => (
              <option key={car.id} value={String(car.id)}>
                {nameCar(car)}
              </option>
            ))}
          </select>
        )}
        <button type="button" class={known.length > 0 ? "square" : ""} aria-label={known.length > 0 ? say.addCar : undefined} title={say.addCar} onClick={() => setAdding(true)}>
          <Icon name="plus" size={16} />
          {known.length === 0 && say.addCar}
        </button>
        {known.length === 0 && <p class="hint">{say.carHint}</p>}
      </section>
      {isAdding && <CarDialog car={null} onClose={() => setAdding(false)} onSaved={(car) => change(id, { vehicle: car.id })} />}
    </>
  );
}
