// The whole screen for one matter, such as the camera: over everything, closed by Escape, and the focus goes back after.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { words } from "../../words";

interface StudioProps {
  title: string;
  className: string;
  onClose(): void;
  children: ComponentChildren;
}

export function Studio({ title, className, onClose, children }: StudioProps): JSX.Element {
  const box = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    box.current?.showModal();
  }, []);
  return (
    <dialog ref={box} class={`studio ${className}`} aria-labelledby={name} onClose={onClose}>
      <header class="studio-head">
        <h2 id={name}>{title}</h2>
        <button type="button" class="quiet square" aria-label={words.value.common.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
