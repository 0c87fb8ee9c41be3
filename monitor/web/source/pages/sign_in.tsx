// The door: an e-mail, a password, and plain words when they are not right; drivers and mechanics make their account here.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { Refused } from "../http";
import { reasonOf } from "../logic/refusals";
import { Logo } from "../parts/icons";
import { LanguageButton } from "../parts/language_button";
import { PasswordField } from "../parts/password_field";
import { Registration } from "../parts/registration";
import { session } from "../session";
import { words } from "../words";

export function SignInPage({ why }: { why: "fresh" | "signed_out" | "expired" | "revoked" }): JSX.Element {
  const say = words.value;
  const notices = { fresh: null, signed_out: say.signIn.signedOut, expired: say.signIn.expired, revoked: say.signIn.revoked };
  const [isNew, setNew] = useState(false);
  return (
    <div class="sign-in">
      <main class="sign-in-card">
        <p class="sign-in-brand">
          <Logo size={40} />
          <span>Roadpulse</span>
        </p>
        <p class="sign-in-lead">{say.signIn.lead}</p>
        <h1 class={isNew ? "sign-in-title" : "unseen"}>{isNew ? say.register.title : say.signIn.title}</h1>
        {isNew ? <Registration /> : <Form notice={notices[why]} />}
        <p class="sign-in-other">
          {isNew ? say.register.known : say.register.unknown}{" "}
          <button type="button" class="link" onClick={() => setNew(!isNew)}>
            {isNew ? say.signIn.submit : say.register.open}
          </button>
        </p>
      </main>
      <LanguageButton className="quiet" />
    </div>
  );
}

function Form({ notice }: { notice: string | null }): JSX.Element {
  const say = words.value.signIn;
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    try {
      await session.signIn(email.trim(), password);
    } catch (error) {
      setFault(faultOf(error));
      setBusy(false);
      field.current?.focus();
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      {notice !== null && fault === null && <p class="notice">{notice}</p>}
      {fault !== null && (
        <p class="field-error" role="alert">
          {fault}
        </p>
      )}
      <label>
        {say.email}
        <input
          type="email"
          name="email"
          autocomplete="username"
          required
          autofocus
          value={email}
          onInput={(event) => setEmail(event.currentTarget.value)}
        />
      </label>
      <PasswordField field={field} label={say.password} kind="current-password" isWrong={fault !== null} value={password} onChange={setPassword} />
      <button type="submit" class="primary large" disabled={isBusy}>
        {isBusy ? say.busy : say.submit}
      </button>
    </form>
  );
}

function faultOf(error: unknown): string {
  const { signIn: say } = words.peek();
  if (!(error instanceof Refused)) return reasonOf(error);
  if (error.code === "suspended") return say.revoked;
  return error.code === "invalid_field" ? say.wrong : reasonOf(error);
}
