// Turns a flood of events into at most four repaints a second, none while the tab is hidden or the person has paused.
import { batch, signal } from "@preact/signals";

const BETWEEN_PAINTS_MS = 250;

type Paint = () => void;

class Painter {
  readonly paused = signal(false);
  /** Events that have come in since the pause. */
  readonly waiting = signal(0);
  /** The moment that everything on the page speaks of while paused. */
  readonly pausedAt = signal(0);
  private paints = new Set<Paint>();
  private timer = 0;
  private lastAt = 0;
  private unseen = 0;

  constructor() {
    if (typeof document === "undefined") return;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.schedule();
    });
  }

  /** Runs `paint` at the next repaint, once however often it is asked for. */
  ask(paint: Paint, events = 1): void {
    this.paints.add(paint);
    if (this.paused.peek()) this.unseen += events;
    this.schedule();
  }

  toggle = (): void => {
    this.unseen = 0;
    this.waiting.value = 0;
    this.pausedAt.value = Date.now();
    this.paused.value = !this.paused.peek();
    this.schedule();
  };

  private schedule(): void {
    if (this.timer !== 0 || document.hidden) return;
    const wait = Math.max(0, this.lastAt + BETWEEN_PAINTS_MS - performance.now());
    this.timer = window.setTimeout(() => this.flush(), wait);
  }

  private flush(): void {
    this.timer = 0;
    this.lastAt = performance.now();
    if (document.hidden) return;
    if (this.paused.peek()) {
      this.waiting.value = this.unseen;
      return;
    }
    const paints = [...this.paints];
    this.paints.clear();
    batch(() => {
      for (const paint of paints) paint();
    });
  }
}

export const painter = new Painter();
