// A new password in place of the old one, which has to be known.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { PasswordField } from "../../parts/password_field";
import { words } from "../../words";
import { changePassword, faultsOf, type Faults } from "../state/profile";
import { garageWords } from "../words";
import { focusFault } from "./profile_fields";

export function PasswordCard({ email }: { email: string }): JSX.Element {
  const say = garageWords.value.you;
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [state, setState] = useState<"kept" | "saving" | "saved">("kept");
  const [faults, setFaults] = useState<Faults>({});
  const form = useRef<HTMLFormElement>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setState("saving");
    try {
      await changePassword(old, fresh);
      setFaults({});
      setOld("");
      setFresh("");
      setState("saved");
    } catch (error) {
      const found = faultsOf(error);
      setFaults("new_password" in found && fresh === old ? { new_password: say.samePassword } : found);
      setState("kept");
      focusFault(form.current);
    }
  };
  return (
    <section class="card">
      <h2>{say.password}</h2>
      <p class="hint">{say.passwordLead}</p>
      <form ref={form} class="you-form" onSubmit={(event) => void submit(event)}>
        {/* Password managers ask whose it is. */}
        <input type="email" name="email" autocomplete="username" value={email} readOnly hidden />
        <PasswordField label={say.oldPassword} name="old_password" kind="current-password" fault={faults["old_password"]} value={old} onChange={setOld} />
        <PasswordField
          label={say.newPassword} name="new_password" kind="new-password" hint={words.value.register.passwordHint}
          fault={faults["new_password"]} value={fresh} onChange={setFresh}
        />
        {faults[""] !== undefined && (
          <p class="field-error" role="alert">
            {faults[""]}
          </p>
        )}
        <div class="you-foot">
          <button type="submit" class="primary large" disabled={state === "saving"}>
            {say.change}
          </button>
          <p role="status" class="fine">
            {state === "saved" ? say.changed : ""}
          </p>
        </div>
      </form>
    </section>
  );
}
