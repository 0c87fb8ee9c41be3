// The signs that can be ticked, in the groups in which a driver would look for them.
import { signal } from "@preact/signals";
import { get } from "../../http";
import type { Symptom } from "../wire";

export const GROUPS = ["starting", "running", "noise", "heat", "brakes", "chassis", "electric", "lights", "other"] as const;
export type Group = (typeof GROUPS)[number];

/** null until they are read */
export const symptoms = signal<Symptom[] | null>(null);
export const symptomsFailed = signal(false);

export async function loadSymptoms(): Promise<void> {
  if (symptoms.peek() !== null) return;
  try {
    symptoms.value = (await get<{ items: Symptom[] }>("/v1/symptoms")).items;
    symptomsFailed.value = false;
  } catch {
    symptomsFailed.value = true;
  }
}

export function isTime(symptom: Symptom): boolean {
  return symptom.group.startsWith("when_");
}

// The knowledge groups signs by what they are evidence of; people look for them by where they noticed them.
const BY_GROUP: Record<string, Group> = {
  starting: "starting", battery_low: "starting",
  running: "running", fuel_use: "running",
  belt: "noise", knock: "noise", exhaust: "noise", air: "noise", wheel_noise: "noise", joint: "noise",
  cooling: "heat", smoke: "heat", burning: "heat", fuel_leak: "heat", oil: "heat",
  brakes: "brakes", brakes_weak: "brakes", handbrake: "brakes",
  steering: "chassis", suspension: "chassis", wheels: "chassis", tyres: "chassis", clutch: "chassis", gears: "chassis",
  charging: "electric", electric: "electric", lamps: "electric", climate: "electric", body: "electric",
  abs: "lights", airbag: "lights", battery: "lights", brake: "lights", check_engine: "lights", engine_light: "lights",
  coolant_temp: "lights", oil_pressure: "lights", tpms: "lights", glow_plug: "lights", dpf: "lights",
  power_steering: "lights", transmission: "lights", traction_control: "lights", security: "lights",
};

export function groupOf(symptom: Symptom): Group {
  return BY_GROUP[symptom.group] ?? "other";
}
