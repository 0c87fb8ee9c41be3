// Looks into a recording that somebody chose: how long it is, and whether it is worth sending.
import type { Warning } from "./pictures";
import { Listener } from "./sounds";

/** Larger files are left to the server: taking them apart here could fill a phone's memory. */
const MOST_BYTES = 12_000_000;
const PIECE = 2048;

export async function judgeSound(blob: Blob): Promise<{ warnings: Warning[]; seconds: number | null }> {
  if (blob.size > MOST_BYTES) return { warnings: [], seconds: null };
  const context = new OfflineAudioContext(1, 1, 16_000);
  try {
    const sound = await context.decodeAudioData(await blob.arrayBuffer());
    const listener = new Listener();
    const samples = sound.getChannelData(0);
    for (let at = 0; at < samples.length; at += PIECE) listener.hear(samples.subarray(at, at + PIECE));
    return { warnings: listener.warnings(sound.duration), seconds: sound.duration };
  } catch {
    // A kind that this browser cannot play; the server reads more kinds.
    return { warnings: [], seconds: null };
  }
}
