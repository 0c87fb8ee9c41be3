// Tells a click that stays in this page from one that the browser should follow by itself.

/** With a key held, or another button, a link opens a tab of its own. */
export function staysHere(event: MouseEvent): boolean {
  return !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0;
}
