// Puts a short text into the clipboard and says whether it got there.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { words } from "../words";
import { toast } from "./toasts";

export function CopyButton({ text }: { text: string }): JSX.Element | null {
  const say = words.value.common;
  const [copied, setCopied] = useState<string | null>(null);
  // Browsers give no clipboard to pages that came over plain HTTP.
  if (navigator.clipboard === undefined) return null;
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(() => setCopied(text), () => toast(say.notCopied, null, true));
  };
  return (
    <button type="button" class="small" onClick={copy}>
      {copied === text ? say.copied : say.copy}
    </button>
  );
}
