// A link to a page of the console that does not load the document anew.
import type { ComponentChildren, JSX } from "preact";
import { staysHere } from "../logic/clicks";
import { addressOf, go, type Page } from "../state/place";

interface PageLinkProps {
  page: Page;
  isCurrent?: boolean;
  className?: string;
  onVisit?(): void;
  children: ComponentChildren;
}

export function PageLink({ page, isCurrent = false, className, onVisit, children }: PageLinkProps): JSX.Element {
  const follow = (event: MouseEvent): void => {
    if (!staysHere(event)) return;
    event.preventDefault();
    onVisit?.();
    go({ page, cell: null });
  };
  return (
    <a href={addressOf(page)} class={className} aria-current={isCurrent ? "page" : undefined} onClick={follow}>
      {children}
    </a>
  );
}
