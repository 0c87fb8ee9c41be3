// What each key does, and the way to turn single keys off for those whom they would trip.
import { signal } from "@preact/signals";
import { Fragment, type JSX } from "preact";
import { shortcuts } from "../state/preferences";
import { maySwitch } from "../state/providers";
import { words } from "../words";
import type { Words } from "../words/en";
import { Dialog } from "./dialog";

export const helpShown = signal(false);

type Named = keyof Words["help"]["keys"];
/** Keys in a row are pressed one after the other; a slash stands between two that do opposite things. */
const KEYS: readonly [Named, string[]][] = [
  ["help", ["?"]],
  ["search", ["/"]],
  ["goOverview", ["g", "o"]],
  ["goMap", ["g", "m"]],
  ["goAlerts", ["g", "a"]],
  ["goRules", ["g", "r"]],
  ["goDevices", ["g", "d"]],
  ["goQuality", ["g", "q"]],
  ["goModels", ["g", "l"]],
  ["goServers", ["g", "s"]],
  ["nextPrevious", ["j / k"]],
  ["open", ["Enter"]],
  ["acknowledge", ["a"]],
  ["snooze", ["s"]],
  ["range", ["t"]],
  ["step", ["← / →"]],
  ["pause", ["p"]],
  ["fold", ["[ / ]"]],
  ["kiosk", ["f"]],
  ["theme", ["d"]],
  ["escape", ["Esc"]],
];

const OF_ADMINISTRATORS: readonly Named[] = ["goModels", "goServers"];

export function Help(): JSX.Element | null {
  const say = words.value.help;
  if (!helpShown.value) return null;
  const isOn = shortcuts.value === "on";
  return (
    <Dialog title={say.title} onClose={() => (helpShown.value = false)}>
      <dl class={isOn ? "keys" : "keys off"}>
        {KEYS.filter(([name]) => maySwitch.value || !OF_ADMINISTRATORS.includes(name)).map(([name, keys]) => (
          <div key={name}>
            <dt>
              {keys.map((key, index) => (
                <Fragment key={key}>
                  {index > 0 && <span class="then"> {say.then} </span>}
                  <kbd>{key}</kbd>
                </Fragment>
              ))}
            </dt>
            <dd>{say.keys[name]}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={() => (shortcuts.value = isOn ? "off" : "on")}>
        {isOn ? say.off : say.on}
      </button>
    </Dialog>
  );
}
