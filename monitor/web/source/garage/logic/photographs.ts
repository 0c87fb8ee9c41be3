// Makes a photo ready to be added: its kind by name where the browser does not say, and what is wrong with it.
import { judgePicture, JUDGED_PX, type Pixels, type Warning } from "./pictures";

const TYPES: Record<string, string> = {
  jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", webp: "image/webp", heic: "image/heic", heif: "image/heif",
  wav: "audio/wav", mp3: "audio/mpeg", m4a: "audio/mp4", aac: "audio/aac", ogg: "audio/ogg", oga: "audio/ogg", opus: "audio/ogg",
  webm: "audio/webm", "3gp": "audio/3gpp", amr: "audio/amr", mp4: "audio/mp4",
};

/** The bare type, without parameters such as the codec. */
export function typeOf(file: Blob, name: string): string {
  const told = file.type.split(";")[0] ?? "";
  const ending = name.toLowerCase().split(".").at(-1) ?? "";
  // Phones call a sound in a 3GP or WebM container a video; what we ask for is its sound.
  if (told !== "") return told.replace(/^video\/(webm|3gpp|mp4|ogg)$/, "audio/$1");
  return TYPES[ending] ?? "application/octet-stream";
}

/** Null for a kind of picture that this browser cannot open, such as HEIC in most. */
export async function judgePhoto(blob: Blob): Promise<Warning[] | null> {
  try {
    const bitmap = await createImageBitmap(blob);
    const warnings = judgePicture(shrunk(bitmap, bitmap.width, bitmap.height), Math.min(bitmap.width, bitmap.height));
    bitmap.close();
    return warnings;
  } catch {
    return null;
  }
}

/** A small copy's pixels. */
export function shrunk(source: CanvasImageSource, width: number, height: number): Pixels {
  const scale = Math.min(1, JUDGED_PX / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("no canvas");
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** One frame of a running camera as a JPEG of its full size. */
export async function shoot(video: HTMLVideoElement): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error("no picture")) : resolve(blob)), "image/jpeg", 0.92);
  });
}
