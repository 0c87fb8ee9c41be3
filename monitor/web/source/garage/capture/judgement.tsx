// What was just taken is good, or what is wrong with it; taken again or used all the same.
import type { JSX } from "preact";
import { Icon } from "../../parts/icons";
import type { Warning } from "../logic/pictures";
import { Warnings } from "../parts/warnings";

interface JudgementProps {
  warnings: readonly Warning[];
  say: { good: string; again: string; use: string; useAnyway: string };
  onAgain(): void;
  onUse(): void;
}

export function Judgement({ warnings, say, onAgain, onUse }: JudgementProps): JSX.Element {
  const isGood = warnings.length === 0;
  return (
    <div class="judgement">
      {isGood ? (
        <p class="fine">
          <Icon name="check" size={18} />
          {say.good}
        </p>
      ) : (
        <Warnings warnings={warnings} />
      )}
      <div class="studio-choice">
        <button type="button" class={isGood ? "large" : "large primary"} onClick={onAgain}>
          {say.again}
        </button>
        <button type="button" class={isGood ? "large primary" : "large"} onClick={onUse}>
          {isGood ? say.use : say.useAnyway}
        </button>
      </div>
    </div>
  );
}
