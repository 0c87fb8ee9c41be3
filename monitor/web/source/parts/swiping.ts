// A row that a finger can push aside: to the right for one deed, to the left for another, as its buttons do.
import { useRef } from "preact/hooks";

/** What a push does, null where it does nothing; the row shows its name beside it while it moves. */
type Deed = (() => void) | null;

/** A push this long is meant; a shorter one springs back. */
const MEANT_PX = 88;
/** Where the browser's own way back begins. */
const EDGE_PX = 24;

interface Swiping {
  onPointerDown(event: PointerEvent): void;
  onPointerMove(event: PointerEvent): void;
  onPointerUp(event: PointerEvent): void;
  onPointerCancel(event: PointerEvent): void;
}

export function useSwipe(right: Deed, left: Deed): Swiping {
  const begin = useRef<{ pointer: number; x: number } | null>(null);
  const pushed = (event: PointerEvent): number => {
    if (begin.current?.pointer !== event.pointerId) return 0;
    const by = event.clientX - begin.current.x;
    return (by > 0 ? right : left) === null ? 0 : by;
  };
  const rest = (event: PointerEvent): void => {
    begin.current = null;
    move(event.currentTarget, 0);
  };
  return {
    onPointerDown: (event) => {
      const isMeant = event.pointerType !== "mouse" && event.isPrimary && event.clientX > EDGE_PX;
      begin.current = isMeant ? { pointer: event.pointerId, x: event.clientX } : null;
    },
    onPointerMove: (event) => move(event.currentTarget, pushed(event)),
    onPointerUp: (event) => {
      const by = pushed(event);
      rest(event);
      if (Math.abs(by) >= MEANT_PX) (by > 0 ? right : left)?.();
    },
    onPointerCancel: rest,
  };
}

function move(row: EventTarget | null, by: number): void {
  if (!(row instanceof HTMLElement)) return;
  row.style.translate = by === 0 ? "" : `${by}px`;
  row.classList.toggle("meant", Math.abs(by) >= MEANT_PX);
}
