// Our mark alone, while nobody knows yet what there is to show; the document itself begins with the same.
import type { JSX } from "preact";
import { Logo } from "./icons";

export function Splash(): JSX.Element {
  return (
    <div class="splash" aria-busy="true">
      <Logo size={56} />
    </div>
  );
}
