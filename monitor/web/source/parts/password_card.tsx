// A new password in place of the old one, which has to be known.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { changePassword } from "../state/profile";
import { words } from "../words";
import { PasswordField } from "./password_field";
import { FormFoot, useFaults } from "./profile_fields";

export function PasswordCard({ email }: { email: string }): JSX.Element {
  const say = words.value.you;
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [state, setState] = useState<"kept" | "saving" | "saved">("kept");
  const form = useRef<HTMLFormElement>(null);
  const { faults, clear, fail } = useFaults(form);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setState("saving");
    try {
      await changePassword(old, fresh);
      clear();
      setOld("");
      setFresh("");
      setState("saved");
    } catch (error) {
      fail(error, fresh === old ? { new_password: say.samePassword } : {});
      setState("kept");
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
        <FormFoot
          fault={faults[""]} submit={say.change} isBusy={state === "saving"}
          told={state === "saved" ? say.changed : ""} isDone={state === "saved"}
        />
      </form>
    </section>
  );
}
