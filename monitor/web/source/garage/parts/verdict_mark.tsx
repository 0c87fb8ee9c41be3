// The verdict as a shape: an octagon stops, a triangle warns, a clock can wait, a tick is well, a dashed ring is not sure.
import type { JSX } from "preact";
import type { VerdictName } from "../wire";

const SHAPES: Record<VerdictName, JSX.Element> = {
  stop: (
    <>
      <path class="shape" d="M8.300 1.500h7.400l6.800 6.800v7.400l-6.800 6.800H8.300l-6.800-6.800V8.300z" />
      <path class="sign" d="M8 8l8 8M16 8l-8 8" />
    </>
  ),
  go_slowly: (
    <>
      <path class="shape" d="M12 2.200L23 21.500H1z" />
      <path class="sign" d="M12 9.500v5M12 17.800h.01" />
    </>
  ),
  check_soon: (
    <>
      <circle class="shape" cx="12" cy="12" r="10.500" />
      <path class="sign" d="M12 6.500V12l3.500 2.300" />
    </>
  ),
  no_sign: (
    <>
      <circle class="shape" cx="12" cy="12" r="10.500" />
      <path class="sign" d="M7 12.300l3.500 3.500L17 9" />
    </>
  ),
  not_sure: (
    <>
      <circle class="shape hollow" cx="12" cy="12" r="10" />
      <path class="sign hollow" d="M9.300 9.500a2.800 2.800 0 1 1 4 2.500c-.9.400-1.300.900-1.300 1.900M12 17h.01" />
    </>
  ),
};

export function VerdictMark({ verdict, size = 24 }: { verdict: VerdictName; size?: number }): JSX.Element {
  return (
    <svg class={`verdict-sign ${verdict}`} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {SHAPES[verdict]}
    </svg>
  );
}
