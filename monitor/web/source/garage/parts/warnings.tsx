// What is wrong with a photo or recording and what to do about it, in one quiet line each.
import type { JSX } from "preact";
import { Icon } from "../../parts/icons";
import type { Warning } from "../logic/pictures";
import type { Problem } from "../wire";
import { garageWords, pick } from "../words";

/** By the phone's own look. */
export function Warnings({ warnings }: { warnings: readonly Warning[] }): JSX.Element | null {
  const say = garageWords.value.warnings;
  return <Lines lines={warnings.map((one) => say[one])} />;
}

/** By the server's. */
export function Problems({ problems }: { problems: readonly Problem[] }): JSX.Element | null {
  return <Lines lines={problems.map((one) => ({ text: pick(one.text), advice: pick(one.advice) }))} />;
}

function Lines({ lines }: { lines: readonly { text: string; advice: string }[] }): JSX.Element | null {
  if (lines.length === 0) return null;
  return (
    <ul class="warnings">
      {lines.map(({ text, advice }) => (
        <li key={text}>
          <Icon name="warning" size={16} />
          <span>
            <strong>{text.replace(/\.$/, "")}.</strong> {advice}
          </span>
        </li>
      ))}
    </ul>
  );
}
