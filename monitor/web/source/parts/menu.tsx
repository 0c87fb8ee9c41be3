// A button that opens a small panel by it, above everything that scrolls or clips; Escape, a click elsewhere or a choice closes it again.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

const GAP_PX = 6;

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
    const panel = box.current?.querySelector<HTMLElement>(".menu-panel");
    panel?.showPopover();
    const keepBy = (): void => {
      if (panel && button.current) putBy(panel, button.current.getBoundingClientRect(), align);
    };
    keepBy();
    addEventListener("scroll", keepBy, { capture: true, passive: true });
    addEventListener("resize", keepBy);
    return () => {
      removeEventListener("scroll", keepBy, true);
      removeEventListener("resize", keepBy);
    };
  }, [isOpen]);
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
        <div class="menu-panel" popover="manual" onKeyDown={moveWithArrows}>
          {children(close)}
        </div>
      )}
    </div>
  );
}

/** Under the button where there is room, else over it, and never beyond the window's edge. */
function putBy(panel: HTMLElement, by: DOMRect, align: "start" | "end"): void {
  const { offsetWidth: width, offsetHeight: height } = panel;
  const isBelow = by.bottom + GAP_PX + height <= innerHeight || by.top < height + GAP_PX;
  const left = align === "start" ? by.left : by.right - width;
  panel.style.top = `${isBelow ? by.bottom + GAP_PX : by.top - GAP_PX - height}px`;
  panel.style.left = `${Math.max(GAP_PX, Math.min(left, innerWidth - width - GAP_PX))}px`;
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
