// What a phone can hear for itself while it records: how loud, whether tops are cut off, whether there is anything.
import type { Warning } from "./pictures";

/** Full scale as the server counts it; a limiter leaves the tops just below 1. */
const FULL_SCALE = 0.985;
const CLIPPED_SHARE = 0.01;
const SILENT_DB = -60;
const SHORT_S = 3;

/** Gathers the levels of a recording, piece by piece. */
export class Listener {
  private count = 0;
  private clipped = 0;
  private loudest = -120;

  /** Takes a piece and gives its loudness in decibels of full scale. */
  hear(samples: Float32Array): number {
    let squares = 0;
    for (const sample of samples) {
      squares += sample * sample;
      if (Math.abs(sample) >= FULL_SCALE) this.clipped += 1;
    }
    this.count += samples.length;
    const level = decibels(Math.sqrt(squares / Math.max(1, samples.length)));
    this.loudest = Math.max(this.loudest, level);
    return level;
  }

  get isClipped(): boolean {
    return this.count > 0 && this.clipped / this.count > CLIPPED_SHARE;
  }

  get isSilent(): boolean {
    return this.loudest < SILENT_DB;
  }

  warnings(seconds: number): Warning[] {
    const warnings: Warning[] = [];
    if (this.isSilent) warnings.push("silent");
    if (this.isClipped) warnings.push("clipped");
    if (seconds < SHORT_S) warnings.push("short");
    return warnings;
  }
}

export function decibels(amplitude: number): number {
  return 20 * Math.log10(Math.max(amplitude, 1e-6));
}

/** A level in decibels as a share of the meter: -60 and below is empty, 0 is full. */
export function meterShare(level: number): number {
  return Math.max(0, Math.min(1, 1 + level / 60));
}
