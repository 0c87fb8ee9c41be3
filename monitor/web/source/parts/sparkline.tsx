// A small line without axes that shows which way a number goes; missing minutes stay missing.
import type { JSX } from "preact";

interface SparklineProps {
  /** one value a step, null where nothing was measured */
  values: readonly (number | null)[];
  label: string;
  threshold?: number | null;
  floats?: boolean;
}

const WIDTH = 120;
const HEIGHT = 32;
const PAD = 2;

export function Sparkline({ values, label, threshold = null, floats = false }: SparklineProps): JSX.Element | null {
  const known = values.filter((value): value is number => value !== null);
  if (known.length < 2) return <div class="sparkline" />;
  const reach = threshold === null ? known : [...known, threshold];
  const high = Math.max(...reach);
  const low = floats ? Math.min(...reach) : Math.min(0, ...reach);
  const y = (value: number): number => HEIGHT - PAD - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * PAD);
  const x = (index: number): number => (index / Math.max(1, values.length - 1)) * WIDTH;
  const line = trace(values, x, y);
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path class="area" d={area(values, x, y)} />
      {threshold !== null && <line class="threshold" x1="0" x2={WIDTH} y1={y(threshold)} y2={y(threshold)} />}
      <path class="line" d={line} />
    </svg>
  );
}

type Scale = (value: number) => number;

function trace(values: readonly (number | null)[], x: Scale, y: Scale): string {
  let path = "";
  let isDown = false;
  values.forEach((value, index) => {
    if (value === null) {
      isDown = false;
      return;
    }
    path += `${isDown ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    isDown = true;
  });
  return path;
}

function area(values: readonly (number | null)[], x: Scale, y: Scale): string {
  let path = "";
  let start = -1;
  for (let index = 0; index <= values.length; index += 1) {
    const value = values[index] ?? null;
    if (value !== null && start === -1) start = index;
    if (value === null && start !== -1) {
      const run = values.slice(start, index) as number[];
      const line = run.map((one, step) => `L${x(start + step).toFixed(1)} ${y(one).toFixed(1)}`).join("");
      path += `M${x(start).toFixed(1)} ${HEIGHT}${line}L${x(index - 1).toFixed(1)} ${HEIGHT}Z`;
      start = -1;
    }
  }
  return path;
}
