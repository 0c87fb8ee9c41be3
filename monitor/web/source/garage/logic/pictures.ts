// What a phone can see for itself before a photo is sent: the same measures as the server's, on a small copy.

export type Warning = "dark" | "bright" | "blurred" | "glare" | "small" | "clipped" | "silent" | "short";

/** Longest side of the copy that is judged; the server judges one of this size too. */
export const JUDGED_PX = 800;
const BLURRED_BELOW = 6;
const GLARE_SHARE = 0.25;
const DARK_BELOW = 60;
const BRIGHT_ABOVE = 225;
/** A light of a dashboard must have some pixels: below this nothing on a whole cluster can be told apart. */
const SMALL_BELOW_PX = 320;

export interface Pixels {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

/** Everything that is wrong with the picture, worst first; `original` is the smaller side of the whole file. */
export function judgePicture(pixels: Pixels, original: number): Warning[] {
  const { grey, brightness, glare, lit } = measure(pixels);
  const warnings: Warning[] = [];
  if (lit < DARK_BELOW) warnings.push("dark");
  if (brightness > BRIGHT_ABOVE) warnings.push("bright");
  if (sharpness(grey, pixels.width, pixels.height) < BLURRED_BELOW) warnings.push("blurred");
  if (glare > GLARE_SHARE) warnings.push("glare");
  if (original < SMALL_BELOW_PX) warnings.push("small");
  return warnings;
}

function measure({ data }: Pixels): { grey: Float32Array; brightness: number; glare: number; lit: number } {
  const count = data.length / 4;
  const grey = new Float32Array(count);
  const brightest = new Uint32Array(256);
  let sum = 0;
  let white = 0;
  for (let i = 0; i < count; i += 1) {
    const [red = 0, green = 0, blue = 0] = [data[i * 4], data[i * 4 + 1], data[i * 4 + 2]];
    const light = 0.299 * red + 0.587 * green + 0.114 * blue;
    grey[i] = light;
    sum += light;
    if (Math.min(red, green, blue) >= 250) white += 1;
    const most = Math.max(red, green, blue);
    brightest[most] = (brightest[most] ?? 0) + 1;
  }
  return { grey, brightness: sum / count, glare: white / count, lit: quantile(brightest, count, 0.998) };
}

/** The strongest local steps: a dashboard is mostly smooth, its marks are not. */
function sharpness(grey: Float32Array, width: number, height: number): number {
  if (width < 3 || height < 3) return 0;
  const across = new Uint32Array(256);
  const down = new Uint32Array(256);
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      count(across, Math.abs((grey[at + 1] ?? 0) - (grey[at - 1] ?? 0)));
      count(down, Math.abs((grey[at + width] ?? 0) - (grey[at - width] ?? 0)));
    }
  }
  const total = (width - 2) * (height - 2);
  return Math.max(quantile(across, total, 0.995), quantile(down, total, 0.995)) / 2;
}

function count(histogram: Uint32Array, value: number): void {
  const step = Math.min(255, Math.round(value));
  histogram[step] = (histogram[step] ?? 0) + 1;
}

function quantile(histogram: Uint32Array, total: number, share: number): number {
  let seen = 0;
  for (let value = 0; value < histogram.length; value += 1) {
    seen += histogram[value] ?? 0;
    if (seen >= total * share) return value;
  }
  return histogram.length - 1;
}
