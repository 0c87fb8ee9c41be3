// Asks before something goes for good, does it, and closes once it is done.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { reasonOf } from "../logic/refusals";
import { words } from "../words";
import { Dialog } from "./dialog";
import { toast } from "./toasts";

interface ConfirmationProps {
  title: string;
  /** what the button says */
  deed: string;
  /** what is said when it is done */
  done: string;
  onConfirm(): Promise<unknown>;
  onClose(): void;
  children: ComponentChildren;
}

export function Confirmation({ title, deed, done, onConfirm, onClose, children }: ConfirmationProps): JSX.Element {
  const [isBusy, setBusy] = useState(false);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    try {
      await onConfirm();
      toast(done);
      onClose();
    } catch (error) {
      toast(words.peek().common.didNotWork(reasonOf(error)), null, true);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <div class="dialog-foot">
        <button type="button" onClick={onClose}>
          {words.value.common.cancel}
        </button>
        <button type="button" class="danger" disabled={isBusy} onClick={() => void confirm()}>
          {deed}
        </button>
      </div>
    </Dialog>
  );
}
