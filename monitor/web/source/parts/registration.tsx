// Makes an account for a driver or a mechanic and signs it in; other accounts are an administrator's to give.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { visit } from "../garage/state/route";
import { raw, Refused, settled } from "../http";
import { reasonOf } from "../logic/refusals";
import { session } from "../session";
import { language } from "../state/preferences";
import { words } from "../words";
import { Choice } from "./choice";
import { PasswordField } from "./password_field";

type OpenRole = "subscriber" | "mechanic";

export function Registration(): JSX.Element {
  const say = words.value.register;
  const [role, setRole] = useState<OpenRole>("subscriber");
  const [email, setEmail] = useState("");
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [faults, setFaults] = useState<string[]>([]);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFaults([]);
    try {
      const body = { email: email.trim(), username: username.trim(), password, role, language: language.peek() };
      await settled(await raw("POST", "/v1/accounts", body, null));
      visit("welcome", { replace: true });
      await session.signIn(email.trim(), password);
    } catch (error) {
      setFaults(faultsOf(error));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      {faults.length > 0 && (
        <ul class="field-error" role="alert">
          {faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      )}
      <RoleChoice chosen={role} onChoose={setRole} />
      <label>
        {words.value.signIn.email}
        <input type="email" name="email" autocomplete="email" required autofocus value={email} onInput={(event) => setEmail(event.currentTarget.value)} />
      </label>
      <Username value={username} onChange={setUsername} />
      <PasswordField label={words.value.signIn.password} kind="new-password" hint={say.passwordHint} value={password} onChange={setPassword} />
      <button type="submit" class="primary large" disabled={isBusy}>
        {isBusy ? say.busy : say.submit}
      </button>
    </form>
  );
}

function RoleChoice({ chosen, onChoose }: { chosen: OpenRole; onChoose(role: OpenRole): void }): JSX.Element {
  const say = words.value.register;
  const roles = [
    { value: "subscriber" as const, label: say.driver },
    { value: "mechanic" as const, label: say.mechanic },
  ];
  return <Choice label={say.role} options={roles} chosen={chosen} onChoose={onChoose} />;
}

function Username({ value, onChange }: { value: string; onChange(value: string): void }): JSX.Element {
  const say = words.value.register;
  return (
    <label>
      {say.username}
      <input
        name="username"
        autocomplete="nickname"
        required
        minLength={3}
        maxLength={32}
        pattern="[A-Za-z0-9][A-Za-z0-9._\-]{2,31}"
        title={say.usernameHint}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <span class="hint">{say.usernameHint}</span>
    </label>
  );
}

function faultsOf(error: unknown): string[] {
  const say = words.peek().register;
  const known: Record<string, string> = { password: say.weak, email: say.badEmail, username: say.usernameHint };
  const paths = error instanceof Refused ? new Set((error.problem.errors ?? []).map((one) => one.path)) : [];
  const told = [...paths].flatMap((path) => known[path] ?? []);
  return told.length > 0 ? told : [reasonOf(error)];
}
