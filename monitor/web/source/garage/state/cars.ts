// The person's cars, as every page of theirs shows them.
import { signal } from "@preact/signals";
import { ask, list } from "../../http";
import type { Vehicle, VehicleDraft } from "../wire";

/** null until they are read */
export const cars = signal<Vehicle[] | null>(null);
/** why they could not be read */
export const carsError = signal<unknown>(null);

export async function loadCars(): Promise<void> {
  try {
    cars.value = await list<Vehicle>("/v1/vehicles");
    carsError.value = null;
  } catch (error) {
    carsError.value = error;
  }
}

export async function saveCar(id: number | null, draft: VehicleDraft): Promise<Vehicle> {
  const saved = id === null ? await ask<Vehicle>("POST", "/v1/vehicles", draft) : await ask<Vehicle>("PATCH", `/v1/vehicles/${id}`, draft);
  cars.value = [...(cars.peek() ?? []).filter((car) => car.id !== saved.id), saved].sort((a, b) => a.id - b.id);
  return saved;
}

export async function removeCar(id: number): Promise<void> {
  await ask("DELETE", `/v1/vehicles/${id}`);
  cars.value = (cars.peek() ?? []).filter((car) => car.id !== id);
}

/** The owner's name for it, with what that name does not say already. */
export function nameCar(car: VehicleDraft): string {
  const model = describeCar(car);
  if (model === "" || model.startsWith(car.name)) return model || car.name;
  return `${car.name} · ${model}`;
}

/** Make, model and year where they are known, after the name that its owner gave it. */
export function describeCar(car: VehicleDraft): string {
  return [car.make, car.model, car.year === null ? null : String(car.year)].filter(Boolean).join(" ");
}

export function forgetCars(): void {
  cars.value = null;
}
