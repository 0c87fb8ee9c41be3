// The whole screen for one matter, such as the camera: over everything, closed by Escape, worked by keys alone.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId } from "preact/hooks";
import { useModal } from "../../parts/dialog";
import { Icon } from "../../parts/icons";
import { words } from "../../words";

interface StudioProps {
  title: string;
  className: string;
  onClose(): void;
  children: ComponentChildren;
}

export function Studio({ title, className, onClose, children }: StudioProps): JSX.Element {
  const box = useModal();
  const name = useId();
  // The button that leads to the next step goes with its step, and the focus with it: the new step's button takes it.
  useEffect(() => {
    if (document.activeElement !== document.body) return;
    const next = box.current?.querySelector<HTMLElement>(".studio-foot .primary") ?? box.current?.querySelector<HTMLElement>(".studio-foot button");
    next?.focus();
  });
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
