// What the driver tells of themselves, the language that they are spoken to in, and their password.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Choice } from "../../parts/choice";
import { language, type Language } from "../../state/preferences";
import { words } from "../../words";
import { PasswordCard } from "../parts/password_card";
import { focusFault, NameAndPhone } from "../parts/profile_fields";
import { TextField } from "../parts/text_field";
import { draftOf, faultsOf, loadProfile, saveProfile, type Faults } from "../state/profile";
import type { Profile, ProfileDraft } from "../wire";
import { garageWords } from "../words";

export function YouPage(): JSX.Element {
  const say = garageWords.value.you;
  const [profile, setProfile] = useState<Profile | null>(null);
  const [isFailed, setFailed] = useState(false);
  useEffect(() => {
    loadProfile().then(setProfile, () => setFailed(true));
  }, []);
  return (
    <>
      <header class="page-head">
        <h1>{say.title}</h1>
        <p>{say.lead}</p>
      </header>
      {profile === null ? (
        isFailed ? <p class="notice-card">{words.value.common.unreachable}</p> : <div class="bone block" style={{ height: "420px" }} aria-busy="true" />
      ) : (
        <>
          <ProfileCard profile={profile} />
          <PasswordCard email={profile.email} />
        </>
      )}
    </>
  );
}

const LANGUAGES: readonly { value: Language; label: string }[] = [
  { value: "en", label: "English" },
  { value: "fr", label: "Français" },
];

function ProfileCard({ profile }: { profile: Profile }): JSX.Element {
  const say = garageWords.value.you;
  const [draft, setDraft] = useState<ProfileDraft>(draftOf(profile));
  const [picked, setPicked] = useState<Language | null>(null);
  // Who saves a name must not find the page in the account's language, where another one was chosen on this phone.
  const spoken = picked ?? language.value;
  const [state, setState] = useState<"kept" | "unsaved" | "saving" | "saved">("kept");
  const [faults, setFaults] = useState<Faults>({});
  const form = useRef<HTMLFormElement>(null);
  const set = (part: Partial<ProfileDraft>): void => {
    setDraft({ ...draft, ...part });
    setState("unsaved");
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setState("saving");
    setFaults({});
    try {
      const saved = await saveProfile(draft, spoken);
      setDraft(draftOf(saved));
      language.value = saved.language;
      setPicked(null);
      setState("saved");
    } catch (error) {
      setFaults(faultsOf(error));
      setState("unsaved");
      focusFault(form.current);
    }
  };
  const told = { kept: "", unsaved: say.unsaved, saving: say.saving, saved: say.saved }[state];
  return (
    <section class="card">
      <h2>{say.about}</h2>
      <dl class="you-names">
        <dt>{say.email}</dt>
        <dd>{profile.email}</dd>
        <dt>{say.username}</dt>
        <dd>{profile.username}</dd>
      </dl>
      <form ref={form} class="you-form" noValidate onSubmit={(event) => void submit(event)}>
        <NameAndPhone draft={draft} faults={faults} onChange={set} />
        <TextField
          label={say.town} name="town" autocomplete="address-level2" maxLength={256}
          value={draft.town} fault={faults["attributes"]} onChange={(town) => set({ town })}
        />
        <div class="field">
          <span aria-hidden="true">{say.language}</span>
          <Choice
            label={say.language} options={LANGUAGES} chosen={spoken}
            onChoose={(one) => {
              setPicked(one);
              setState("unsaved");
            }}
          />
        </div>
        {faults[""] !== undefined && (
          <p class="field-error" role="alert">
            {faults[""]}
          </p>
        )}
        <div class="you-foot">
          <button type="submit" class="primary large" disabled={state === "saving"}>
            {words.value.common.save}
          </button>
          <p role="status" class={state === "saved" ? "fine" : "hint"}>
            {told}
          </p>
        </div>
      </form>
    </section>
  );
}
