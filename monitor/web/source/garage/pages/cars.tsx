// The driver's cars: added, changed and deleted here, and each a way into a diagnosis.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { number } from "../../format";
import { Pending } from "../../parts/bone";
import { Confirmation } from "../../parts/confirmation";
import { Icon } from "../../parts/icons";
import { channels } from "../../stream/channels";
import { CarDialog } from "../parts/car_dialog";
import { cars, carsError, describeCar, loadCars, removeCar } from "../state/cars";
import { change, draft } from "../state/cases";
import { visit } from "../state/route";
import type { Vehicle } from "../wire";
import { garageWords } from "../words";

export function CarsPage(): JSX.Element {
  const say = garageWords.value.cars;
  const [edited, setEdited] = useState<Vehicle | "new" | null>(null);
  const [leaving, setLeaving] = useState<Vehicle | null>(null);
  const reloads = channels.reloads.value;
  useEffect(() => void loadCars(), [reloads]);
  const known = cars.value;
  return (
    <>
      <header class="page-head with-action">
        <div>
          <h1>{say.title}</h1>
          <p>{say.lead}</p>
        </div>
        <button type="button" class="primary" onClick={() => setEdited("new")}>
          <Icon name="plus" size={16} />
          {say.add}
        </button>
      </header>
      {known === null ? (
        <Pending height={120} error={carsError.value} />
      ) : known.length === 0 ? (
        <section class="card empty">
          <p class="empty-main">{say.none}</p>
          <p>{say.noneMore}</p>
        </section>
      ) : (
        <ul class="cars">
          {known.map((car) => (
            <CarCard key={car.id} car={car} onEdit={() => setEdited(car)} onRemove={() => setLeaving(car)} />
          ))}
        </ul>
      )}
      {edited !== null && <CarDialog car={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
      {leaving !== null && (
        <Confirmation title={say.removeTitle} deed={say.remove} done={say.removed} onConfirm={() => removeCar(leaving.id)} onClose={() => setLeaving(null)}>
          <p>{say.removeAsk(leaving.name)}</p>
        </Confirmation>
      )}
    </>
  );
}

function CarCard({ car, onEdit, onRemove }: { car: Vehicle; onEdit(): void; onRemove(): void }): JSX.Element {
  const say = garageWords.value;
  const facts = [
    car.fuel === null ? null : say.fuels[car.fuel],
    car.gearbox === null ? null : say.gearboxes[car.gearbox],
    car.odometer_km === null ? null : `${number(car.odometer_km)} ${say.cars.km}`,
  ].filter((one) => one !== null);
  const model = describeCar(car);
  return (
    <li class="card car">
      <Icon name="car" size={28} />
      <div>
        <h2>{car.name}</h2>
        {model !== car.name && <p>{model}</p>}
        {facts.length > 0 && <p class="hint">{facts.join(" · ")}</p>}
      </div>
      <div class="card-actions">
        <button
          type="button"
          onClick={() => {
            change(draft.peek().id, { vehicle: car.id });
            visit("diagnose");
          }}
        >
          {say.cars.diagnose}
        </button>
        <button type="button" class="quiet square" aria-label={`${say.cars.edit}: ${car.name}`} title={say.cars.edit} onClick={onEdit}>
          <Icon name="edit" />
        </button>
        <button type="button" class="quiet square" aria-label={`${say.cars.remove}: ${car.name}`} title={say.cars.remove} onClick={onRemove}>
          <Icon name="bin" />
        </button>
      </div>
    </li>
  );
}
