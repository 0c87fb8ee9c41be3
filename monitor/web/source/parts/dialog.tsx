// A window over the page for one matter at a time; the browser keeps the focus inside, and it goes back at the end.
import type { ComponentChildren, JSX, RefObject } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { words } from "../words";
import { Icon } from "./icons";

interface DialogProps {
  title: string;
  onClose(): void;
  children: ComponentChildren;
  wide?: boolean;
}

/** Opens with its component; the focus goes back by hand, as a dialog that is taken away while open does not give it back. */
export function useModal(): RefObject<HTMLDialogElement | null> {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    const opener = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return box;
}

export function Dialog({ title, onClose, children, wide = false }: DialogProps): JSX.Element {
  const box = useModal();
  const name = useId();
  return (
    <dialog
      ref={box}
      class={wide ? "dialog wide" : "dialog"}
      aria-labelledby={name}
      onClose={onClose}
      onPointerDown={(event) => event.target === box.current && onClose()}
    >
      <div class="dialog-inner">
        <header class="dialog-head">
          <h2 id={name}>{title}</h2>
          <button type="button" class="quiet square" aria-label={words.value.common.close} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
