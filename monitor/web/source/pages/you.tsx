// What people tell of themselves, the language that they are spoken to in, and their password.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import "../styles/you.css";
import { Pending } from "../parts/bone";
import { Choice } from "../parts/choice";
import { PasswordCard } from "../parts/password_card";
import { FormFoot, NameAndPhone, useFaults } from "../parts/profile_fields";
import { TextField } from "../parts/text_field";
import { language, type Language } from "../state/preferences";
import { draftOf, loadProfile, saveProfile } from "../state/profile";
import { speak } from "../state/speaking";
import { usePolled } from "../state/using";
import { words } from "../words";
import type { Profile, ProfileDraft } from "../wire";

export function YouPage(): JSX.Element {
  const say = words.value.you;
  const { value: profile, error } = usePolled(loadProfile, 0, []);
  return (
    <>
      <header class="page-head">
        <h1>{say.title}</h1>
        <p>{say.lead}</p>
      </header>
      {profile === null ? (
        <Pending height={420} error={error} />
      ) : (
        <>
          <ProfileCard profile={profile} />
          <PasswordCard email={profile.email} />
        </>
      )}
    </>
  );
}

type State = "kept" | "unsaved" | "saving" | "saved";

function ProfileCard({ profile }: { profile: Profile }): JSX.Element {
  const say = words.value.you;
  const [draft, setDraft] = useState<ProfileDraft>(draftOf(profile));
  const [chosen, setChosen] = useState<Language | null>(null);
  const [state, setState] = useState<State>("kept");
  const form = useRef<HTMLFormElement>(null);
  const { faults, clear, fail } = useFaults(form);
  const set = (part: Partial<ProfileDraft>): void => {
    setDraft({ ...draft, ...part });
    setState("unsaved");
  };
  const choose = (one: Language): void => {
    setChosen(one);
    setState("unsaved");
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setState("saving");
    clear();
    try {
      setDraft(draftOf(await saveProfile(draft)));
      if (chosen !== null) speak(chosen);
      setChosen(null);
      setState("saved");
    } catch (error) {
      fail(error);
      setState("unsaved");
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
        <LanguageField chosen={chosen ?? language.value} onChoose={choose} />
        <FormFoot fault={faults[""]} submit={words.value.common.save} isBusy={state === "saving"} told={told} isDone={state === "saved"} />
      </form>
    </section>
  );
}

/** Each is named in itself: whoever seeks one may not read the other. */
const LANGUAGES: readonly { value: Language; label: string }[] = [
  { value: "en", label: "English" },
  { value: "fr", label: "Français" },
];

function LanguageField({ chosen, onChoose }: { chosen: Language; onChoose(one: Language): void }): JSX.Element {
  const say = words.value.you;
  return (
    <div class="field">
      <span aria-hidden="true">{say.language}</span>
      <Choice label={say.language} options={LANGUAGES} chosen={chosen} onChoose={onChoose} />
      <span class="hint">{say.languageHint}</span>
    </div>
  );
}
