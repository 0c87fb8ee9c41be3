// The display on a wall: the whole screen, dark and large, with nothing on it that only a person at the desk would use.
import { effect, signal } from "@preact/signals";

export const isKiosk = signal(false);

export function toggleKiosk(): void {
  isKiosk.value = !isKiosk.peek();
  // A browser may refuse the whole screen; the page is a wall display all the same.
  if (isKiosk.peek()) document.documentElement.requestFullscreen().catch(() => undefined);
  else if (document.fullscreenElement !== null) document.exitFullscreen().catch(() => undefined);
}

document.addEventListener("fullscreenchange", () => {
  if (document.fullscreenElement === null) isKiosk.value = false;
});
effect(() => {
  document.documentElement.classList.toggle("kiosk", isKiosk.value);
});
