// What somebody who has just come may tell at once: name, phone and the first car. All of it can be skipped.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import "../../styles/you.css";
import { NameAndPhone, useFaults } from "../../parts/profile_fields";
import { BLANK, filled, saveProfile } from "../../state/profile";
import { words } from "../../words";
import type { ProfileDraft } from "../../wire";
import { CarFields, NEW_CAR, nameOf } from "../parts/car_fields";
import { saveCar } from "../state/cars";
import { visit } from "../state/route";
import type { VehicleDraft } from "../wire";
import { garageWords } from "../words";

export function WelcomePage(): JSX.Element {
  const say = garageWords.value;
  const [draft, setDraft] = useState<ProfileDraft>(BLANK);
  const [car, setCar] = useState<VehicleDraft>(NEW_CAR);
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const { faults, clear, fail } = useFaults(form);
  const hasCar = Object.values(car).some((value) => value !== null && value !== "");
  const leave = (): void => visit("diagnose", { replace: true });
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    clear();
    try {
      const told = filled(draft);
      if (Object.keys(told).length > 0) await saveProfile(told);
      // Last, as a second one would be a second car.
      if (hasCar) await saveCar(null, { ...car, name: car.name.trim() || nameOf(car) });
      leave();
    } catch (error) {
      fail(error);
      setBusy(false);
    }
  };
  return (
    <>
      <header class="page-head">
        <h1>{say.welcome.title}</h1>
        <p>{say.welcome.lead}</p>
      </header>
      <form ref={form} class="welcome" onSubmit={(event) => void submit(event)}>
        <section class="card">
          <h2>{words.value.you.about}</h2>
          <div class="you-form">
            <NameAndPhone draft={draft} faults={faults} onChange={(part) => setDraft({ ...draft, ...part })} />
          </div>
        </section>
        <section class="card">
          <h2>{say.welcome.car}</h2>
          <p class="hint">{say.welcome.carHint}</p>
          <div class="rule-form car-form">
            <CarFields form={car} isNeeded={hasCar} onChange={(part) => setCar({ ...car, ...part })} />
          </div>
        </section>
        {faults[""] !== undefined && (
          <p class="field-error" role="alert">
            {faults[""]}
          </p>
        )}
        <div class="you-foot">
          <button type="submit" class="primary large" disabled={isBusy}>
            {isBusy ? words.value.you.saving : say.welcome.go}
          </button>
          <button type="button" class="large" onClick={leave}>
            {say.welcome.skip}
          </button>
        </div>
      </form>
    </>
  );
}
