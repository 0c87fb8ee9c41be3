// Who tries: an account that signs in here, and a phone that it enrols or whose token is pasted.
import type { JSX } from "preact";
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { ask, Refused, Unreachable } from "../http";
import { Icon } from "../parts/icons";
import { session } from "../session";
import type { Claim } from "../wire";
import type { Call } from "./documents";

/** In memory only: whoever reloads the page has to bring it again. */
export const phoneToken = signal<string | null>(null);

/** The token that a call should carry: the phone's where only phones may. */
export async function tokenFor(call: Call): Promise<string | null> {
  if (call["x-devices"] && call["x-roles"].length === 0) return phoneToken.value;
  return session.token();
}

/** What stands in the way of a call, or null. */
export function missingFor(call: Call): string | null {
  if (call.security.length === 0 || call.security.some((way) => Object.keys(way).length === 0)) return null;
  if (call["x-devices"] && call["x-roles"].length === 0) return phoneToken.value === null ? "needs a phone's token" : null;
  const state = session.state.value;
  if (state.kind !== "present") return "needs a signed-in account";
  const roles = call["x-roles"];
  return roles.includes(state.person.role) ? null : `for ${roles.join(" and ")}, you are ${state.person.role}`;
}

export function Callers(): JSX.Element {
  return (
    <div class="callers">
      <section aria-label="Account">
        <h3>
          <Icon name="person" size={16} /> Account
        </h3>
        <Account />
      </section>
      <section aria-label="Phone">
        <h3>
          <Icon name="devices" size={16} /> Phone
        </h3>
        <Phone />
      </section>
    </div>
  );
}

function Account(): JSX.Element {
  const state = session.state.value;
  if (state.kind !== "present") return <SignIn />;
  const { role, provider, email } = state.person;
  return (
    <div class="caller">
      <p>
        {email ?? "Signed in"} <span class="chip">{provider === null ? role : `${role} · ${provider}`}</span>
      </p>
      <button type="button" class="small" onClick={() => void session.signOut()}>
        Sign out
      </button>
    </div>
  );
}

function SignIn(): JSX.Element {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { isBusy, fault, run } = useDoing();
  const submit = (event: Event): void => {
    event.preventDefault();
    void run(() => session.signIn(email.trim(), password));
  };
  return (
    <form class="caller-form" onSubmit={submit}>
      <input type="email" autocomplete="username" placeholder="E-mail" aria-label="E-mail" required value={email} onInput={(event) => setEmail(event.currentTarget.value)} />
      <input
        type="password"
        autocomplete="current-password"
        placeholder="Password"
        aria-label="Password"
        required
        value={password}
        onInput={(event) => setPassword(event.currentTarget.value)}
      />
      <button type="submit" class="primary" disabled={isBusy}>
        Sign in
      </button>
      <Fault of={fault} />
    </form>
  );
}

function Phone(): JSX.Element {
  const [pasted, setPasted] = useState("");
  const { isBusy, fault, run } = useDoing();
  const token = phoneToken.value;
  if (token !== null) {
    return (
      <div class="caller">
        <p>
          <code>{`${token.slice(0, 10)}…`}</code> <span class="chip">device</span>
        </p>
        <button type="button" class="small" onClick={() => (phoneToken.value = null)}>
          Forget
        </button>
      </div>
    );
  }
  const submit = (event: Event): void => {
    event.preventDefault();
    phoneToken.value = pasted.trim() === "" ? null : pasted.trim();
  };
  return (
    <form class="caller-form" onSubmit={submit}>
      <input type="text" autocomplete="off" spellcheck={false} placeholder="Device token (rpd_…)" aria-label="Device token" value={pasted} onInput={(event) => setPasted(event.currentTarget.value)} />
      <button type="submit" disabled={pasted.trim() === ""}>
        Use
      </button>
      <button type="button" disabled={isBusy || session.state.value.kind !== "present"} title="Claims a code with your account and enrols with it" onClick={() => void run(enrol)}>
        Enrol a new phone
      </button>
      <Fault of={fault} />
    </form>
  );
}

async function enrol(): Promise<void> {
  const claim = await ask<Claim>("POST", "/v1/devices/claims");
  const made = await ask<{ token: string }>("POST", "/v1/devices", { code: claim.code, name: "API page" });
  phoneToken.value = made.token;
}

function Fault({ of }: { of: string | null }): JSX.Element | null {
  return of === null ? null : (
    <p class="field-error" role="alert">
      {of}
    </p>
  );
}

interface Doing {
  isBusy: boolean;
  fault: string | null;
  run(work: () => Promise<void>): Promise<void>;
}

function useDoing(): Doing {
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const run = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setFault(null);
    try {
      await work();
    } catch (error) {
      setFault(error instanceof Refused || error instanceof Unreachable ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, fault, run };
}
