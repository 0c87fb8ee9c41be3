// Goes over to the other language, said in that language.
import type { JSX } from "preact";
import { language } from "../state/preferences";
import { speak } from "../state/speaking";
import { words } from "../words";

interface LanguageButtonProps {
  className: string;
  /** two letters in place of the sentence, which names the button all the same; who says what they see finds it too */
  isShort?: boolean;
}

export function LanguageButton({ className, isShort = false }: LanguageButtonProps): JSX.Element {
  const say = words.value.header;
  const other = language.value === "en" ? "fr" : "en";
  return (
    <button
      type="button"
      class={className}
      lang={other}
      aria-label={isShort ? `${say.languageCode}: ${say.language}` : undefined}
      title={isShort ? say.language : undefined}
      onClick={() => speak(other)}
    >
      {isShort ? say.languageCode : say.language}
    </button>
  );
}
