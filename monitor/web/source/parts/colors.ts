// Colours for what is drawn on a canvas, taken from the same variables that the style sheets use.

export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Diagonal lines: the one pattern that says «nothing is known here». */
export function hatching(line: string, spacing: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = spacing;
  const pen = canvas.getContext("2d");
  if (pen === null) return canvas;
  pen.strokeStyle = line;
  pen.lineWidth = Math.max(1, spacing / 8);
  pen.beginPath();
  for (const shift of [-spacing, 0, spacing]) {
    pen.moveTo(shift, spacing);
    pen.lineTo(shift + spacing, 0);
  }
  pen.stroke();
  return canvas;
}
