// A link between these pages that does not load the document anew; with a key held the browser opens its own tab.
import type { ComponentChildren, JSX } from "preact";
import { staysHere } from "../../logic/clicks";
import { addressOf, visit, type PageName } from "../state/route";

interface LinkProps {
  page: PageName;
  id?: number | null;
  current?: boolean;
  className?: string;
  label?: string;
  onVisit?(): void;
  children: ComponentChildren;
}

export function Link({ page, id = null, current = false, className, label, onVisit, children }: LinkProps): JSX.Element {
  return (
    <a
      href={addressOf({ page, id })}
      class={className}
      aria-label={label}
      aria-current={current ? "page" : undefined}
      onClick={(event) => {
        if (!staysHere(event)) return;
        event.preventDefault();
        onVisit?.();
        visit(page, { id });
      }}
    >
      {children}
    </a>
  );
}
