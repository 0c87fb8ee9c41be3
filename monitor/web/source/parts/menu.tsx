// A button that opens a small panel under it; Escape, a click elsewhere or a choice closes it again.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface MenuProps {
  label: string;
  /** what the button shows; `label` names it for those who do not see it */
  face: ComponentChildren;
  buttonClass?: string;
  align?: "start" | "end";
  children: (close: () => void) => ComponentChildren;
}

export function Menu({ label, face, buttonClass = "quiet", align = "end", children }: MenuProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (!isOpen) return undefined;
    const outside = (event: Event): void => {
      if (event.target instanceof Node && box.current?.contains(event.target) !== true) setOpen(false);
    };
    const escape = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("keydown", escape, true);
    box.current?.querySelector<HTMLElement>(".menu-panel :is(button, input, select, a)")?.focus();
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("keydown", escape, true);
    };
  }, [isOpen]);
  return (
    <div class="menu" ref={box} onFocusOut={(event) => leaveOnTab(event, () => setOpen(false))}>
      <button ref={button} type="button" class={buttonClass} aria-label={label} title={label} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {face}
      </button>
      {isOpen && (
        <div class={`menu-panel ${align}`} onKeyDown={moveWithArrows}>
          {children(close)}
        </div>
      )}
    </div>
  );
}

function leaveOnTab(event: FocusEvent & { currentTarget: HTMLElement }, leave: () => void): void {
  const next = event.relatedTarget;
  if (next instanceof Node && !event.currentTarget.contains(next)) leave();
}

function moveWithArrows(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>("button, a")];
  const here = stops.indexOf(document.activeElement as HTMLElement);
  if (here === -1) return;
  event.preventDefault();
  event.stopPropagation();
  stops[(here + (event.key === "ArrowDown" ? 1 : -1) + stops.length) % stops.length]?.focus();
}
