// The few drawings that the console uses, all on one 24-unit grid and in the colour of their text.
import type { JSX } from "preact";
import { LETTERS, LETTER_Y, SHAPES } from "../logic/severities";
import type { Severity } from "../wire";

const DRAWINGS = {
  overview: <path d="M4 5h7v6H4zM13 5h7v4h-7zM13 11h7v8h-7zM4 13h7v6H4z" />,
  map: <path d="M12 3.5l7.4 4.25v8.5L12 20.5l-7.4-4.25v-8.5zM12 12l7.4-4.25M12 12v8.5M12 12L4.6 7.75" />,
  alerts: <path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15zM10 21h4" />,
  rules: <path d="M4 7h9M17 7h3M4 17h3M11 17h9M13 4.5v5h4v-5zM7 14.5v5h4v-5z" />,
  devices: <path d="M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3zM10.5 18h3" />,
  quality: <path d="M4.500 12.500l3 3 5-6M14 8h6M15 13h5M9 18h11" />,
  servers: <path d="M4 4.500h16v6H4zM4 13.500h16v6H4zM7.500 7.500h.01M7.500 16.500h.01M11 7.500h6M11 16.500h6" />,
  sun: <path d="M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4" />,
  moon: <path d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z" />,
  person: <path d="M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5" />,
  pause: <path d="M8.5 5.500v13M15.5 5.500v13" />,
  play: <path d="M8 5.500l10 6.5-10 6.500z" />,
  close: <path d="M6 6l12 12M18 6L6 18" />,
  down: <path d="M6.5 9.500l5.5 5.5 5.5-5.5" />,
  up: <path d="M6.5 14.500l5.500-5.500 5.500 5.500" />,
  left: <path d="M14.5 6.500L9 12l5.5 5.5" />,
  right: <path d="M9.5 6.500L15 12l-5.5 5.5" />,
  check: <path d="M5 12.500l4.5 4.500L19 7.5" />,
  snooze: <path d="M12 4.500a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM12 8v4.300l3 1.7" />,
  plus: <path d="M12 5v14M5 12h14" />,
  minus: <path d="M5 12h14" />,
  frame: <path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5" />,
  file: <path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.500M5 19.500h14" />,
  table: <path d="M4 5h16v14H4zM4 10h16M4 14.500h16M10 5v14" />,
  chart: <path d="M4 17l5-6 4 3.500L20 6" />,
  search: <path d="M11 4.500a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM16 16l4.5 4.5" />,
  pulse: <path d="M3 12.500h4l2.5-7 4.5 13 3-8 1.2 2H21" />,
  edit: <path d="M5 19l1-4L16 5l3 3L9 18zM14 7l3 3" />,
  bin: <path d="M5 7h14M10 7V4.500h4V7M7 7l1 12.500h8L17 7" />,
  car: <path d="M4 16.500v-4l2-5.500h12l2 5.500v4zM4 12.500h16M7.500 16.500v2M16.500 16.500v2M7 14.500h.01M17 14.500h.01" />,
  history: <path d="M4.500 12a7.5 7.5 0 1 0 2.300-5.400L4.500 9M4.500 4.500V9H9M12 8v4.300l3 1.700" />,
  models: <path d="M7 7h10v10H7zM10 3.500V7M14 3.500V7M10 17v3.500M14 17v3.500M3.500 10H7M3.500 14H7M17 10h3.500M17 14h3.500" />,
  camera: <path d="M4 8h3.500l1.500-2.500h6L16.500 8H20v11H4zM12 10.200a3.200 3.200 0 1 1 0 6.400 3.200 3.200 0 0 1 0-6.400z" />,
  microphone: <path d="M12 3.500a2.500 2.500 0 0 1 2.500 2.500v5.500a2.500 2.500 0 0 1-5 0V6A2.500 2.500 0 0 1 12 3.500zM6 11.500a6 6 0 0 0 12 0M12 17.500v3" />,
  words: <path d="M4.500 5h15v11h-8L7 19.500V16H4.500zM8 9h8M8 12h5" />,
  share: <path d="M12 15V4M8 8l4-4 4 4M5.500 12.500V20h13v-7.500" />,
  print: <path d="M7 9V4h10v5M7 17H4.500V9h15v8H17M7 14h10v6H7z" />,
  help: <path d="M9 9.300a3 3 0 1 1 4.300 2.700c-.9.4-1.300 1-1.300 2M12 17.500h.01" />,
  offline: <path d="M3 4l17 17M5 9.500a11 11 0 0 1 4-2.300M13 6.600a11 11 0 0 1 6 2.900M8 13a6 6 0 0 1 3-1.700M12 18h.01" />,
  warning: <path d="M12 4.500l8.500 15h-17zM12 10v4.500M12 17h.01" />,
} satisfies Record<string, JSX.Element>;

export type IconName = keyof typeof DRAWINGS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {DRAWINGS[name]}
    </svg>
  );
}

/** Severity by shape, letter and colour together, so that none of them is needed alone. */
export function SeverityMark({ severity, size = 20, label }: { severity: Severity; size?: number; label?: string }): JSX.Element {
  return (
    <svg
      class={`severity ${severity}`}
      width={size}
      height={size}
      viewBox="0 0 20 20"
      role={label === undefined ? "presentation" : "img"}
      aria-label={label}
      aria-hidden={label === undefined ? "true" : undefined}
      focusable="false"
    >
      <path d={SHAPES[severity]} />
      <text x="10" y={LETTER_Y[severity]} text-anchor="middle">
        {LETTERS[severity]}
      </text>
    </svg>
  );
}

export function Logo({ size = 28 }: { size?: number }): JSX.Element {
  return (
    <svg class="logo" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" />
      <path d="M4 17h5.200l2.6-7.5 5 14 3.4-9.2 1.6 2.700H28" />
    </svg>
  );
}
