// Short words about what has just been done, with a way back for eight seconds.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { words } from "../words";
import { Icon } from "./icons";

const SHOWN_FOR_MS = 8_000;

interface Toast {
  id: number;
  text: string;
  undo: (() => void) | null;
  isFailure: boolean;
}

const toasts = signal<Toast[]>([]);
let lastId = 0;

export function toast(text: string, undo: (() => void) | null = null, isFailure = false): void {
  const id = (lastId += 1);
  toasts.value = [...toasts.value.slice(-2), { id, text, undo, isFailure }];
  setTimeout(() => expire(id), SHOWN_FOR_MS);
}

/** Nobody loses the way back while reaching for it: with the pointer or focus on it, a toast stays. */
function expire(id: number): void {
  if (document.querySelector(".toasts:hover, .toasts:focus-within") === null) dismiss(id);
  else setTimeout(() => expire(id), SHOWN_FOR_MS / 4);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

export function Toasts(): JSX.Element {
  const { common } = words.value;
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((one) => (
        <div key={one.id} class={one.isFailure ? "toast failure" : "toast"}>
          <span>{one.text}</span>
          {one.undo !== null && (
            <button
              type="button"
              onClick={() => {
                dismiss(one.id);
                one.undo?.();
              }}
            >
              {common.undo}
            </button>
          )}
          <button type="button" class="square" aria-label={common.close} onClick={() => dismiss(one.id)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}
