// What can be taken away from a panel: a link to it, the request behind it, its numbers as a file, its picture.
import type { JSX } from "preact";
import { addressOf, type Reading } from "../http";
import { curlOf } from "../logic/curl";
import { fileName, offerFile } from "../logic/files";
import { words } from "../words";
import { Icon } from "./icons";
import { Menu } from "./menu";
import { toast } from "./toasts";

interface PanelMenuProps {
  /** what the panel shows, which also names the files */
  title: string;
  reading: Reading;
  /** the numbers as CSV; null while there are none */
  table: (() => string) | null;
  /** null where nothing is drawn */
  picture?: (() => Promise<HTMLCanvasElement>) | null;
}

export function PanelMenu({ title, reading, table, picture = null }: PanelMenuProps): JSX.Element {
  const say = words.value.take;
  const curl = (): string => curlOf(new URL(addressOf(reading), location.href).href);
  return (
    <Menu label={say.label(title)} buttonClass="quiet square small" face={<Icon name="share" size={16} />}>
      {(close) => {
        const item = (text: string, deed: (() => void) | null): JSX.Element => (
          <button
            type="button"
            class="menu-item"
            disabled={deed === null}
            onClick={() => {
              close();
              deed?.();
            }}
          >
            {text}
          </button>
        );
        return (
          <>
            {/* Browsers give no clipboard to pages that came over plain HTTP. */}
            {navigator.clipboard !== undefined && item(say.link, () => copy(location.href, say.didLink))}
            {navigator.clipboard !== undefined && item(say.curl, () => copy(curl(), say.didCurl))}
            {item(say.csv, table && (() => offerFile(`${fileName(title)}.csv`, table(), "text/csv")))}
            {picture !== null && item(say.png, () => void savePicture(title, picture))}
          </>
        );
      }}
    </Menu>
  );
}

function copy(text: string, told: string): void {
  navigator.clipboard.writeText(text).then(() => toast(told), () => toast(words.peek().common.notCopied, null, true));
}

async function savePicture(title: string, picture: () => Promise<HTMLCanvasElement>): Promise<void> {
  const drawn = await picture();
  drawn.toBlob((png) => png !== null && offerFile(`${fileName(title)}.png`, png, png.type));
}
