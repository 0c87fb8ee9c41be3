// A microphone that is listened to all the time and recorded on demand, with nothing taken off the sound on the way.
import { Listener } from "./sounds";

const LISTEN_EVERY_MS = 50;
const WINDOW = 2048;
const BITS_PER_SECOND = 96_000;
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

export interface Recorded {
  blob: Blob;
  seconds: number;
  listener: Listener;
}

export class Microphone {
  /** Called twenty times a second with the level in decibels of full scale. */
  onLevel: (level: number) => void = () => undefined;
  private recorder: MediaRecorder | null = null;
  private parts: Blob[] = [];
  private listener = new Listener();
  private startedAt = 0;
  private readonly timer: number;

  private constructor(
    private readonly stream: MediaStream,
    private readonly context: AudioContext,
    analyser: AnalyserNode,
  ) {
    const samples = new Float32Array(WINDOW);
    this.timer = window.setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.onLevel(this.listener.hear(samples));
    }, LISTEN_EVERY_MS);
  }

  /** Raises a DOMException where the person or the page does not allow it. */
  static async open(): Promise<Microphone> {
    // What makes speech clearer takes an engine for noise and removes it.
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
    const context = new AudioContext();
    void context.resume();
    const analyser = context.createAnalyser();
    analyser.fftSize = WINDOW;
    context.createMediaStreamSource(stream).connect(analyser);
    return new Microphone(stream, context, analyser);
  }

  get seconds(): number {
    return this.startedAt === 0 ? 0 : (performance.now() - this.startedAt) / 1_000;
  }

  get isClipped(): boolean {
    return this.listener.isClipped;
  }

  start(): void {
    void this.context.resume();
    const kind = KINDS.find((one) => MediaRecorder.isTypeSupported(one));
    this.parts = [];
    this.listener = new Listener();
    this.recorder = new MediaRecorder(this.stream, { audioBitsPerSecond: BITS_PER_SECOND, ...(kind === undefined ? {} : { mimeType: kind }) });
    this.recorder.ondataavailable = (event) => this.parts.push(event.data);
    this.recorder.start(1_000);
    this.startedAt = performance.now();
  }

  /** Null if nothing is being recorded. */
  async stop(): Promise<Recorded | null> {
    const { recorder, seconds, listener } = this;
    this.startedAt = 0;
    this.recorder = null;
    if (recorder === null) return null;
    if (recorder.state !== "inactive") {
      await new Promise<void>((resolve) => {
        recorder.onstop = () => resolve();
        recorder.stop();
      });
    }
    return { blob: new Blob(this.parts, { type: recorder.mimeType.split(";")[0] ?? "" }), seconds, listener };
  }

  /** Throws away what was recorded so far. */
  discard(): void {
    const recorder = this.recorder;
    this.recorder = null;
    this.startedAt = 0;
    if (recorder !== null) {
      recorder.ondataavailable = null;
      if (recorder.state !== "inactive") recorder.stop();
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.discard();
    for (const track of this.stream.getTracks()) track.stop();
    void this.context.close();
  }
}
