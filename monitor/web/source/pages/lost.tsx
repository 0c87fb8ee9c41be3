// Said in plain words where there is no page, with a way back.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Logo } from "../parts/icons";
import { LanguageButton } from "../parts/language_button";
import { words } from "../words";

export function LostPage(): JSX.Element {
  const say = words.value;
  const title = `${say.lost.title} · Roadpulse`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <div class="sign-in">
      <main class="sign-in-card">
        <p class="sign-in-brand">
          <Logo size={40} />
          <span>Roadpulse</span>
        </p>
        <h1 class="sign-in-title">{say.lost.title}</h1>
        <p class="lost-address">
          <code>{location.pathname}</code>
        </p>
        <p>{say.lost.text}</p>
        <p class="lost-back">
          <a href="/">{say.lost.back}</a>
        </p>
      </main>
      <LanguageButton className="quiet" />
    </div>
  );
}
